/// <reference types="vite/types/importMeta.d.ts" />
import { expect, it } from 'vitest'
import { PROBLEMS } from '../../src/http/problem.ts'

const migrations = import.meta.glob<string>('../../drizzle/*.sql', { query: '?raw', import: 'default', eager: true })
const raised = Object.values(migrations).flatMap((text) =>
  [...text.matchAll(/'FT(\d{3})',\s*'(\w+)'/g)].map(([, status, code = '']) => ({ status: Number(status), code })),
)
/** FT500 means a bug, and codes below 400 refuse nothing. */
const refusals = raised.filter(({ status }) => status >= 400 && status < 500)

it('finds the migrations, and the refusals in them', () => {
  expect(Object.keys(migrations).length).toBeGreaterThanOrEqual(3)
  expect(refusals.length).toBeGreaterThan(20)
})

it('reads the code of every refusal', () => {
  const calls = Object.values(migrations).flatMap((text) => text.match(/perform fail\(/g) ?? [])
  expect(raised).toHaveLength(calls.length)
})

it.each(refusals)('translates the refusal $code of the database to the status $status', ({ status, code }) => {
  expect(PROBLEMS).toMatchObject({ [code]: { status } })
})

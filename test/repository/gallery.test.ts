import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { REPORTS } from '../../src/features/reports/links/schema.ts'
import { STYLE } from '../../src/features/reports/pictures/style.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, '../../docs', path), 'utf8')

it.each([...REPORTS, 'overview', 'refused'])('the gallery has a picture of %s, in the current colours', (name) => {
  expect(read(`reports/${name}.svg`)).toContain(STYLE) // if not: npm run gallery
  expect(read('reports.md')).toContain(`](reports/${name}.svg)`)
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readSettings, workerSettings } from '../../local/settings.ts'
import { Config } from '../../src/config/config.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'flowtrack-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The settings of `npm run dev` with this `.dev.vars`, environment and arguments. */
function settingsOf({
  file = '',
  environment = {},
  args = [],
}: {
  file?: string
  environment?: object
  args?: string[]
}) {
  const path = join(folder, '.dev.vars')
  writeFileSync(path, file)
  return readSettings({ file: path, environment: environment as Record<string, string>, args })
}

it('knows every setting of docs/configuration.md, and reads settings from the file and the environment', () => {
  const page = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
  const table = page.slice(page.indexOf('## The Worker'), page.indexOf('## On your machine'))
  const listed = [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name = '']) => name),
  )
  expect(listed.toSorted()).toEqual(Object.keys(Config.shape).toSorted())
  expect(settingsOf({ file: 'LIMIT_USER=7/60\nPORT=0' })).toEqual({ LIMIT_USER: '7/60', PORT: '0' })
  expect(settingsOf({ environment: { LIMIT_USER: '8/60', HOME: '/root' } })).toEqual({ LIMIT_USER: '8/60' })
})

it('refuses --port, and says that PORT sets the port', () => {
  expect(() => settingsOf({ args: ['--port', '8899'] })).toThrow('--port: set PORT, as in PORT=8800 npm run dev.')
})

it('lets --var override the environment, and the environment override the file', () => {
  const file = 'CACHE_SECONDS=1\nTRASH_DAYS=1\nLIMIT_USER=1/60'
  const environment = { CACHE_SECONDS: '2', TRASH_DAYS: '2' }
  expect(settingsOf({ file, environment, args: ['--var', 'CACHE_SECONDS:3'] })).toEqual({
    CACHE_SECONDS: '3',
    TRASH_DAYS: '2',
    LIMIT_USER: '1/60',
  })
})

it('reads a file with Windows line endings, and ignores the variables of FlowTrack’s clients', () => {
  const environment = { FLOWTRACK_TOKEN: 'x', FLOWTRACK_KEY: 'x' }
  expect(settingsOf({ file: '\ufeffLIMIT_USER=7/60\r\n\r\n', environment })).toEqual({ LIMIT_USER: '7/60' })
})

it('treats an empty setting as absent, except where an empty value has a meaning', () => {
  expect(settingsOf({ environment: { DATABASE_URL: '', CORS_ORIGINS: '' } })).toEqual({ CORS_ORIGINS: '' })
})

it.each([
  [{ file: 'LIMIT_USERS=7/60' }, /\.dev\.vars has LIMIT_USERS, which is not a setting/],
  [{ environment: { LIMIT_USERS: '7/60' } }, /environment has LIMIT_USERS/],
  [{ args: ['--var', 'CACHE_SECOND:3'] }, /--var has CACHE_SECOND,/],
  [{ args: ['--var', 'CACHE_SECONDS:3', 'LIMIT_USERS:7/60'] }, /--var has LIMIT_USERS,/],
  [{ args: ['--var=CACHE_SECONDS:3', 'LIMIT_USER:many'] }, /LIMIT_USER is wrong/],
  [{ args: ['8800'] }, /8800 is no option: give settings as in PORT=8800/],
  [{ file: '# a note\nCACHE_SECONDS="\n3" # three\nREGISTRATION: closed' }, /Line 4 of \.dev\.vars is not of the form/],
  [{ environment: { LOGIN_REFUSAL_MS: ' ' } }, /LOGIN_REFUSAL_MS is wrong: must be a whole number, in digits/],
  [{ environment: { TRASH_DAYS: '0x10' } }, /TRASH_DAYS is wrong: must be a whole number, in digits/],
  [{ environment: { TRASH_DAYS: '1000000' } }, /TRASH_DAYS is wrong: must be at most 36500/],
  [{ environment: { PUBLIC_URL: 'example.com' } }, /PUBLIC_URL is wrong: must be empty, or a complete URL/],
  [{ file: 'LIMIT_USER=many' }, /LIMIT_USER is wrong: must be <how many>/],
  [{ environment: { CACHE_SECONDS: '-1' } }, /CACHE_SECONDS is wrong/],
  [{ environment: { CORS_ORIGINS: 'app.example.com' } }, /CORS_ORIGINS is wrong/],
])('refuses wrong and unknown settings, and names them: %j', (sources, message) => {
  expect(() => settingsOf(sources)).toThrow(message)
})

it('never shows the value of a secret', () => {
  expect(() => settingsOf({ environment: { JWT_SECRET: 'hunter2' } })).toThrow(/^(?!.*hunter2).*JWT_SECRET is wrong/)
})

it('gives the Worker all settings except those that only this machine reads', () => {
  expect(workerSettings({ PORT: '0', DATABASE_URL: 'x', REDIS_URL: 'x', LIMIT_USER: '7/60' })).toEqual({
    LIMIT_USER: '7/60',
  })
})

it('accepts every setting of .dev.vars.example', () => {
  const example = readFileSync(join(root, '.dev.vars.example'), 'utf8')
  expect(Object.keys(settingsOf({ file: example.replaceAll(/^# (?=[A-Z_]+=)/gm, '') })).length).toBeGreaterThan(5)
})

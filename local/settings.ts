import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { Config, wrongSettings } from '../src/config/config.ts'

/** The settings of `npm run dev` itself. DATABASE_URL is the Worker's too, but here it names a server to use. */
const OF_DEV = ['PORT', 'FLOWTRACK_DATA', 'DATABASE_URL', 'REDIS_URL']
const OF_WORKER = Object.keys(Config.shape)
const KNOWN = [...new Set([...OF_DEV, ...OF_WORKER])]

/** How FlowTrack's settings begin: any other variable with this beginning, except OF_CLIENTS, is taken for misspelt. */
const OUR_PREFIX = /^(LIMIT|QUOTA|FLOWTRACK)_/
/** Variables of FlowTrack's clients (`npm run import`, docs/mcp.md). */
const OF_CLIENTS = ['FLOWTRACK_TOKEN', 'FLOWTRACK_KEY']

/** Settings for which an empty value has a meaning. All others count as left out when they are empty. */
const MAY_BE_EMPTY = ['CORS_ORIGINS', 'PUBLIC_URL']

export type Settings = Record<string, string>
type Sources = { environment: Record<string, string | undefined>; file: string; args: readonly string[] }

const unknownMessagesOf = (source: string, names: string[]) =>
  names
    .filter((name) => !KNOWN.includes(name))
    .map((name) => `${source} has ${name}, which is not a setting. docs/configuration.md lists them all`)

/** The settings in arguments of the form `--var NAME:value NAME:value`, as `wrangler dev` takes them. */
function varsOf(args: readonly string[]): Settings {
  const pairs: string[] = []
  let takesMore = false
  for (const argument of args) {
    const isOption = argument.startsWith('-')
    if (isOption) takesMore = /^--var(=|$)/.test(argument)
    if (argument.startsWith('--var=')) pairs.push(argument.slice('--var='.length))
    else if (takesMore && !isOption) pairs.push(argument)
  }
  return Object.fromEntries(
    pairs.map((pair) => [pair.split(':', 1)[0] ?? '', pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : '']),
  )
}

/** An assignment of a file of settings; its value, in quotes, may have several lines. */
const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?[\w.-]+[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'|`[^`]*`|.*)/gm

/** The settings in a file, and the first line there that is none: `parseEnv` ignores such lines. */
function parseFile(text: string): { filed: Settings; odd_line: number | undefined } {
  const keepLines = (found: string) => found.replace(/[^\n]+/g, '')
  const rest = text.replace(ASSIGNMENT, keepLines).replace(/#.*$/gm, '').split('\n')
  const odd = rest.findIndex((line) => line.trim() !== '')
  return { filed: parseEnv(text) as Settings, odd_line: odd < 0 ? undefined : odd + 1 }
}

const readFile = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').replace(/^\ufeff/, '') : '')

/** What is wrong with arguments that are no `--var`. */
const messagesOfArguments = (args: readonly string[]) => [
  ...args.filter((argument) => /^--port\b/.test(argument)).map(() => '--port: set PORT, as in PORT=8800 npm run dev'),
  ...args
    .slice(0, 1)
    .filter((argument) => !argument.startsWith('-'))
    .map((argument) => `${argument} is no option: give settings as in PORT=8800 npm run dev`),
]

/**
 * The settings of `npm run dev`: the Worker's and its own. `--var` overrides the environment, which
 * overrides the file. Throws one line that names each setting that is wrong or unknown.
 */
export function readSettings({ environment, file, args }: Sources): Settings {
  const { filed, odd_line } = parseFile(readFile(file))
  const named = varsOf(args)
  const given = Object.entries(environment).filter(([name]) => KNOWN.includes(name))
  const all = { ...filed, ...(Object.fromEntries(given) as Settings), ...named }
  const settings = Object.fromEntries(
    Object.entries(all).filter(([name, value]) => value !== '' || MAY_BE_EMPTY.includes(name)),
  )
  const misspelt = Object.keys(environment).filter((name) => OUR_PREFIX.test(name) && !OF_CLIENTS.includes(name))
  const wrong = [
    ...messagesOfArguments(args),
    ...(odd_line === undefined ? [] : [`Line ${odd_line} of .dev.vars is not of the form NAME=value`]),
    ...unknownMessagesOf('.dev.vars', Object.keys(filed)),
    ...unknownMessagesOf('--var', Object.keys(named)),
    ...unknownMessagesOf('The environment', misspelt),
    ...wrongSettings(settings)
      .filter(({ name }) => name in settings)
      .map(({ name, message }) => `${name} ${message}`),
  ]
  if (wrong.length > 0) throw new Error(`${wrong.join('; ')}.`)
  return settings
}

/** The settings to give to the Worker: all but those that only this machine's stack reads. */
export const workerSettings = (settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => OF_WORKER.includes(name) && name !== 'DATABASE_URL'))

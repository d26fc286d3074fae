import { exports } from 'cloudflare:workers'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { beforeAll, describe, expect, it } from 'vitest'
import { TOOLS } from '../../src/features/mcp/tools.ts'
import { isInProject } from '../../src/http/describe.ts'
import { type Caller, type Cast, expectedStatus, isOutOfReach, newCast, unauthorizedCode } from '../support/callers.ts'
import { messageOf, type Rows, requestWith, rowsOf, TOOL_ARGUMENTS } from '../support/mcp.ts'
import { samplesFor } from '../support/samples.ts'

let cast: Cast
let rows: Rows
beforeAll(async () => {
  cast = await newCast()
  rows = await rowsOf(cast)
})

async function argumentsOf(name: string, caller: Caller) {
  const sample = TOOL_ARGUMENTS[name]
  if (!sample) throw new Error(`Add ${name} to TOOL_ARGUMENTS in test/support/mcp.ts`)
  return sample(rows, cast, caller)
}

/** The outcome of a call: the status of HTTP, or 'refused' if the tool reports an error; and the problem's code. */
async function outcomeOf(name: string, given: object, token?: string) {
  const response = await exports.default.fetch(requestWith(messageOf('tools/call', { name, arguments: given }), token))
  const body: any = await response.json()
  if (response.status !== 200) return { status: response.status, code: body.code }
  if (!body.result) throw new Error(`${name} failed: ${JSON.stringify(body)}`)
  const { isError, content } = body.result
  return isError ? { status: 'refused', code: content[0].text.split(':')[0] } : { status: 200 }
}

const callerNamed = (name: string) => {
  const caller = cast.callers.find((candidate) => candidate.name === name)
  if (!caller) throw new Error(`There is no caller named ${name}`)
  return caller
}

/** The tools that replace or delete what somebody wrote. */
const DESTRUCTIVE = ['update_task', 'set_checklist_item', 'unlink_tasks', 'bulk']

describe.each(TOOLS.map((tool) => ({ ...tool })))('$name', ({ name, access, scope, bound_keys, list }) => {
  it('allows everybody what their role and scopes allow', async () => {
    const actual: Record<string, unknown> = {}
    const expected: Record<string, unknown> = {}
    const argumentsFor = samplesFor((caller) => argumentsOf(name, caller), (TOOL_ARGUMENTS[name]?.length ?? 0) > 2)
    for (const caller of cast.callers) {
      const outcome = expectedOf(caller, { access, ok: 200, needs: [scope], bound_keys })
      const given = await argumentsFor(caller, outcome.status !== 200)
      actual[caller.name] = await outcomeOf(name, given, caller.token)
      expected[caller.name] = outcome
    }
    expect(actual).toEqual(expected)
  })

  it('has a flat input and a structured output, both valid JSON Schema, and answers accordingly', async () => {
    const { inputSchema, outputSchema, description, annotations } = list()
    const ajv = new Ajv2020({ strict: true })
    formats.default(ajv)
    const [input, output] = [ajv.compile(inputSchema), ajv.compile(outputSchema)]
    expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
    expect(JSON.stringify(inputSchema)).not.toMatch(/"(anyOf|oneOf|allOf|\$ref)"/)
    expect(description.length).toBeGreaterThan(30)
    expect(annotations.readOnlyHint).toBe(scope === 'read')
    expect(annotations.destructiveHint).toBe(DESTRUCTIVE.includes(name))
    const given = await argumentsOf(name, callerNamed('manager'))
    expect(input(given), JSON.stringify(input.errors)).toBe(true)
    const response = await exports.default.fetch(
      requestWith(messageOf('tools/call', { name, arguments: given }), callerNamed('manager').token),
    )
    const { result }: any = await response.json()
    expect(output(result.structuredContent), JSON.stringify(output.errors)).toBe(true)
    const [first] = result.content
    if (first.type === 'text') expect(JSON.parse(first.text)).toEqual(result.structuredContent)
    else expect(first).toMatchObject({ type: 'image', mimeType: 'image/svg+xml' })
  })

  it('sends one request to the database', async () => {
    const caller = callerNamed('a key of a manager') // for which no answer is cached
    const given = await argumentsOf(name, caller)
    const response = await exports.default.fetch(
      requestWith(messageOf('tools/call', { name, arguments: given }), caller.token),
    )
    const { result }: any = await response.json()
    expect(result.isError, JSON.stringify(result)).toBeUndefined()
    expect(response.headers.get('Server-Timing')).toMatch(/^db;dur=\d+;desc="1"/)
  })
})

const propertiesOf = (schema: any): object => schema.properties
const KEYED = TOOLS.filter(({ list }) => 'idempotency_key' in propertiesOf(list().inputSchema))

it.each(KEYED.map((tool) => ({ ...tool })))(
  '$name answers a repeat with the same key like the first call, and marks it as a repeat',
  async ({ name, list }) => {
    const manager = callerNamed('manager')
    const given = { ...(await argumentsOf(name, manager)), idempotency_key: crypto.randomUUID() }
    const use = async () => {
      const message = messageOf('tools/call', { name, arguments: given })
      const { result }: any = await (await exports.default.fetch(requestWith(message, manager.token))).json()
      expect(result.isError, JSON.stringify(result)).toBeUndefined()
      return result.structuredContent
    }
    const first = await use()
    const again = await use()
    expect(first).not.toHaveProperty('replayed')
    expect(again).toEqual({ ...first, replayed: true })
    expect(new Ajv2020().validate(list().outputSchema, again)).toBe(true)
  },
)

type Route = Parameters<typeof expectedStatus>[1]

/** The outcome that a caller must get: HTTP refuses a bad credential, and the tool everything else. */
function expectedOf(caller: Caller, route: Route) {
  const status = expectedStatus(caller, route)
  if (status === 200) return { status: 200 }
  if (status === 401) return { status, code: unauthorizedCode(caller) }
  return { status: 'refused', code: status === 404 ? 'not_found' : forbidden(caller, route) }
}

function forbidden(caller: Caller, route: Route): string {
  const { key } = caller
  if (!key) return 'forbidden'
  const narrowed = !isInProject({ access: route.access }) && isOutOfReach(caller, route)
  return narrowed || !route.needs.every((scope) => key.scopes.includes(scope)) ? 'scope_missing' : 'forbidden'
}

it('lists a sample call for each tool, and for no other', () => {
  expect(Object.keys(TOOL_ARGUMENTS).sort()).toEqual(TOOLS.map(({ name }) => name).sort())
})

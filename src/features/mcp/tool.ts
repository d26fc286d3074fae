import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import type { Access } from '../../http/describe.ts'
import { isInProject } from '../../http/describe.ts'
import { invalidInput } from '../../http/validate.ts'
import { AppError } from '../../lib/errors.ts'
import type { Scope } from '../../transaction/authorize.ts'
import { keyOfCall } from './idempotency.ts'
import { callWithProject } from './refs.ts'
import { adviceFor, inWordsOf, type Names } from './refusals.ts'

type Spec<I extends z.ZodObject, O extends z.ZodObject> = {
  name: string
  title: string
  /** For a model: when to use it, and what it returns. */
  description: string
  /** That of the route that does the same. */
  access: Access
  bound_keys?: true
  scope: Scope
  /**
   * The tool takes `idempotency_key`, and its answer says `replayed` to a repeat. `derived`: if the caller gives no
   * key, one is made (idempotency.ts).
   */
  keyed?: 'given' | 'derived'
  destructive?: true
  input: I
  /** The fields of the input that have other names in the service: its refusals name them as the tool does. */
  names?: Names
  output: O
  /** A `project` of the input, which may be a key, is an id here. */
  run: (ctx: Ctx, input: z.output<I>) => Promise<z.input<O>>
  /** The picture that is shown, made of the structured answer. */
  show?: (answer: z.output<O>) => Picture
}

export type Picture = { mimeType: string; text: string }
export type Answer = { structured: Record<string, unknown>; picture?: Picture }

/** A tool as the server lists and calls it. Its input is what a client sent: `call` validates. */
export type Tool = Pick<Spec<z.ZodObject, z.ZodObject>, 'name' | 'title' | 'access' | 'bound_keys' | 'scope'> & {
  /** The tool as `tools/list` shows it. */
  list: () => Listed
  call: (ctx: Ctx, given: unknown) => Promise<Answer>
}

type Listed = Pick<Spec<z.ZodObject, z.ZodObject>, 'name' | 'title' | 'description'> & {
  annotations: Record<string, boolean>
  inputSchema: Record<string, unknown>
  outputSchema: Record<string, unknown>
}

/** The value, parsed by a schema. Throws validation_failed; `whole` names the value there. */
export function parseInput<S extends z.ZodType>(schema: S, given: unknown, whole = 'arguments'): z.output<S> {
  const result = schema.safeParse(given)
  if (!result.success) throw invalidInput(result.error, whole)
  return result.data
}

const idempotency_key = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 visible ASCII characters')
  .optional()
  .meta({ description: 'A repeat with the same key and arguments returns the first answer' })

const replayed = z.literal(true).optional().meta({
  description: 'The same call was made before, so nothing was done now. To do it again, send a new idempotency_key',
})

/** Removes the bounds that every integer has in JSON (±2^53): they cost a model tokens and tell it nothing. */
const removeBounds = ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

function jsonOf(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, override: removeBounds })
  return json
}

/** Calls a service, and translates its errors with `inWordsOf`. `not_found`: the advice if it finds nothing. */
async function callInWordsOf<T>(names: Names, not_found: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof AppError ? inWordsOf(names, error, not_found) : error
  }
}

/** The fields that have one meaning in every tool. */
type Common = { idempotency_key?: string; project?: string }

/** Defines a tool: a function of a service, with a flat input and a short output. */
export function defineTool<I extends z.ZodObject, O extends z.ZodObject>(spec: Spec<I, O>): Tool {
  const { name, title, description, access, bound_keys, scope, keyed } = spec
  const input = z.strictObject({ ...spec.input.shape, ...(keyed && { idempotency_key }) })
  const output = keyed ? spec.output.extend({ replayed }) : spec.output
  const not_found = adviceFor(Object.keys(input.shape))
  const annotations = {
    readOnlyHint: scope === 'read',
    destructiveHint: spec.destructive ?? false,
    idempotentHint: scope === 'read',
    openWorldHint: false,
  }
  const list = () => ({
    name,
    title,
    description,
    annotations,
    inputSchema: jsonOf(input, 'input'),
    outputSchema: jsonOf(output, 'output'),
  })
  const call = async (ctx: Ctx, given: unknown): Promise<Answer> => {
    const { idempotency_key: key, ...rest } = parseInput(input, given ?? {}) as Common
    const caller: Ctx = { ...ctx, reader: {}, takes_bound_keys: bound_keys ?? isInProject({ access }) }
    const runWith = async (input: object) => {
      const idempotency = keyed && keyOfCall(ctx, { tool: name, key, input, derived: keyed === 'derived' })
      const answer = await spec.run({ ...caller, idempotency }, input as z.output<I>)
      return { ...answer, ...(idempotency?.replayed && { replayed: true }) }
    }
    // Before the idempotency key is made: after a deletion, another project may have the same key.
    const work = () =>
      rest.project === undefined
        ? runWith(rest)
        : callWithProject(caller, rest.project, (project) => runWith({ ...rest, project }))
    const structured = output.parse(await callInWordsOf(spec.names ?? {}, not_found, work))
    return { structured, picture: spec.show?.(structured as z.output<O>) }
  }
  return { name, title, access, bound_keys, scope, list, call }
}

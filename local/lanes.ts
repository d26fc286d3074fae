import { z } from 'zod'
import { type Dice, type Faults, faultsSchema, seededDice } from './faults.ts'

const controlSchema = faultsSchema.extend({
  /** Sets the lane's counters to zero. */
  reset: z.boolean().optional(),
  /** Ends every open stream of the lane now. */
  close_streams: z.boolean().optional(),
})

/** A path through a bridge, with counters and faults of its own: other lanes do not change them. */
export interface Lane {
  faults: Faults
  dice: Dice
  requests: number
  units: number
  injected: Record<string, number>
  /** The open streams: a function for each, which ends it. */
  streams: Set<() => void>
}

const newCounters = () => ({ requests: 0, units: 0, injected: {} })

/** A lane without faults. */
export function createLane(): Lane {
  return { faults: {}, dice: Math.random, streams: new Set(), ...newCounters() }
}

/** Counts a fault that was really injected. */
export function countInjected(lane: Lane, kind: string): void {
  lane.injected[kind] = (lane.injected[kind] ?? 0) + 1
}

function endStreams(lane: Lane): void {
  for (const end of [...lane.streams]) {
    countInjected(lane, 'close_streams')
    end()
  }
}

/** What `/control` shows. `unit` names what the bridge counts: statements or commands. */
export function describeLane(lane: Lane, unit: string): Record<string, unknown> {
  return {
    requests: lane.requests,
    [unit]: lane.units,
    streams: lane.streams.size,
    faults: lane.faults,
    injected: lane.injected,
  }
}

/**
 * Applies the JSON of a `POST /control`: faults named in it are set, the others stay as they are.
 * Returns why it was refused, if it was.
 */
export function controlLane(lane: Lane, json: string): string | undefined {
  let input: unknown
  try {
    input = JSON.parse(json)
  } catch {
    return 'The body is not JSON.'
  }
  const parsed = controlSchema.safeParse(input)
  if (!parsed.success) return z.prettifyError(parsed.error)
  const { reset, close_streams, ...faults } = parsed.data
  lane.faults = { ...lane.faults, ...faults }
  if (faults.seed !== undefined) lane.dice = seededDice(faults.seed)
  if (reset) Object.assign(lane, newCounters())
  if (close_streams) endStreams(lane)
  return undefined
}

/** Forgets the lane's faults and counters; open streams stay. */
export function clearLane(lane: Lane): void {
  Object.assign(lane, { faults: {}, dice: Math.random, ...newCounters() })
}

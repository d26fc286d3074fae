import { setTimeout as wait } from 'node:timers/promises'
import { api } from '../support/api.ts'
import { newPerson, type Person, signIn } from '../support/people.ts'
import type { Site } from '../support/site.ts'
import { get } from './api.ts'
import { type Deps, pick } from './people.ts'

export type GuestTally = { ended: number; certain: number; refused: number; late: number; violations: string[] }

/**
 * Whether what a region sends to Redis certainly arrives: `versionOf` returns undefined if not, else a number that
 * changes with each fault. The same number before and after a request means that it certainly arrived.
 */
export type Certainty = { versionOf(site: Site): number | undefined }

/** How long a guest goes on reading after their access has ended, in ms. */
const READ_ON_MS = 600

/** Ends the guest's access, through one region. Returns how, in words. */
async function endAccess({ owner, dice }: Deps, project_id: string, guest: Person, via: Site): Promise<string> {
  if (dice() < 0.5) {
    await api(via, 'DELETE', `/projects/${project_id}/members/${guest.id}`, owner.token)
    return 'removed'
  }
  await api(via, 'POST', '/auth/logout', guest.token)
  return 'signed out'
}

/**
 * Guests join, read until the cache knows them, and lose their access while they go on reading in both
 * regions. Requests after the answer that ended the access must be refused: at once, when Redis has
 * certainly received the change; else within `bound_ms`.
 */
export async function runGuests(
  deps: Deps,
  certainty: Certainty,
  bound_ms: number,
  guestTally: GuestTally,
): Promise<void> {
  const { sites, projects, owner, dice, done } = deps
  let guest = await newPerson(pick(dice, sites), 'Guest')
  while (!done()) {
    const project = pick(dice, projects)
    const path = `/projects/${project.id}/columns`
    await api(pick(dice, sites), 'POST', `/projects/${project.id}/members`, owner.token, {
      user_id: guest.id,
      role: 'viewer',
    })
    const via = pick(dice, sites)
    let refused_from = Number.POSITIVE_INFINITY
    let how = ''
    const { token } = guest
    const readOn = async (site: Site) => {
      while (Date.now() < refused_from + READ_ON_MS) {
        const { status, by, asked_at } = await get(site, path, token)
        if (status !== 200) guestTally.refused += 1
        else if (asked_at > refused_from) {
          guestTally.violations.push(`a guest who was ${how} read by ${by}, ${asked_at - refused_from} ms too late`)
        } else if (how) guestTally.late += 1
        await wait(1)
      }
    }
    const reading = Promise.all([...sites, ...sites].map(readOn))
    await wait(50 + 100 * dice())
    const before = certainty.versionOf(via)
    how = await endAccess(deps, project.id, guest, via)
    const certain = before !== undefined && certainty.versionOf(via) === before
    refused_from = Date.now() + (certain ? 0 : bound_ms)
    guestTally.ended += 1
    if (certain) guestTally.certain += 1
    await reading
    if (how !== 'removed') {
      guest = await signIn(pick(dice, sites), guest)
      await api(via, 'DELETE', `/projects/${project.id}/members/${guest.id}`, owner.token)
    }
  }
}

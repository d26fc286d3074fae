/** The people, the board and the work of the demo: a small team moves a web shop to a new checkout. */

export const PEOPLE = [
  { name: 'Ada Okafor', timezone: 'Europe/London' },
  { name: 'Jonas Weber', timezone: 'Europe/Berlin' },
  { name: 'Mei Tanaka', timezone: 'Europe/London' },
] as const

export const PROJECT = {
  name: 'Checkout relaunch',
  description: 'The shop gets a **new checkout**: fewer steps, more ways to pay, and it works on a phone.',
} as const

/** The project key to try: another for each attempt (from 0), as an earlier demo may have taken the key. */
export const keyOf = (attempt: number) => (attempt === 0 ? 'SHOP' : `SHOP${attempt + 1}`)

export const COLUMNS = [
  { key: 'ideas', name: 'Ideas', category: 'backlog', color: '#8a94a6', wip_limit: null, wip_mode: 'warn' },
  { key: 'todo', name: 'To do', category: 'todo', color: '#5b6ee1', wip_limit: null, wip_mode: 'warn' },
  {
    key: 'in_progress',
    name: 'In progress',
    category: 'in_progress',
    color: '#2f6fdd',
    wip_limit: 5,
    wip_mode: 'block',
  },
  { key: 'review', name: 'Review', category: 'review', color: '#c77d0a', wip_limit: 4, wip_mode: 'warn' },
  { key: 'done', name: 'Done', category: 'done', color: '#2c8a4b', wip_limit: null, wip_mode: 'warn' },
  { key: 'dropped', name: 'Dropped', category: 'cancelled', color: '#9aa0a6', wip_limit: null, wip_mode: 'warn' },
] as const

const THINGS = [
  'the address form',
  'guest checkout',
  'the basket',
  'card payments',
  'PayPal',
  'bank transfer',
  'vouchers',
  'delivery slots',
  'gift wrapping',
  'the order confirmation',
  'invoices',
  'returns',
  'stock reservation',
  'the tax rules',
  'the phone layout',
  'saved cards',
  'the order history',
  'parcel tracking',
  'the price display',
  'account linking',
] as const

const DEEDS = [
  'Design {}',
  'Build {}',
  'Test {} on old phones',
  'Make {} accessible',
  'Translate {}',
  'Measure {}',
  'Speed up {}',
  'Fix rounding in {}',
  'Log failures of {}',
  'Document {}',
] as const

/** Titles of tasks: every deed with every thing, in an order that mixes both. */
export const TITLES = Array.from({ length: THINGS.length * DEEDS.length }, (_, n) => {
  const thing = THINGS[(n * 7) % THINGS.length] ?? ''
  const deed = DEEDS[(n * 3 + Math.floor(n / THINGS.length)) % DEEDS.length] ?? ''
  return deed.replace('{}', thing)
})

export const REWORDINGS = [' (phone first)', ', without JavaScript too', ' behind a flag', ' for guests']

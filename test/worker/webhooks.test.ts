import { beforeEach, expect, it } from 'vitest'
import { call, journal, type Person, person, project, task } from '../support/api.ts'
import { createWebhook, newBox, seqs, verified } from '../support/webhooks.ts'

/** The events of a project, sent elsewhere. */

let ada: Person
let board: any
beforeEach(async () => {
  ada = await person('Ada')
  board = await project(ada.token)
})

it('sends what happens after it was made, in order, as sockets get it, signed', async () => {
  const box = newBox()
  const { status, body: hook } = await createWebhook(ada, board.id, { url: box.url })
  expect(status).toBe(201)
  for (const title of ['One', 'Two', 'Three']) await task(ada.token, board.id, { title })
  const received = await box.until(3)
  const events = received.map((message) => verified(message, hook.secret))
  const told = await journal(ada.token, board.id, hook.seq)
  expect(events).toEqual(told.map((event: object) => ({ type: 'event', ...event })))
  expect(received.map(({ headers }) => headers['content-type'])).toEqual(Array(3).fill('application/json'))
})

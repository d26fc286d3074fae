import { TrieRouter } from 'hono/router/trie-router'
import { expect, test, vi } from 'vitest'
import { app } from '../../src/app.ts'
import { PartedRouter } from '../../src/http/router.ts'

type Route = (typeof app.routes)[number]
type Match = ReturnType<PartedRouter<Route>['match']>

/** The routes that were found, in their order, each with its parameters. */
const found = ([list, values]: Match) =>
  list.map(([{ method, path }, params]) => {
    const entries = Object.entries(params).map(([name, at]) => [name, values ? values[Number(at)] : at])
    return [method, path, Object.fromEntries(entries)]
  })

const partedOf = (routes: Route[]) => {
  const router = new PartedRouter<Route>()
  for (const route of routes) router.add(route.method, route.path, route)
  return router
}

test('every path leads where the usual router leads it', () => {
  const [parted, usual] = [partedOf(app.routes), new TrieRouter<Route>()]
  for (const route of app.routes) usual.add(route.method, route.path, route)
  const paths = new Set(['/', '//', '/nowhere', '/nowhere/at/all', '/Tasks', '/constructor/x'])
  for (const { path } of app.routes) {
    for (const word of ['x', 'me', 'keys', 'a%20b', 'toString', '']) {
      const filled = path.replace(/:\w+|\*/g, word)
      paths.add(filled).add(`${filled}/${word}`)
    }
  }
  for (const path of paths) {
    for (const method of ['GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS', 'PURGE']) {
      expect(found(parted.match(method, path)), `${method} ${path}`).toEqual(found(usual.match(method, path)))
    }
  }
})

test('the slower router is asked about few paths, and none of a task or a board read', () => {
  const router = partedOf(app.routes)
  const slower = vi.spyOn(TrieRouter.prototype, 'match')
  const asked = app.routes.filter(({ method, path }) => {
    slower.mockClear()
    router.match(method, path.replace(/:\w+|\*/g, 'x'))
    return slower.mock.calls.length > 0
  })
  slower.mockRestore()
  const parts = asked.map(({ method, path }) => `${method} /${path.split('/')[1]}`)
  expect([...new Set(parts)].sort()).toEqual([
    'DELETE /users',
    'GET /users',
    'PATCH /users',
    'POST /notifications',
    'POST /projects',
    'POST /users',
  ])
})

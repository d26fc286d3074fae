import { TrieRouter } from 'hono/router/trie-router'
import { expect, test } from 'vitest'
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

test('every path leads where the usual router leads it', () => {
  const [parted, usual] = [new PartedRouter<Route>(), new TrieRouter<Route>()]
  for (const route of app.routes) {
    parted.add(route.method, route.path, route)
    usual.add(route.method, route.path, route)
  }
  const paths = new Set(['/', '//', '/nowhere', '/nowhere/at/all', '/Tasks', '/constructor/x'])
  for (const { path } of app.routes) {
    for (const word of ['x', 'me', 'keys', 'a%20b', 'toString', '']) {
      const filled = path.replace(/:\w+|\*/g, word)
      paths.add(filled).add(`${filled}/${word}`)
    }
  }
  for (const path of paths) {
    for (const method of ['GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']) {
      expect(found(parted.match(method, path)), `${method} ${path}`).toEqual(found(usual.match(method, path)))
    }
  }
})

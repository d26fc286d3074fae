import { METHOD_NAME_ALL, type Result, type Router } from 'hono/router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'

const firstOf = (path: string) => path.split('/', 2)[1] ?? ''
const isLiteral = (part: string) => !/^$|[*:]/.test(part)

/**
 * A router for each method and first part of a path, made when it is first asked for. Hono's fastest
 * router refuses an app of which it refuses two paths (`/users/me` beside `/users/:id`): so that is a
 * matter of those few alone (test/worker/router.test.ts says which).
 */
export class PartedRouter<T> implements Router<T> {
  readonly name = 'PartedRouter'
  readonly #routes: [method: string, path: string, handler: T][] = []
  readonly #routers = new Map<string, Router<T>>()

  add(...route: [method: string, path: string, handler: T]): void {
    this.#routes.push(route)
  }

  match(method: string, path: string): Result<T> {
    const first = firstOf(path)
    const known = this.#routers.get(`${method} ${first}`)
    return (known ?? this.#routerOf(method, first)).match(method, path)
  }

  /** Of a method or a first part that no route has, there is one for all. */
  #routerOf(asked: string, first: string): Router<T> {
    const method = this.#routes.some(([own]) => own === asked) ? asked : METHOD_NAME_ALL
    const routes = this.#routes.filter(([own]) => own === method || own === METHOD_NAME_ALL)
    const part = routes.some(([, path]) => firstOf(path) === first) ? first : ''
    const key = `${method} ${part}`
    const kept = this.#routers.get(key)
    if (kept) return kept
    const router = new SmartRouter<T>({ routers: [new RegExpRouter(), new TrieRouter()] })
    for (const route of routes) {
      const own = firstOf(route[1])
      if (own === part || !isLiteral(own)) router.add(...route)
    }
    this.#routers.set(key, router)
    return router
  }
}

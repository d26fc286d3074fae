import type { Result, Router } from 'hono/router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'

const firstOf = (path: string) => path.split('/', 2)[1] ?? ''
const isLiteral = (part: string) => !/^$|[*:]/.test(part)

/**
 * A router for each first part of a path, made when it is first asked for. Hono's fastest router
 * refuses an app of which it refuses one path (`/users/me/keys/:id` beside `/users/:id`): so that
 * is a matter of `/users` alone.
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
    const known = this.#routers.get(first)
    return (known ?? this.#routerOf(first)).match(method, path)
  }

  /** Of a first part that no route has, there is one for all. */
  #routerOf(first: string): Router<T> {
    const isKnown = this.#routes.some(([, path]) => firstOf(path) === first)
    const part = isKnown ? first : ''
    const kept = this.#routers.get(part)
    if (kept) return kept
    const router = new SmartRouter<T>({ routers: [new RegExpRouter(), new TrieRouter()] })
    for (const route of this.#routes) {
      const own = firstOf(route[1])
      if (own === part || !isLiteral(own)) router.add(...route)
    }
    this.#routers.set(part, router)
    return router
  }
}

import { METHOD_NAME_ALL, type Result, type Router } from 'hono/router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'

const firstOf = (path: string) => path.split('/', 2)[1] ?? ''
const isLiteral = (part: string) => !/^$|[*:]/.test(part)

type Route<T> = [method: string, path: string, handler: T]

/** Those of the routes that a path with this first part may take. */
function routerFor<T>(part: string, routes: Route<T>[]): Router<T> {
  const router = new SmartRouter<T>({ routers: [new RegExpRouter(), new TrieRouter()] })
  for (const route of routes) {
    const own = firstOf(route[1])
    if (own === part || !isLiteral(own)) router.add(...route)
  }
  return router
}

/**
 * A router for each method and first part of a path, made when it is first asked for. Hono's fastest
 * router refuses an app of which it refuses two paths (`/users/me` beside `/users/:id`): so that is a
 * matter of those few alone (test/worker/router.test.ts says which).
 */
export class PartedRouter<T> implements Router<T> {
  readonly name = 'PartedRouter'
  readonly #routes: Route<T>[] = []
  readonly #routers = new Map<string, Router<T>>()

  add(...route: Route<T>): void {
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
    const router = this.#routers.get(`${method} ${part}`) ?? routerFor(part, routes)
    // By the asked name as well, as a browser's OPTIONS are frequent; the runtime lets only known methods through.
    for (const name of [method, asked]) this.#routers.set(`${name} ${part}`, router)
    return router
  }
}

#!/usr/bin/env bash
# Does a dynamic import in a Worker only delay what it imports?
#
# wrangler 4.156.2, zod 4.6.7, Node 24, on 30 November 2026.
# wrangler bundles a Worker into one file. If a module that is imported dynamically also uses code that the Worker
# imports statically, that shared code is wrapped in functions (`__esm`), although it runs at the start anyway: V8 parses
# a function once to find its end and again to run it. So a lazy module of one line can make the start slower. A lazy
# module that shares no code with the rest wraps only itself.
#
# Output seen:
#   static import:              modules in functions: 0
#   lazy, with shared library:  modules in functions: 29, of zod: 28
#   lazy, without shared code:  modules in functions: 1, of zod: 0
#
# Exit 0: as described. Exit 1: it behaves differently now.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund --save-exact wrangler@4.156.2 zod@4.6.7
export WRANGLER_SEND_METRICS=false CI=true

# Bundles a Worker that checks a body with zod: $1 is its folder, $2 the other module, $3 how that is imported.
bundle() {
  mkdir "$1"
  printf '%s\n' "$2" >"$1/other.js"
  printf '%s\n' "import * as z from 'zod'" 'const Body = z.object({ title: z.string() })' "$3" \
    'export default { fetch: async (request) => Response.json((await load()).run(Body.parse(await request.json()))) }' >"$1/index.js"
  printf '%s\n' 'name = "w"' 'main = "index.js"' 'compatibility_date = "2026-11-01"' >"$1/wrangler.toml"
  (cd "$1" && ../node_modules/.bin/wrangler deploy --dry-run --outdir out >said.txt 2>&1) || { cat "$1/said.txt"; exit 1; }
  wrapped=$(grep -c '__esm({' "$1/out/index.js" || true)
  of_zod=$(grep -A1 '__esm({' "$1/out/index.js" | grep -c 'node_modules/zod' || true)
}
with_zod="import * as z from 'zod'; export const run = (body) => z.object({ title: z.string() }).parse(body)"
without='export const run = (body) => body'
lazily="const load = () => import('./other.js')"

bundle static "$with_zod" "import * as other from './other.js'; const load = async () => other"
echo "static import:              modules in functions: $wrapped"
[ "$wrapped" = 0 ]
bundle shared "$with_zod" "$lazily"
echo "lazy, with shared library:  modules in functions: $wrapped, of zod: $of_zod"
[ "$of_zod" -gt 10 ] && [ "$wrapped" = $((of_zod + 1)) ]
bundle apart "$without" "$lazily"
echo "lazy, without shared code:  modules in functions: $wrapped, of zod: $of_zod"
[ "$wrapped $of_zod" = '1 0' ]

#!/usr/bin/env bash
# Static assets of Workers: which forms of If-None-Match get 304?
#
# wrangler 4.156.2 (miniflare 5.20261102.0-beta, workerd 1.20261102.1), Node 24, on 29 November 2026.
# RFC 9110, 13.1.2: the condition is false, so that a GET gets 304, if one tag of the list matches, weakly compared, or
# for `*` if there is a representation. The asset server knows one tag alone, strong or weak: a list that has the tag,
# and `*`, get 200 with the whole file. Seen locally, where wrangler runs the asset worker of the platform.
#
# Output seen:
#   its tag: 304
#   its tag, weak: 304
#   a list with its tag: 200
#   *: 200
#
# Exit 0: as described. Exit 1: it behaves differently now.
set -euo pipefail
folder=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ -z "$server" ] || wait "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund --save-exact node@24.21.0 wrangler@4.156.2
mkdir public
echo 'hello' >public/page.txt
cat >wrangler.toml <<'TOML'
name = "assets"
compatibility_date = "2026-10-01"
[assets]
directory = "public"
TOML
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
WRANGLER_SEND_METRICS=false node_modules/.bin/node node_modules/wrangler/bin/wrangler.js dev --ip 127.0.0.1 --port "$port" --inspector-port 0 >log 2>&1 &
server=$!
for _ in $(seq 120); do
  curl -s -o /dev/null "http://127.0.0.1:$port/page.txt" && break
  sleep 0.5
done

cat >run.js <<'RUN'
const url = `http://127.0.0.1:${process.argv[2]}/page.txt`
const tag = (await fetch(url)).headers.get('etag').replace(/^W\//, '')
const forms = { 'its tag': tag, 'its tag, weak': `W/${tag}`, 'a list with its tag': `"other", ${tag}`, '*': '*' }
const seen = []
for (const [name, value] of Object.entries(forms)) {
  const { status } = await fetch(url, { headers: { 'If-None-Match': value } })
  console.log(`${name}: ${status}`)
  seen.push(status)
}
process.exitCode = seen.join() === '304,304,200,200' ? 0 : 1
RUN
node_modules/.bin/node run.js "$port"

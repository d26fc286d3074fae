#!/usr/bin/env bash
# A write with an empty `If-Match`, as a client sends it that has lost its ETag: which headers does a Worker see?
#
# workerd 1.20261102.1, Node 24, on 1 December 2026.
# An empty `If-Match` does not arrive, so a Worker cannot tell the request from one without a condition. RFC 9110 (13.1.1)
# takes an empty list for valid, and no version is in it: 412. So do `If-None-Match`, `Range` and other header names that
# the runtime knows. An empty header of another name arrives, and `If-Match: ,` arrives, too.
#
# Output seen:
#   If-Match "" and X-Other "": if-match absent, x-other ""
#   If-Match ",":               if-match ","
#
# Exit 0: as described. Exit 1: it behaves differently now.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund --save-exact node@24.21.0 workerd@1.20261102.1

cat >worker.js <<'WORKER'
export default {
  fetch: ({ headers }) => Response.json({ match: headers.get('If-Match'), other: headers.get('X-Other') }),
}
WORKER

cat >config.capnp <<'CONFIG'
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [(name = "worker.js", esModule = embed "worker.js")], compatibilityDate = "2026-10-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
CONFIG

cat >run.js <<'RUN'
import { spawn } from 'node:child_process'
import { request } from 'node:http'
const workerd = spawn('node_modules/.bin/workerd', ['serve', 'config.capnp', '--control-fd=3'], {
  stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
})
const port = await new Promise((found) => {
  workerd.stdio[3].on('data', (data) => {
    const { port } = JSON.parse(String(data))
    if (port) found(port)
  })
})
const ask = (headers) =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, headers }, async (answer) => {
      let text = ''
      for await (const piece of answer) text += piece
      resolve(JSON.parse(text))
    })
      .on('error', reject)
      .end()
  })
const show = (value) => (value === null ? 'absent' : JSON.stringify(value))
const empty = await ask({ 'If-Match': '', 'X-Other': '' })
const comma = await ask({ 'If-Match': ',' })
console.log(`If-Match "" and X-Other "": if-match ${show(empty.match)}, x-other ${show(empty.other)}`)
console.log(`If-Match ",":               if-match ${show(comma.match)}`)
workerd.kill()
process.exit(empty.match === null && empty.other === '' && comma.match === ',' ? 0 : 1)
RUN
node_modules/.bin/node run.js

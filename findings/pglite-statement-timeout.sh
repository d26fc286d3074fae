#!/usr/bin/env bash
# PGlite accepts statement_timeout: does it end a statement?
#
# @electric-sql/pglite 0.5.14 (PostgreSQL 18 in WebAssembly), Node 24, on 28 November 2026.
# The setting is accepted and shown, but a statement that takes many times as long runs to its end. A PostgreSQL
# server would end it with SQLSTATE 57014. Tests of time limits need a server.
#
# Output seen:
#   statement_timeout is 20ms
#   3000000 rows counted, and more than 20 ms gone: true
#
# Exit 0: as described. Exit 1: it behaves differently now.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund --save-exact @electric-sql/pglite@0.5.14

cat >run.js <<'RUN'
import { PGlite } from '@electric-sql/pglite'
const db = await PGlite.create()
await db.query("set statement_timeout = '20ms'")
const { rows: [setting] } = await db.query('show statement_timeout')
console.log(`statement_timeout is ${setting.statement_timeout}`)
const { rows: [row] } = await db.query(
  "select count(*)::int as n, clock_timestamp() - now() > '20ms' as late from generate_series(1, 3000000)",
)
console.log(`${row.n} rows counted, and more than 20 ms gone: ${row.late}`)
await db.close()
process.exit(setting.statement_timeout === '20ms' && row.n === 3_000_000 && row.late ? 0 : 1)
RUN
node run.js

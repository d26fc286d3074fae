#!/usr/bin/env bash
# PostgreSQL: `at time zone` and `set timezone` read some names of the time zone database differently.
#
# `at time zone 'CET'` takes the name for an abbreviation with a fixed offset, although CET is a zone with summer time:
# in July it gives an hour less than `set timezone = 'CET'`, and than Intl in JavaScript. So do EET, MET and WET.
# https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-TIMEZONES says that both are accepted, and that
# an abbreviation is a fixed offset; a name that is both is taken for the abbreviation.
#
# Seen on 2026-11-28 with @electric-sql/pglite 0.5.14 (PostgreSQL 18; PostgreSQL 15.20 does the same):
#   CET: at time zone 13:00, set timezone 14:00
#   EET: at time zone 14:00, set timezone 15:00
#   Europe/Brussels: at time zone 14:00, set timezone 14:00
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.14

cat >zones.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite'

const db = await PGlite.create()
const noon = `timestamptz '2026-07-01 12:00:00+00'`
for (const zone of ['CET', 'EET', 'Europe/Brussels']) {
  const { rows: [at] } = await db.query(`select to_char(${noon} at time zone '${zone}', 'HH24:MI') as time`)
  await db.exec(`set timezone = '${zone}'`)
  const { rows: [set] } = await db.query(`select to_char(${noon}, 'HH24:MI') as time`)
  console.log(`${zone}: at time zone ${at.time}, set timezone ${set.time}`)
}
JS
node zones.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
CET: at time zone 13:00, set timezone 14:00
EET: at time zone 14:00, set timezone 15:00
Europe/Brussels: at time zone 14:00, set timezone 14:00
SEEN

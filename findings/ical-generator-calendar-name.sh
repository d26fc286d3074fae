#!/usr/bin/env bash
# ical-generator: is the name of a calendar written as RFC 5545 wants text to be written?
#
# ical-generator 11.1.2, ical.js 2.2.1, Node 24, on 29 November 2026.
# NAME (RFC 7986, section 5.1) is of type TEXT, in which a comma and a semicolon have a backslash before them (RFC 5545,
# section 3.3.11). The title of an event has the backslashes; the name of the calendar, in NAME and in X-WR-CALNAME, has
# none. ical.js reads both as they were meant; a reader that ends a value at a bare comma reads only a part of the name.
#
# Output seen:
#   NAME:Apollo, north; south
#   X-WR-CALNAME:Apollo, north; south
#   SUMMARY:Apollo\, north\; south
#   ical.js: name "Apollo, north; south", title "Apollo, north; south"
#
# Exit 0: as described. Exit 1: it behaves differently now.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund --save-exact ical-generator@11.1.2 ical.js@2.2.1

cat >run.js <<'JS'
import ical from 'ical-generator'
import ICAL from 'ical.js'
const text = 'Apollo, north; south'
const calendar = ical({ name: text })
calendar.createEvent({ start: new Date('2026-11-29T00:00:00Z'), allDay: true, summary: text })
const written = calendar.toString()
for (const line of written.split('\r\n')) if (/^(NAME|X-WR-CALNAME|SUMMARY):/.test(line)) console.log(line)
const read = new ICAL.Component(ICAL.parse(written))
const name = read.getFirstPropertyValue('name')
const title = read.getFirstSubcomponent('vevent').getFirstPropertyValue('summary')
console.log(`ical.js: name ${JSON.stringify(name)}, title ${JSON.stringify(title)}`)
JS
node run.js | tee seen.txt
diff seen.txt - <<'SEEN'
NAME:Apollo, north; south
X-WR-CALNAME:Apollo, north; south
SUMMARY:Apollo\, north\; south
ical.js: name "Apollo, north; south", title "Apollo, north; south"
SEEN

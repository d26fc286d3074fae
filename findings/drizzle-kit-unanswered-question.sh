#!/usr/bin/env bash
# drizzle-kit generate without a terminal: how does a script notice a question that it cannot answer?
#
# drizzle-kit 0.31.11, drizzle-orm 0.45.4, Node 24, on 28 November 2026.
# A column gets another name in the schema. drizzle-kit wants to ask whether it was renamed or is new. With its input
# closed it prints "Interactive prompts require a TTY terminal" with a stack trace, writes no migration and no snapshot,
# and exits 0: a check in CI that looks at the exit code, or for new files, believes that the schema has not changed.
#
# Output seen:
#   first run: exit 0, migrations 1
#   renamed:   exit 0, migrations 1, error shown: yes
#
# Exit 0: as described. Exit 1: it behaves differently now.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --save-exact drizzle-kit@0.31.11 drizzle-orm@0.45.4

schema() {
  cat >schema.ts <<TS
import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
export const people = pgTable('people', { id: uuid().primaryKey(), $1: text() })
TS
}
generate() {
  code=0
  node_modules/.bin/drizzle-kit generate --dialect postgresql --schema schema.ts --out out >said.txt 2>&1 </dev/null || code=$?
  count=$(find out -name '*.sql' | wc -l | tr -d ' ')
}

schema avatar_url
generate
echo "first run: exit $code, migrations $count"
[ "$code $count" = '0 1' ]
schema picture_url
generate
shown=$(grep -q 'require a TTY' said.txt && echo yes || echo no)
echo "renamed:   exit $code, migrations $count, error shown: $shown"
[ "$code $count $shown" = '0 1 yes' ]

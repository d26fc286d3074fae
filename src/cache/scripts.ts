/**
 * Scripts that Redis runs, each atomically (Lua 5.1, https://redis.io/docs/latest/develop/programmability/eval-intro/).
 *
 * A project's head is `<epoch>:<seq>`, or begins with `unknown`: then Postgres is asked.
 * A value begins with its head and its version: `<epoch>:<seq> <version>\n<json>`. A value for a single
 * reader also names that reader's user version, `<epoch>:<seq> <version> =<user version>\n<json>`.
 * An access is `may <user version>`: valid while the person's user version (the key `fence:<id>`) is still that one.
 * All times are of the clock of Redis, so that clocks need not agree.
 */
const GET = `
local function get(key)
  local value = redis.call('get', key)
  return type(value) == 'string' and value or ''
end
`
/** Reads the first line of a value, which has 110 bytes at most and decides everything. The rest may be a megabyte. */
const LINE = `
local function line(key)
  return string.match(redis.call('getrange', key, 0, 255), '^[^\\n]*\\n') or ''
end
`
const NOW = `
local function now()
  local time = redis.call('time')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`

/** How long a head is kept, in seconds: longer than any read that began before it. */
const KEPT = 86_400

/**
 * A cached value, if this reader may see it and it is of the project's head.
 * KEYS: value, head, access, user version. ARGV: the version that the client has, which need not be sent again.
 * Returns the time, the user version and the head (a fill has to name them), the value or '', and whether
 * Redis has a value of that head, even if this reader may not see it: then a fill need not send it again.
 */
export const LOOK = `${GET}${LINE}${NOW}
local head, user_version, kept = get(KEYS[2]), get(KEYS[4]), line(KEYS[1])
local at, version, own = string.match(kept, '^(%S+) (%d*)(.*)\\n')
local is_kept = head ~= '' and at == head and (own == '' or own == ' =' .. user_version)
local value = ''
if is_kept and get(KEYS[3]) == 'may ' .. user_version then
  value = (version ~= '' and version == ARGV[1]) and kept or get(KEYS[1])
end
return {string.format('%.0f', now()), user_version, head, value, is_kept and 1 or 0}
`

/**
 * Stores that Postgres has allowed a person to read a project. KEYS: access, user version. ARGV: until when, the user
 * version that LOOK returned. LOOK ran before the transaction: if access ended since then, the user version differs.
 */
export const GRANT = `${GET}${NOW}
local left = ARGV[1] - now()
if left <= 0 or get(KEYS[2]) ~= ARGV[2] then return 0 end
redis.call('set', KEYS[1], 'may ' .. ARGV[2], 'PX', string.format('%.0f', left))
return 1
`

/**
 * Stores what Postgres returned, when LOOK had found no value of this head. KEYS: value, head, user version.
 * ARGV: until when, user version and head that LOOK returned, epoch, seq, the value ('' for none).
 *
 * LOOK ran before the transaction, so nothing is stored when the user version has changed. A value older than
 * the head is dropped; so is one that cannot be compared with a head that changed since LOOK.
 */
export const KEEP = `${GET}${LINE}${NOW}
local left = ARGV[1] - now()
if left <= 0 or get(KEYS[3]) ~= ARGV[2] then return 0 end
local head, mine, seq = get(KEYS[2]), ARGV[4] .. ':' .. ARGV[5], tonumber(ARGV[5])
local function is_newer(epoch, other) return epoch == ARGV[4] and tonumber(other) > seq end
local epoch, other = string.match(head, '^(%S+):(%d+)$')
if is_newer(epoch, other) or (epoch ~= ARGV[4] and head ~= ARGV[3]) then return 0 end
if is_newer(string.match(line(KEYS[1]), '^(%S+):(%d+) ')) then return 0 end
if head ~= mine then redis.call('set', KEYS[2], mine, 'EX', ${KEPT}) end
if ARGV[6] ~= '' then redis.call('set', KEYS[1], ARGV[6], 'PX', string.format('%.0f', left)) end
return 1
`

/**
 * Moves a project's head, and only forward. After another epoch it is unknown which epoch is the
 * current one, so the next reader asks Postgres. KEYS: head. ARGV: epoch, seq.
 */
export const ADVANCE = `${GET}${NOW}
local head = get(KEYS[1])
local epoch, seq = string.match(head, '^(%S+):(%d+)$')
local next = ARGV[1] .. ':' .. ARGV[2]
if head ~= '' and epoch ~= ARGV[1] then
  if not epoch then return 0 end
  next = 'unknown ' .. string.format('%.0f', now()) .. next
elseif epoch and tonumber(seq) >= tonumber(ARGV[2]) then
  return 0
end
redis.call('set', KEYS[1], next, 'EX', ${KEPT})
return 1
`

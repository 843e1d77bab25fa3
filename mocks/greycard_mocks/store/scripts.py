"""What the store does in one step: take a world's lock, and let it go with all that was done.

No rule of a vendor is written here, only which keys change. Both begin with the lock, so that of two processes one
waits, and one that was away for too long keeps nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Script:
    """A script in Lua."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", digest)


BEGIN = Script("""
-- KEYS: lock, state, advancing, tasks, due, claimed, all
-- ARGV: token, lease in ms, the version that is known, the id of a task that is wanted, or ''
local time = redis.call('TIME')
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return {0, time[1], time[2]}
end
local epoch = redis.call('HGET', KEYS[7], 'epoch') or '0'
local version = redis.call('HGET', KEYS[2], 'version') or ''
local parts = {}
if version ~= ARGV[3] then parts = redis.call('HGETALL', KEYS[2]) end
local task = false
if ARGV[4] ~= '' then task = redis.call('HGET', KEYS[4], ARGV[4]) end
local due = redis.call('ZRANGE', KEYS[5], 0, 0, 'WITHSCORES')
return {1, time[1], time[2], epoch, version, parts, redis.call('GET', KEYS[3]) or '', task or '',
  redis.call('ZCARD', KEYS[5]), due, redis.call('HLEN', KEYS[6])}
""")

COMMIT = Script("""
-- KEYS: lock, state, tasks, order, deleted, due, claimed, journal
-- ARGV: token, flags, how long to keep in ms, most tasks, most deleted, most entries, then each list after its length
local work, at = {}, 7
local names = {'parts', 'removed', 'tasks', 'order', 'deleted', 'taken', 'due', 'done', 'claimed', 'journal'}
for _, name in ipairs(names) do
  local list = {}
  for n = 1, tonumber(ARGV[at]) do list[n] = ARGV[at + n] end
  work[name], at = list, at + #list + 1
end
local function flag(letter) return string.find(ARGV[2], letter, 1, true) end
local tokens = redis.call('HGET', KEYS[2], 'token') or ''
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  if string.find(tokens, ARGV[1] .. ' ', 1, true) then return 1 end
  if flag('f') and redis.call('EXISTS', KEYS[2]) == 0 then return 1 end
  return 0
end
redis.call('DEL', KEYS[1])
if flag('f') then
  redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8])
  return 1
end
local keep, answer = ARGV[3], 1
local function times(list, most, call)
  local at = 1
  while at <= #list do
    local to = math.min(at + most - 1, #list)
    call(unpack(list, at, to))
    at = to + 1
  end
end
if flag('c') then redis.call('DEL', KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]) end
if flag('j') then redis.call('DEL', KEYS[8]) end
if #work.removed > 0 then times(work.removed, 1000, function(...) redis.call('HDEL', KEYS[3], ...) end) end
for _, id in ipairs(work.removed) do redis.call('LREM', KEYS[4], -1, id) end
if #work.tasks > 0 then
  times(work.tasks, 1000, function(...) redis.call('HSET', KEYS[3], ...) end)
  times(work.order, 1000, function(...) redis.call('RPUSH', KEYS[4], ...) end)
  local most = tonumber(ARGV[4])
  local count = redis.call('HLEN', KEYS[3])
  if count > most then
    local wanted, gone = count - most + math.floor(most / 256), {}
    while #gone < wanted do
      local id = redis.call('LPOP', KEYS[4])
      if not id then break end
      if redis.call('HDEL', KEYS[3], id) == 1 then gone[#gone + 1] = id end
    end
    redis.call('HINCRBY', KEYS[2], 'evicted', #gone)
    answer = 2
  end
end
if #work.deleted > 0 then
  times(work.deleted, 1000, function(...) redis.call('ZADD', KEYS[5], ...) end)
  local over = redis.call('ZCARD', KEYS[5]) - tonumber(ARGV[5])
  if over > 0 then redis.call('ZREMRANGEBYRANK', KEYS[5], 0, over - 1 + math.floor(tonumber(ARGV[5]) / 256)) end
end
if #work.taken > 0 then times(work.taken, 1000, function(...) redis.call('ZREM', KEYS[6], ...) end) end
if #work.due > 0 then times(work.due, 1000, function(...) redis.call('ZADD', KEYS[6], ...) end) end
if #work.done > 0 then times(work.done, 1000, function(...) redis.call('HDEL', KEYS[7], ...) end) end
if #work.claimed > 0 then times(work.claimed, 1000, function(...) redis.call('HSET', KEYS[7], ...) end) end
if #work.journal > 0 then
  times(work.journal, 1000, function(...) redis.call('RPUSH', KEYS[8], ...) end)
  redis.call('LTRIM', KEYS[8], -tonumber(ARGV[6]), -1)
end
redis.call('HSET', KEYS[2], 'token', ARGV[1] .. ' ' .. string.sub(tokens, 1, 120), unpack(work.parts))
if flag('r') then
  for at = 2, 8 do redis.call('PEXPIRE', KEYS[at], keep) end
else
  redis.call('PEXPIRE', KEYS[2], keep)
  if #work.tasks > 0 then redis.call('PEXPIRE', KEYS[3], keep); redis.call('PEXPIRE', KEYS[4], keep) end
  if #work.due > 0 then redis.call('PEXPIRE', KEYS[6], keep) end
  if #work.claimed > 0 then redis.call('PEXPIRE', KEYS[7], keep) end
  if #work.journal > 0 then redis.call('PEXPIRE', KEYS[8], keep) end
  if #work.deleted > 0 then redis.call('PEXPIRE', KEYS[5], keep) end
end
return answer
""")

RELEASE = Script("""
-- KEYS: a lock; ARGV: token
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
""")

RENEW = Script("""
-- KEYS: a lock; ARGV: token, lease in ms
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
""")

KEEP_PICTURE = Script("""
-- KEYS: the picture, the list of its pieces under another name, used, bytes
-- ARGV: digest, size, how long to keep in ms, most bytes, now, what the keys of pictures begin with
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DEL', KEYS[2]); return 0 end
redis.call('RENAME', KEYS[2], KEYS[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1])
redis.call('HSET', KEYS[4], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
redis.call('PEXPIRE', KEYS[4], ARGV[3])
local total = redis.call('HINCRBY', KEYS[4], 'total', ARGV[2])
while total > tonumber(ARGV[4]) and redis.call('ZCARD', KEYS[3]) > 1 do
  local oldest = redis.call('ZPOPMIN', KEYS[3])[1]
  redis.call('DEL', ARGV[6] .. oldest)
  local size = redis.call('HGET', KEYS[4], oldest) or '0'
  redis.call('HDEL', KEYS[4], oldest)
  total = redis.call('HINCRBY', KEYS[4], 'total', -tonumber(size))
end
return 1
""")

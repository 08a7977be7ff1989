"""What Redis does for one record: small scripts, so that each is done whole.

A script that has failed has changed nothing that a second attempt would take for done.
"""

from __future__ import annotations

UPDATED_AT = "_updated_at"

# KEYS: hash. ARGV: milliseconds of the event, seconds to live or 0, JSON of the fields.
# What is older than the hash fills its gaps and changes nothing that is there.
MERGE = """
local key, moment, life = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local known = tonumber(redis.call('HGET', key, '_updated_at') or '0')
for field, value in pairs(cjson.decode(ARGV[3])) do
  if value == cjson.null then
    if moment >= known then redis.call('HDEL', key, field) end
  elseif moment >= known then
    redis.call('HSET', key, field, value)
  else
    redis.call('HSETNX', key, field, value)
  end
end
if moment >= known then redis.call('HSET', key, '_updated_at', ARGV[1]) end
if life > 0 then redis.call('EXPIRE', key, life) end
return 1
"""

# KEYS: stream, note that the message was there. ARGV: seconds to keep the note, most
# entries, message id, name, JSON of the event. The note comes last: an entry that could
# not be made is not taken for made.
APPEND = """
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*',
  'message_id', ARGV[3], 'name', ARGV[4], 'event', ARGV[5])
redis.call('SET', KEYS[2], '1', 'EX', ARGV[1])
return 1
"""

# KEYS: key. ARGV: seconds to live or 0, JSON of the fields, and on what condition:
# 1 if the key is there, 0 if it is not; empty for none. What is gone is gone.
REPLACE = """
if ARGV[3] ~= '' and redis.call('EXISTS', KEYS[1]) ~= tonumber(ARGV[3]) then
  return 0
end
redis.call('DEL', KEYS[1])
for field, value in pairs(cjson.decode(ARGV[2])) do
  redis.call('HSET', KEYS[1], field, value)
end
if tonumber(ARGV[1]) > 0 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return 1
"""

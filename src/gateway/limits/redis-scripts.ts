/** The decisions of `sliding-window.ts` and `budget.ts` as Redis runs them: all claims of a request in one step, or none. */

/** Both: KEYS are the claims' names; ARGV: time in ms (below 0: Redis's own), holder, claims as JSON, what was spent as JSON. */
const head = `
local now = tonumber(ARGV[1])
if now < 0 then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local holder = ARGV[2]
local claims = cjson.decode(ARGV[3])

-- Slices of a window that still count, oldest first, their sum, and those that are over.
local function slicesOf(key, windowMs)
  local all = redis.call('HGETALL', key)
  local live, over, used = {}, {}, 0
  local width = windowMs / 60
  for at = 1, #all, 2 do
    local index, amount = tonumber(all[at]), tonumber(all[at + 1])
    if (index + 1) * width + windowMs > now then
      live[#live + 1] = { index, amount }
      used = used + amount
    else
      over[#over + 1] = all[at]
    end
  end
  table.sort(live, function(one, other) return one[1] < other[1] end)
  return live, over, used
end

-- Gives back what holders set aside who never came back.
local function dropExpired(key)
  local held = key .. ':held'
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', held, '-inf', now)) do
    local amount = tonumber(string.match(member, '|(%d+)$')) or 0
    redis.call('ZREM', held, member)
    redis.call('HINCRBY', key, 'aside', -amount)
  end
end
`

/** Answers: granted, index of the refused claim from 0, wait (-1: never), set aside, time; then limit, remaining, reset of each. */
export const takeScript = `${head}
local standings = {}
local booking = {}
local function stand(limit, remaining, reset)
  standings[#standings + 1] = { limit, math.max(0, remaining), math.max(0, math.ceil(reset)) }
end
local function refuse(index, wait, isAside)
  local own = standings[#standings]
  return { 0, index - 1, wait, isAside, now, own[1], own[2], own[3] }
end

for index, claim in ipairs(claims) do
  local key = KEYS[index]
  if claim.kind == 'window' then
    local width = claim.windowMs / 60
    local live, over, used = slicesOf(key, claim.windowMs)
    local last = live[#live]
    if used + claim.amount > claim.limit then
      local reset = 0
      if last then reset = (last[1] + 1) * width + claim.windowMs - now end
      stand(claim.limit, claim.limit - used, reset)
      local wait = -1
      if claim.amount <= claim.limit then
        wait = 0
        for _, slice in ipairs(live) do
          used = used - slice[2]
          if used + claim.amount <= claim.limit then
            wait = math.ceil((slice[1] + 1) * width + claim.windowMs - now)
            break
          end
        end
      end
      return refuse(index, wait, 0)
    end
    local own = math.floor(now / width)
    stand(claim.limit, claim.limit - used - claim.amount, (own + 1) * width + claim.windowMs - now)
    booking[#booking + 1] = function()
      if #over > 0 then redis.call('HDEL', key, unpack(over)) end
      if claim.amount > 0 then redis.call('HINCRBY', key, own, claim.amount) end
      redis.call('PEXPIRE', key, math.ceil(claim.windowMs * 2))
    end
  elseif claim.kind == 'slot' then
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    local used = redis.call('ZCARD', key)
    if used >= claim.limit then
      stand(claim.limit, 0, 0)
      return refuse(index, 1000, 0)
    end
    stand(claim.limit, claim.limit - used - 1, 0)
    booking[#booking + 1] = function()
      redis.call('ZADD', key, now + claim.holdForMs, holder)
      redis.call('PEXPIRE', key, math.ceil(claim.holdForMs * 2))
    end
  else
    dropExpired(key)
    local spent = tonumber(redis.call('HGET', key, 'spent') or '0')
    local aside = tonumber(redis.call('HGET', key, 'aside') or '0')
    local limit, amount = claim.limitMicroUsd, claim.amountMicroUsd
    if spent >= limit then
      stand(limit, 0, claim.endsInMs)
      return refuse(index, math.ceil(claim.endsInMs), 0)
    end
    if spent + aside + amount > limit and aside > 0 then
      stand(limit, limit - spent - aside, claim.endsInMs)
      return refuse(index, 1000, 1)
    end
    stand(limit, limit - spent - aside - amount, claim.endsInMs)
    booking[#booking + 1] = function()
      redis.call('ZADD', key .. ':held', now + claim.holdForMs, holder .. '|' .. string.format('%d', amount))
      redis.call('HINCRBY', key, 'aside', string.format('%d', amount))
      redis.call('PEXPIRE', key, math.ceil(claim.endsInMs + 86400000))
      redis.call('PEXPIRE', key .. ':held', math.ceil(claim.endsInMs + 86400000))
    end
  end
end

for _, book in ipairs(booking) do book() end
local answer = { 1, -1, 0, 0, now }
for _, standing in ipairs(standings) do
  for _, value in ipairs(standing) do answer[#answer + 1] = value end
end
return answer
`

/** What was spent: per claim either tokens beyond the claim, or micro-USD; with the time at which it was taken. */
export const settleScript = `${head}
local spent = cjson.decode(ARGV[4])
for index, claim in ipairs(claims) do
  local key = KEYS[index]
  if claim.kind == 'slot' then
    redis.call('ZREM', key, holder)
  elseif claim.kind == 'budget' then
    local amount = string.format('%d', claim.amountMicroUsd)
    if redis.call('ZREM', key .. ':held', holder .. '|' .. amount) == 1 then
      redis.call('HINCRBY', key, 'aside', '-' .. amount)
    end
    redis.call('HINCRBY', key, 'spent', string.format('%d', spent.amounts[index]))
    redis.call('PEXPIRE', key, math.ceil(claim.endsInMs + 86400000))
  else
    local by = spent.amounts[index]
    if by ~= 0 then
      local width = claim.windowMs / 60
      local at = spent.tookAtMs
      if by > 0 then at = now end
      local own = string.format('%d', math.floor(at / width))
      local known = tonumber(redis.call('HGET', key, own) or '0')
      if by < 0 then by = math.max(by, -known) end
      if by ~= 0 then redis.call('HINCRBY', key, own, string.format('%d', by)) end
      redis.call('PEXPIRE', key, math.ceil(claim.windowMs * 2))
    end
  end
end
return now
`

/** How long this thread is held by its own work: what other processes take of the machine is not counted. */

/** The longest stretch of it between two ticks, by the thread's processor time, in ms; told when the returned function is called. */
export function watchOwnWork(): () => number {
  const usedMs = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1_000
  }
  let before = usedMs()
  let most = 0
  const look = () => {
    const now = usedMs()
    most = Math.max(most, now - before)
    before = now
  }
  const timer = setInterval(look, 5)
  return () => {
    look()
    clearInterval(timer)
    return most
  }
}

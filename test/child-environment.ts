/** What a process that a test starts may know: no provider keys of this machine, and where compiled modules lie. */

/** Reading the gateway's modules takes twice as long without the compile cache, which `test/run.ts` names. */
export const childEnvironment: Readonly<Record<string, string>> = pick(['PATH', 'NODE_COMPILE_CACHE'])

function pick(names: readonly string[]): Record<string, string> {
  const set: Record<string, string> = {}
  for (const name of names) {
    const value = process.env[name]
    if (value !== undefined) set[name] = value
  }
  return set
}

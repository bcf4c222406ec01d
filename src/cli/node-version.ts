/** Says what to do where Node is too old, instead of failing on the first new word. */

export function checkNodeVersion(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= 24) return undefined
  return `Node.js 24 or newer is needed (this is ${version}). In a checkout, use the npm scripts: they bring their own.`
}

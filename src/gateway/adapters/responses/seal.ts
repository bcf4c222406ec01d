/** Sealed thinking of this dialect as one text: the id of its item, and what only the provider can read. */

export const joinSeal = (id: string, sealed: string): string => `${id} ${sealed}`

export function splitSeal(signature: string): { readonly id: string; readonly sealed: string } {
  const at = signature.indexOf(' ')
  return at < 0
    ? { id: 'rs_0', sealed: signature }
    : { id: signature.slice(0, at), sealed: signature.slice(at + 1) }
}

/** Writes a call's arguments as JSON text while they come in: values with their paths, long strings in pieces. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'

export type Step = string | number

export type PartialValue =
  | { readonly kind: 'whole'; readonly json: string }
  /** A piece of a string; `isLast` ends it. */
  | { readonly kind: 'piece'; readonly text: string; readonly isLast: boolean }

export interface ArgumentsText {
  /** The JSON text to add, or what is wrong: JSON cannot go back to what it has closed. */
  put(path: readonly Step[], value: PartialValue): Outcome<string, string>
  /** The rest of the text; `{}` where nothing was put. */
  close(): string
  /** A string has begun and not ended. */
  isInString(): boolean
}

interface Container {
  /** Its place in the one around it; undefined for the outermost. */
  readonly step: Step | undefined
  readonly isList: boolean
  readonly names: Set<Step>
}

export function openArguments(): ArgumentsText {
  const open: Container[] = []
  let openString: string | undefined

  const endString = (): string => {
    const text = openString === undefined ? '' : '"'
    openString = undefined
    return text
  }
  const closeTo = (depth: number): string => {
    let text = ''
    while (open.length > depth) text += open.pop()?.isList ? ']' : '}'
    return text
  }
  const enter = (path: readonly Step[]): Outcome<string, string> => {
    let text = endString()
    if (open.length === 0) {
      open.push({ step: undefined, isList: false, names: new Set() })
      text += '{'
    }
    let depth = 1
    while (depth < open.length && depth < path.length && open[depth]?.step === path[depth - 1]) depth += 1
    text += closeTo(depth)
    for (let at = depth - 1; at < path.length; at += 1) {
      const name = memberName(open.at(-1), path[at])
      if (name === undefined) return failed(`the path ${path.join('.')} goes back`)
      text += name
      if (at === path.length - 1) break
      const isList = typeof path[at + 1] === 'number'
      open.push({ step: path[at], isList, names: new Set() })
      text += isList ? '[' : '{'
    }
    return done(text)
  }

  return {
    put(path, value) {
      const key = JSON.stringify(path)
      const goesOn = openString === key
      const begun = goesOn ? done('') : enter(path)
      if (!begun.ok) return begun
      if (value.kind === 'whole') {
        return goesOn
          ? failed(`a value stands inside the string ${path.join('.')}`)
          : done(begun.value + value.json)
      }
      const inner = JSON.stringify(value.text).slice(1, -1)
      openString = key
      const text = begun.value + (goesOn ? '' : '"') + inner
      return done(value.isLast ? text + endString() : text)
    },
    close: () => (open.length === 0 ? '{}' : endString() + closeTo(0)),
    isInString: () => openString !== undefined,
  }
}

/** The comma and the name before a value; undefined where the container cannot take it there any more. */
function memberName(container: Container | undefined, step: Step | undefined): string | undefined {
  if (container === undefined || step === undefined) return undefined
  const { isList, names } = container
  const fits = isList ? step === names.size : typeof step === 'string' && !names.has(step)
  if (!fits) return undefined
  names.add(step)
  return (names.size > 1 ? ',' : '') + (isList ? '' : `${JSON.stringify(step)}:`)
}

const stepPattern = /\.([^.[\]]+)|\[(\d+)\]|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/y

/** `$.a[0]['b c']`; undefined for what is no such path. */
export function parsePath(text: string): readonly Step[] | undefined {
  if (!text.startsWith('$')) return undefined
  const steps: Step[] = []
  stepPattern.lastIndex = 1
  while (stepPattern.lastIndex < text.length) {
    const found = stepPattern.exec(text)
    if (!found) return undefined
    const [, name, index, single, double] = found
    if (index !== undefined) steps.push(Number(index))
    else steps.push(name ?? (single ?? double ?? '').replace(/\\(.)/g, '$1'))
  }
  return steps.length > 0 && typeof steps[0] === 'string' ? steps : undefined
}

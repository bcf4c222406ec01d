/** Figures that a step states and nobody had said before: not the request, no earlier step, not what it was given. */

import type { TraceView } from './detectors/detector.ts'
import { figuresIn } from './text-facts.ts'

/** So many figures from nowhere count fully. */
const manyFigures = 3

/** Found once for each trace: whoever asks step by step would else read all that was said before again and again. */
const known = new WeakMap<TraceView, readonly (readonly string[])[]>()

export function freshFigures(view: TraceView, index: number): readonly string[] {
  const found = known.get(view) ?? findAll(view)
  known.set(view, found)
  return found[index] ?? []
}

function findAll({ steps, request }: TraceView): readonly (readonly string[])[] {
  const heard = new Set(figuresIn(request))
  const hear = (text: string) => {
    for (const figure of figuresIn(text)) heard.add(figure)
  }
  return steps.map((step) => {
    hear(step.instructions)
    hear(step.heard)
    const figures = figuresIn(step.said)
    const fresh = figures.filter((figure) => !heard.has(figure))
    for (const figure of figures) heard.add(figure)
    return fresh
  })
}

/** 0 to 1: how much of what a step says are figures from nowhere; tools bring them, and code may hold what it likes. */
export function freshShare(view: TraceView, index: number): number {
  const step = view.steps[index]
  if (!step || step.kind === 'tool' || step.said.includes('```')) return 0
  return Math.min(freshFigures(view, index).length, manyFigures) / manyFigures
}

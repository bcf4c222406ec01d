/** Puts the runs of a trace in order: parents before children, siblings as they began. */

import { compareNaturally, dottedStep } from './dotted-order.ts'

/** What the order is decided from. */
export interface TreeNode {
  readonly id: string
  readonly parentId?: string | undefined
  readonly dottedOrder?: string | undefined
  readonly startedAtMs?: number | undefined
}

export interface Placed<Node extends TreeNode> {
  readonly node: Node
  /** 0 for a root. */
  readonly depth: number
  readonly dottedOrder: string
}

export interface RunTree<Node extends TreeNode> {
  readonly placed: readonly Placed<Node>[]
  /** Runs that name a parent the trace does not hold; they stand as roots. */
  readonly orphans: readonly string[]
  /** Runs that are their own ancestors; each circle is opened at the run that began first. */
  readonly cycles: readonly string[]
}

/** Every node stands in the answer once, whatever the parents say. */
export function orderRuns<Node extends TreeNode>(nodes: readonly Node[]): RunTree<Node> {
  const sorted = [...nodes].sort(asTheyBegan)
  const known = new Set(sorted.map(({ id }) => id))
  const roots: Node[] = []
  const children = new Map<string, Node[]>()
  const orphans: string[] = []
  for (const node of sorted) {
    const { parentId } = node
    if (parentId !== undefined && known.has(parentId)) {
      const siblings = children.get(parentId)
      if (siblings) siblings.push(node)
      else children.set(parentId, [node])
      continue
    }
    roots.push(node)
    if (parentId !== undefined) orphans.push(node.id)
  }
  const placed: Placed<Node>[] = []
  const seen = new Set<Node>()
  for (const root of roots) walk({ root, children, placed, seen })
  const cycles: string[] = []
  for (const node of sorted) {
    if (seen.has(node)) continue
    cycles.push(node.id)
    walk({ root: node, children, placed, seen })
  }
  return { placed, orphans, cycles }
}

interface Walk<Node extends TreeNode> {
  readonly root: Node
  readonly children: ReadonlyMap<string, readonly Node[]>
  readonly placed: Placed<Node>[]
  readonly seen: Set<Node>
}

/** Depth first, with a stack of its own: a trace may be deeper than the call stack. */
function walk<Node extends TreeNode>({ root, children, placed, seen }: Walk<Node>): void {
  const stack: [node: Node, depth: number, above: string][] = [[root, 0, '']]
  for (let top = stack.pop(); top; top = stack.pop()) {
    const [node, depth, above] = top
    if (seen.has(node)) continue
    seen.add(node)
    const own = dottedStep(node.startedAtMs ?? 0, node.id)
    // Beyond some depth the computed order would grow with the square of the trace.
    const computed = above === '' ? own : depth < 100 ? `${above}.${own}` : above
    placed.push({ node, depth, dottedOrder: node.dottedOrder ?? computed })
    const below = children.get(node.id) ?? []
    for (let at = below.length - 1; at >= 0; at -= 1) {
      const child = below[at]
      if (child && !seen.has(child)) stack.push([child, depth + 1, computed])
    }
  }
}

function asTheyBegan(one: TreeNode, other: TreeNode): number {
  if (one.dottedOrder !== undefined && other.dottedOrder !== undefined)
    return compareNaturally(one.dottedOrder, other.dottedOrder)
  return (one.startedAtMs ?? 0) - (other.startedAtMs ?? 0)
}

/** Takes everything out of a scene that an invariant does not need to be broken. */

import { judgeScene } from './judge.ts'
import type { ProviderScene, Scene } from './simulation/scene.ts'
import type { Replaced } from './simulation/simulate.ts'

/** The smallest scene that was found in which the named invariant is still broken; passes over the scene until nothing more goes. */
export async function shrink(
  scene: Scene,
  invariant: string,
  replaced: () => Replaced = () => ({}),
): Promise<Scene> {
  const isBroken = async (one: Scene) =>
    (await judgeScene(one, replaced)).broken.some((found) => found.invariant === invariant)
  let smallest = scene
  for (;;) {
    const before = smallest
    for (const without of cuts)
      for (let at = without.count(smallest) - 1; at >= 0; at -= 1) {
        const smaller = without.cut(smallest, at)
        if (smaller && (await isBroken(smaller))) smallest = smaller
      }
    if (smallest === before) return smallest
  }
}

interface Cut {
  readonly count: (scene: Scene) => number
  /** Undefined where there is nothing to take out. */
  readonly cut: (scene: Scene, at: number) => Scene | undefined
}

const except = <One>(all: readonly One[], at: number) => all.filter((_, place) => place !== at)

const ofProvider = (scene: Scene, change: (provider: ProviderScene) => ProviderScene, at: number): Scene => ({
  ...scene,
  providers: scene.providers.map((provider, place) => (place === at ? change(provider) : provider)),
})

const mostSpells = ({ providers }: Scene) => Math.max(0, ...providers.map(({ spells }) => spells.length))

const cuts: readonly Cut[] = [
  {
    count: ({ requests }) => requests.length,
    cut: (scene, at) => ({ ...scene, requests: except(scene.requests, at) }),
  },
  {
    count: ({ configs }) => configs.length - 1,
    cut: (scene, at) => ({ ...scene, configs: except(scene.configs, at + 1) }),
  },
  {
    count: ({ wallSteps }) => (wallSteps.length > 0 ? 1 : 0),
    cut: (scene) => ({ ...scene, wallSteps: [] }),
  },
  {
    count: ({ ledger }) => ledger.outages.length,
    cut: (scene) => ({ ...scene, ledger: { ...scene.ledger, outages: [] } }),
  },
  {
    count: (scene) => scene.providers.length * mostSpells(scene),
    cut: (scene, at) => {
      const most = mostSpells(scene)
      if (scene.providers[Math.floor(at / most)]?.spells[at % most] === undefined) return undefined
      const without = (one: ProviderScene) => ({ ...one, spells: except(one.spells, at % most) })
      return ofProvider(scene, without, Math.floor(at / most))
    },
  },
]

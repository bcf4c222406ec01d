/** How the text of a group comes to the model: whole, or in outline with what a search in it finds. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { truncate } from '../../../base/text.ts'
import type { Section } from '../fenced-text.ts'
import type { Prepared, PreparedGroup } from '../prepare-stages.ts'
import type { StageSettings } from '../stage-settings.ts'

export interface GroupFile {
  readonly group: string
  /** `g01_trace_runs_001-006.md` */
  readonly name: string
  readonly text: string
}

/** A store with the files of one analysis. */
export interface GroupStore {
  /** The best first; in all groups where none is named. A fault is the reason in words. */
  search(asked: StoreQuestion): Promise<Outcome<readonly string[], string>>
  /** Takes everything away that was made for the analysis; what stays behind is told. */
  close(): Promise<readonly string[]>
}

export interface StoreQuestion {
  readonly query: string
  readonly most: number
  readonly group?: string
}

export type OpenStore = (name: string, files: readonly GroupFile[]) => Promise<Outcome<GroupStore, string>>

/** The ways that are there beside giving the whole text. */
export interface RetrievalParts {
  readonly local?: OpenStore
  readonly hosted?: OpenStore
}

export interface Retrieval {
  sectionsOf(group: PreparedGroup): Promise<Outcome<readonly Section[], string>>
  /** For the stages that read no group. */
  found(): Promise<readonly Section[]>
  notes(): readonly string[]
  close(): Promise<readonly string[]>
}

export interface RetrievalOptions {
  readonly prepared: Prepared
  readonly settings: StageSettings
  /** Of the store. */
  readonly name: string
  /** What is looked for. */
  readonly query: string
}

const whole: Retrieval = {
  sectionsOf: async ({ sections }) => done(sections),
  found: async () => [],
  notes: () => [],
  close: async () => [],
}

/** A fault is the reason in words why nothing can be searched. */
export async function openRetrieval(
  parts: RetrievalParts,
  options: RetrievalOptions,
): Promise<Outcome<Retrieval, string>> {
  const { prepared, settings, name } = options
  const way = settings.retrieval
  if (way === 'inline') return done(whole)
  const open = parts[way]
  if (!open)
    return failed(`retrieval "${way}" is not there: it needs a provider in OpenAI's dialect with a key`)
  const store = await open(name, prepared.groups.map(toFile))
  return store.ok ? done(searching(store.value, options)) : store
}

export const toFile = ({ group, file, sections }: PreparedGroup): GroupFile => ({
  group,
  name: file,
  text: sections.map(({ title, text }) => `## ${title}\n${text}`).join('\n\n'),
})

function searching(store: GroupStore, { settings, query }: RetrievalOptions): Retrieval {
  return {
    async sectionsOf(group) {
      const came = await store.search({ group: group.group, query, most: settings.resultsStage1 })
      return came.ok ? done([...group.sections.map(outlined), ...toSections(came.value)]) : came
    },
    async found() {
      const came = await store.search({ query, most: settings.resultsOther })
      return came.ok ? toSections(came.value) : []
    },
    notes: () => [
      `Runs were read in outline, with at most ${settings.resultsStage1} passages a group in full (retrieval: ${settings.retrieval})`,
    ],
    close: () => store.close(),
  }
}

/** Every run shows how its texts begin, so that none is passed over unseen. */
const outlineCharacters = 320

function outlined(section: Section): Section {
  return section.title.startsWith('run ')
    ? section
    : { ...section, text: truncate(section.text, outlineCharacters) }
}

const toSections = (texts: readonly string[]): readonly Section[] =>
  texts.map((text, at) => ({ title: `found ${at + 1}`, text }))

/** What failures sound like: sought beside the words of the question. */
const failureWords = 'error failed exception cannot unable wrong missing invalid sorry apologize remember'

export const queryOf = (expected: string, request: string): string =>
  truncate(`${expected} ${request} ${failureWords}`.replace(/\s+/g, ' '), 900)

/** The script of a text, and for Latin letters the language its small words belong to. */

const scripts = [
  ['Cyrillic', /\p{Script=Cyrillic}/gu],
  ['Greek', /\p{Script=Greek}/gu],
  ['Arabic', /\p{Script=Arabic}/gu],
  ['Hebrew', /\p{Script=Hebrew}/gu],
  ['Devanagari', /\p{Script=Devanagari}/gu],
  ['Thai', /\p{Script=Thai}/gu],
  ['Hangul', /\p{Script=Hangul}/gu],
  ['Japanese', /\p{Script=Hiragana}|\p{Script=Katakana}/gu],
  ['Chinese', /\p{Script=Han}/gu],
] as const

/** Frequent words that the other languages of this list do not have. */
const smallWords: Readonly<Record<string, string>> = {
  English: 'the and is are was with this that have from which you your what when',
  German: 'der das und ist nicht ein eine mit auf für sich auch wird sind wie ich bitte',
  French: 'le les des est une dans pour que qui sur avec pas vous nous cette sont',
  Spanish: 'el los las una para con por del está como más pero este esta muy usted',
  Italian: 'il gli che non della per sono una con questo anche più nel alla',
  Portuguese: 'os uma não com você para isso mais foi são pelo pela está ao',
  Dutch: 'het een van niet voor met zijn dat ook maar naar deze wordt bij',
}

const languageOf = new Map<string, string[]>()
for (const [language, words] of Object.entries(smallWords))
  for (const word of words.split(' ')) languageOf.set(word, [...(languageOf.get(word) ?? []), language])

/** So much of a text is looked at. */
const lookedAt = 4_000
/** So many small words must agree before a language is named. */
const fewestWords = 5

export const knownLanguages: readonly string[] = [
  ...Object.keys(smallWords),
  ...scripts.map(([name]) => name),
]

/** Undefined where the text is too short or too mixed to tell. */
export function languageIn(text: string): string | undefined {
  const head = text.slice(0, lookedAt)
  const letters = head.match(/\p{L}/gu)?.length ?? 0
  for (const [name, pattern] of scripts)
    if ((head.match(pattern)?.length ?? 0) > Math.max(3, letters * 0.3)) return name
  const counts = new Map<string, number>()
  for (const word of head.toLowerCase().match(/\p{L}+/gu) ?? [])
    for (const language of languageOf.get(word) ?? []) counts.set(language, (counts.get(language) ?? 0) + 1)
  const [first, second] = [...counts].sort(([, one], [, other]) => other - one)
  if (!first || first[1] < fewestWords || first[1] < 2 * (second?.[1] ?? 0)) return undefined
  return first[0]
}

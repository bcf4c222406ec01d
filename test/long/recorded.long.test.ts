/** The recorded answers again, split and cut at every byte up to 8 kB. */

process.env['ADAPTIVE_MIND_TEST_SMALL_BYTES'] = '8192'

for (const dialect of ['openai', 'anthropic', 'gemini', 'responses'])
  await import(`../recorded/${dialect}.test.ts`)

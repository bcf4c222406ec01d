import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textBlock, textLine } from './markdown-text.ts'
import { visible } from './presentable.ts'

const lines: readonly (readonly [name: string, text: string, expected: string])[] = [
  ['plain words', 'The answer is 5.', 'The answer is 5.'],
  ['a name with underscores', 'general_inquiry', 'general_inquiry'],
  ['emphasis', '_so_ *bold*', '\\_so\\_ \\*bold\\*'],
  ['a link', '[here](http://evil.example)', '\\[here\\](`http://evil.example)`'],
  ['a picture', '![x](https://evil.example/p.png?k=1)', '!\\[x\\](`https://evil.example/p.png?k=1)`'],
  ['an address', 'see https://evil.example/a|b now', 'see `https://evil.example/a\\|b` now'],
  ['an address without a scheme', 'see www.evil.example', 'see `www.evil.example`'],
  ['a script', 'javascript:alert(1)', '`javascript:alert(1)`'],
  ['markup', '<img src=x onerror=alert(1)>', '\\<img src=x onerror=alert(1)>'],
  ['a cell', 'a | b', 'a \\| b'],
  ['a heading', '# Done', '\\# Done'],
  ['a list', '1. first', '1\\. first'],
  ['lines', 'a\n\n---\nb', 'a --- b'],
  ['an entity', '&lt;b&gt; &amp', '\\&lt;b\\&gt; &amp'],
  ['code', 'run `rm`', 'run \\`rm\\`'],
]
for (const [name, text, expected] of lines)
  test(`markdown text: ${name}`, () => assert.equal(textLine(text), expected))

test('markdown text: a quotation is not ended by what it quotes', () => {
  assert.equal(textBlock('a\n```\n# out\n````'), '`````text\na\n```\n# out\n````\n`````')
})

const signs: readonly (readonly [name: string, text: string, expected: string])[] = [
  ['an escape sequence', 'a\u001b[2Jb', 'a␣[2Jb'],
  ['one of a single byte', 'a\u009b2Jb', 'a␣2Jb'],
  ['text that turns its direction', 'a\u202eb', 'a␣b'],
  ['tags nobody sees', 'a\u{e0041}b', 'a␣b'],
  ['lines and tabs are left', 'a\r\n\tb', 'a\n\tb'],
  ['a family is left', '👨‍👩‍👧', '👨‍👩‍👧'],
]
for (const [name, text, expected] of signs)
  test(`visible: ${name}`, () => assert.equal(visible(text), expected))

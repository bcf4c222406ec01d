import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import diagnostics from 'node:diagnostics_channel'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { analyze } from '../../src/refinery/analyze.ts'
import { extractFiles } from '../../src/refinery/extract/extract-files.ts'
import { readTrace } from '../../src/refinery/import/read-trace.ts'
import { groupIssues } from '../../src/refinery/issues/group-issues.ts'
import { issuesHtml } from '../../src/refinery/issues/issues-html.ts'
import { issuesMarkdown } from '../../src/refinery/issues/issues-report.ts'
import { htmlReport } from '../../src/refinery/report/html.ts'
import { analysisRecord } from '../../src/refinery/report/json.ts'
import { markdownReport } from '../../src/refinery/report/markdown.ts'
import { childEnvironment } from '../child-environment.ts'
import { hostileTexts } from './hostile-texts.ts'
import { hostileTrace, secrets } from './hostile-trace.ts'

const folder = mkdtempSync(join(tmpdir(), 'hostile-'))
after(() => rmSync(folder, { recursive: true, force: true }))

let sockets = 0
diagnostics.subscribe('net.client.socket', () => {
  sockets += 1
})
diagnostics.subscribe('undici:request:create', () => {
  sockets += 1
})

test('hostile traces: there are a hundred', () => assert.equal(hostileTexts.length, 100))

/** Everything that comes out for one trace, by its form. */
function reports(texts: readonly string[]) {
  const trace = readTrace(JSON.stringify(hostileTrace(texts)))
  assert.ok(trace.ok)
  const analysis = analyze(trace.value, { expected: texts[0] ?? '', good: trace.value })
  const issues = groupIssues([{ traceId: texts[0] ?? '', atMs: 0, analysis }])
  const record = analysisRecord(analysis)
  return {
    analysis,
    paths: [...extractFiles(trace.value.runs).prompts, ...extractFiles(trace.value.runs).evals].map(
      ({ path }) => path,
    ),
    html: htmlReport(analysis),
    markdown: markdownReport(analysis),
    issuesPage: issuesHtml({
      traces: 1,
      clean: 0,
      issues,
      unread: [{ traceId: texts[0] ?? '', why: texts[0] ?? '' }],
    }),
    issues: issuesMarkdown({
      traces: 1,
      clean: 0,
      issues,
      unread: [{ traceId: texts[0] ?? '', why: texts[0] ?? '' }],
    }),
    json: JSON.stringify(record),
    yaml: stringify(record),
  }
}

/** Markdown outside of its fenced blocks and code spans: there text must not act. */
const outside = (markdown: string) =>
  markdown.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '').replace(/(?<!\\)`[^`\n]*`/g, '')
const acts: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a link or picture', /(?<!\\)\[[^\]\n]*\](?:\(|\[|:)/],
  ['markup', /(?<!\\)<[a-z!/]/i],
  ['an address', /(?:https?:\/\/|www\.)/],
  ['a heading of its own', /^# (?!What|No|This)/m],
]
/** All that has no shape; the joiner of emoji, lines and tabs do no harm. */
const unseen = /(?![\n\t\u200d])[\p{Cc}\p{Cf}]/u
const tags =
  /<(?!(?:\/?(?:html|head|body|main|section|div|h[1-3]|p|blockquote|span|b|ul|ol|li|a|mark|svg|text|rect|line|title|style|details|summary|small|em|br|table|thead|tbody|tr|th|td|circle)\b)|!doctype|meta )/i

for (const { name, text } of hostileTexts)
  test(`hostile traces: ${name} stays text`, () => {
    const { analysis, paths, html, issuesPage, markdown, issues, json, yaml } = reports([text])
    assert.equal(analysis.coverage.completionPercentage, 100)
    assert.equal(analysis.coverage.runsTotal, 4)
    assert.equal(analysis.outcome, 'failure_found')
    for (const [form, out] of Object.entries({ html, issuesPage, markdown, issues, json, yaml })) {
      for (const secret of secrets) assert.ok(!out.includes(secret), `${form} shows ${secret}`)
      assert.doesNotMatch(out, unseen, form)
    }
    for (const [what, pattern] of acts)
      for (const out of [markdown, issues]) assert.doesNotMatch(outside(out), pattern, what)
    for (const page of [html, issuesPage]) assert.doesNotMatch(page, tags)
    assert.doesNotMatch(html.replace(/>[^<]*</g, '><'), /<[^>]*\s(?:on\w+|src|srcdoc|action|formaction)\s*=/i)
    for (const [, href] of html.matchAll(/href="([^"]*)"/g)) assert.match(href ?? '', /^#step-\d+$/)
    assert.deepEqual(parse(yaml, { maxAliasCount: 0 }), JSON.parse(json))
    for (const path of paths)
      assert.match(path, /^(?:system|user|template|eval_case)_\d+(?:_[\w-]+)?\.(?:md|json)$/)
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
    assert.equal(sockets, 0)
  })

test('hostile traces: all at once, in a process that may neither start programs nor write beside the report', () => {
  const trace = join(folder, 'trace.json')
  const out = join(folder, 'out')
  const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
  writeFileSync(trace, JSON.stringify(hostileTrace(hostileTexts.map(({ text }) => text))))
  writeFileSync(out, '')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--permission',
      '--allow-fs-read=*',
      `--allow-fs-write=${out}`,
      main,
      'analyze',
      trace,
      '--out',
      out,
      '--format',
      'json',
    ],
    { cwd: folder, encoding: 'utf8', env: { ...childEnvironment, OPENAI_API_KEY: secrets[0] } },
  )
  assert.equal(status, 0, stderr)
  assert.doesNotMatch(stdout, unseen)
  const report = readFileSync(out, 'utf8')
  for (const secret of secrets) assert.ok(!(report + stdout).includes(secret), secret)
  assert.equal(JSON.parse(report).coverage.runs_total, 301)
  assert.deepEqual(readdirSync(folder).sort(), ['out', 'trace.json'])
})

const deep = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels)
const huge: readonly (readonly [name: string, text: string, expected: RegExp])[] = [
  ['lists without end', deep(200_000, '[', ']'), /nested deeper than 100 levels/],
  ['records without end', deep(200_000, '{"a":', '}').replace(':}', ':1}'), /nested deeper than 100 levels/],
  ['lists in a text', JSON.stringify([{ role: 'assistant', content: deep(200_000, '[', ']') }]), /^$/],
]
for (const [name, text, expected] of huge)
  test(`hostile traces: ${name} are told, or read as text`, () => {
    const read = readTrace(text)
    assert.match(read.ok ? '' : read.fault, expected)
    if (read.ok) assert.ok(markdownReport(analyze(read.value, { expected: '' })).length < 5_000)
  })

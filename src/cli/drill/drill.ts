/** `drill`: a game day in the sandbox against the user's own configuration. 0 where every request survives, 1 where one does not. */

import { writeFileSync } from 'node:fs'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'
import type { Config } from '../../config/config.ts'
import { loadConfig } from '../load-config.ts'
import { type CommonOptions, complain, print } from '../options.ts'
import { makeReport, reportText } from './report.ts'
import { type HitResult, runHit } from './run-hit.ts'
import { hitsOf, type ScenarioName, scenarioNames, scenarios } from './scenarios.ts'

export interface DrillOptions extends CommonOptions {
  readonly scenario: string
  /** File for the JSON report. */
  readonly out?: string
}

export async function drill(options: DrillOptions): Promise<number> {
  const chosen = chooseScenarios(options.scenario)
  if (!chosen.ok) return wrongUse([chosen.fault])
  const loaded = loadConfig(options.config)
  if (!loaded.ok) return wrongUse(loaded.fault)
  const { config, source } = loaded.value
  if (config === undefined || config.routes.size === 0)
    return wrongUse(['there is no route to drill: write adaptive-mind.yaml, or name a file with --config'])
  const results = await playAll(config, chosen.value, options)
  if (!results.ok) {
    complain(results.fault)
    return 1
  }
  const report = makeReport(source, results.value)
  const json = JSON.stringify(report)
  if (options.out !== undefined) {
    const written = write(options.out, json)
    if (!written.ok) return wrongUse([written.fault])
  }
  if (options.json) print(json)
  else if (!options.quiet) print(reportText(report, config))
  return report.survived ? 0 : 1
}

function chooseScenarios(given: string): Outcome<readonly ScenarioName[], string> {
  if (given === 'all') return done(scenarioNames)
  const name = scenarioNames.find((one) => one === given)
  return name
    ? done([name])
    : failed(`there is no scenario "${given}": choose ${scenarioNames.join(', ')} or all`)
}

/** One after the other, so that the times are those of one trouble at a time. */
async function playAll(
  config: Config,
  names: readonly ScenarioName[],
  { quiet, json }: DrillOptions,
): Promise<Outcome<readonly HitResult[], string>> {
  const results: HitResult[] = []
  for (const name of names)
    for (const hit of hitsOf(config, scenarios[name])) {
      if (!quiet && !json) complain(`${name}: ${hit.scenario.story.replace('PROVIDER', hit.provider)} …`)
      const result = await runHit(config, hit)
      if (!result.ok) return result
      results.push(result.value)
    }
  return done(results)
}

function write(file: string, json: string): Outcome<undefined, string> {
  try {
    writeFileSync(file, `${json}\n`)
    return done(undefined)
  } catch (error) {
    return failed(`${file} cannot be written: ${reasonOf(error)}`)
  }
}

function wrongUse(lines: readonly string[]): number {
  for (const line of lines) complain(line)
  return 2
}

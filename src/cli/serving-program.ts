/** The commands of serving at work: `batch`. */

import type { Command } from 'commander'

export function addServingCommands(program: Command): void {
  const batch = program.command('batch').description('many requests from a file')
  batch
    .command('run <file>')
    .description('answer each line of a file in OpenAI’s batch format')
    .requiredOption('--out <file>', 'where results go, one line each')
    .option('--concurrency <n>', 'requests at once, 1 to 1000', '20')
    .option('--resume', 'go on with results that are there')
    .option('--url <address>', 'let a running gateway answer (its key in ADAPTIVE_MIND_KEY)')
    .addHelpText(
      'after',
      '\nExample:\n  adaptive-mind batch run requests.jsonl --out results.jsonl --concurrency 20 --resume',
    )
    .action(
      async (file: string, own: { out: string; concurrency: string; resume?: boolean; url?: string }) => {
        const { batchRun } = await import('./batch-run.ts')
        process.exitCode = await batchRun({ ...program.opts(), ...own, file })
      },
    )
}

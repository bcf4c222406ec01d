/** The commands of hypothesis packs. */

import type { Command } from 'commander'

export function addHypothesesCommands(program: Command): void {
  const hypotheses = program.command('hypotheses').description('what an analysis proposes to change')
  hypotheses
    .command('apply <pack>')
    .description('show what a hypothesis would change, ask, and change it')
    .option('--root <dir>', 'the folder that the paths of the pack are in', '.')
    .option('--id <id>', 'this hypothesis instead of the best')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  adaptive-mind hypotheses apply pack.yaml --root .')
    .action(async (pack: string, own: { root: string; id?: string; yes?: boolean }) => {
      const { applyHypothesis } = await import('./hypotheses/apply.ts')
      process.exitCode = await applyHypothesis({ ...program.opts(), ...own, pack })
    })
}

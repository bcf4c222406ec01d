/** The commands of `health`. */

import type { Command } from 'commander'

const urlOption = ['--url <address>', 'of the gateway (default: as configured)'] as const
const keyOption = ['--key <fingerprint>', 'this key of the provider only; `health list` names them'] as const

export function addHealthCommands(program: Command): void {
  const health = program
    .command('health')
    .description(
      'circuits and keys of a running gateway (its key in ADAPTIVE_MIND_KEY or ADAPTIVE_MIND_ADMIN_KEY)',
    )
  health
    .command('list', { isDefault: true })
    .description('circuits that failed or were isolated, and every key')
    .option(...urlOption)
    .addHelpText('after', '\nExample:\n  adaptive-mind health list')
    .action(async (own: { url?: string }) => {
      const { healthList } = await import('./health-commands.ts')
      process.exitCode = await healthList({ ...program.opts(), ...own })
    })
  health
    .command('isolate <target>')
    .description('send nothing to PROVIDER, PROVIDER/MODEL or a key of PROVIDER until it is released')
    .option(...keyOption)
    .option('--because <reason>', 'for those who wonder later')
    .option(...urlOption)
    .addHelpText('after', '\nExample:\n  adaptive-mind health isolate openai --because "their maintenance"')
    .action(async (target: string, own: { url?: string; key?: string; because?: string }) => {
      const { healthIsolate } = await import('./health-commands.ts')
      process.exitCode = await healthIsolate({ ...program.opts(), ...own, target })
    })
  health
    .command('release <target>')
    .description(
      'end an isolation; also close a circuit that opened, or free a key that was refused or rests',
    )
    .option(...keyOption)
    .option(...urlOption)
    .addHelpText('after', '\nExample:\n  adaptive-mind health release openai --key key_3f9a0c1d')
    .action(async (target: string, own: { url?: string; key?: string }) => {
      const { healthRelease } = await import('./health-commands.ts')
      process.exitCode = await healthRelease({ ...program.opts(), ...own, target })
    })
}

/** `candlewick manifest`: everything a publisher of models does with manifests. */
import type { Command } from 'commander'
import { addBuildCommand } from './manifest/build.ts'
import { addKeygenCommand } from './manifest/keygen.ts'
import { addSignCommands } from './manifest/sign.ts'
import { addVerifyCommand } from './manifest/verify.ts'

/** Adds the group to the program. */
export function addManifestCommands(program: Command, stop: AbortSignal): void {
  const group = program.command('manifest').description('make, sign and verify manifests')
  addKeygenCommand(group)
  addBuildCommand(group)
  addSignCommands(group)
  addVerifyCommand(group, stop)
}

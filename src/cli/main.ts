#!/usr/bin/env node
/** `candlewick`: the package on the command line. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { addBacktestCommand } from './backtest.ts'
import { complaint } from './complaint.ts'
import { addConvertCommand } from './convert.ts'
import { addEvaluateCommand } from './evaluate.ts'
import { addFeaturesCommand } from './features.ts'
import { addManifestCommands } from './manifest.ts'
import { addSampleCommand } from './sample.ts'
import { addSignalCommand } from './signal.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort())
// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const program = new Command('candlewick')
  .description("Machine-learning trading signals on the user's own device.")
  .version(version)
  .exitOverride()
  // A command may have an option of the same name as one of the program, such as --version.
  .enablePositionalOptions()
  .showHelpAfterError('(add --help for usage)')
addSignalCommand(program, interrupted.signal)
addBacktestCommand(program, interrupted.signal)
addEvaluateCommand(program, interrupted.signal)
addFeaturesCommand(program, interrupted.signal)
addSampleCommand(program)
addConvertCommand(program, interrupted.signal)
addManifestCommands(program, interrupted.signal)

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else if (interrupted.signal.aborted) process.exitCode = 130
  else {
    process.exitCode = 1
    console.error(complaint(error))
  }
}

/** The built command line, as tests run it. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Path of the program; it exists after `npm run build`. */
export const program: string = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** How a run ended, and what it printed. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program to its end. */
export function candlewick(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

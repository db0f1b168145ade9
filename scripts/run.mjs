/** Runs a program in the foreground; a failure is an error that names it. */
import { spawn } from 'node:child_process'

export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`"${[program, ...args].join(' ')}" ended with ${signal ?? `status ${code}`}`))
    })
  })
}

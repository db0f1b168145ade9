/** Logs batch after batch as fast as it can, and tells at every row how many are stored, until it is killed. */
import { openPredictionLog } from '../../src/monitor/index.ts'
import { row } from '../contract/prediction-rows.ts'

/** What it is asked to do. */
export interface Errand {
  readonly name: string
  readonly batchRows: number
}

async function run({ name, batchRows }: Errand): Promise<void> {
  const log = await openPredictionLog({ name, batchRows, store: 'indexeddb', onProblem: reportError })
  for (let bar = 0; ; bar++) {
    log.append(row(bar, { predictedAt: Date.now() }))
    // The batch is due by itself now; what is asked for here is only to hear of its end.
    if (bar % batchRows === batchRows - 1) await log.flush()
    postMessage(log.status.stored)
  }
}

addEventListener('message', ({ data }: MessageEvent<Errand>) => {
  run(data).catch(reportError)
})

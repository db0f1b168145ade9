/** The package's worker with two faults that a test can trigger: it throws, or it never answers again. */
import 'candlewick/worker'

self.addEventListener('message', ({ data }) => {
  if (data === 'crash') throw new Error('the worker met its end')
  if (data === 'hang') for (let turns = 0; ;) turns++
})

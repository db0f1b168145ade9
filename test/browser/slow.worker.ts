/** The package's worker with a clock that runs fifty times too fast: whatever is measured in it seems slow. */
import 'candlewick/worker'

const now = performance.now.bind(performance)
performance.now = () => now() * 50

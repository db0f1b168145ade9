/** Samples, and what is said of them. */

export const quantile = (samples, share) => {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)]
}
export const median = (samples) => quantile(samples, 0.5)

const rounded = (value) => Number(value.toFixed(value < 20 ? 2 : 1))

/**
 * One figure.
 *
 * @param against samples of the bare work from the same rounds; the ratio is the median over rounds
 */
export function figure(name, samples, against) {
  const ratio = against === undefined ? undefined : median(samples.map((value, i) => value / against[i]))
  return {
    name,
    unit: 'ms',
    n: samples.length,
    median: rounded(median(samples)),
    p95: rounded(quantile(samples, 0.95)),
    min: rounded(Math.min(...samples)),
    max: rounded(Math.max(...samples)),
    ...(ratio !== undefined && { ratioToBare: Number(ratio.toFixed(2)) }),
    samples: samples.map(rounded),
  }
}

/** A promise that was held to; `details` are counted, not timed. */
export const proof = (name, passed, details) => ({ name, passed, ...details })

/** The figures and proofs of one engine as Markdown. */
export function markdown({ engine, version, figures, proofs }) {
  const rows = figures.map(
    ({ name, n, median: middle, p95, min, max, ratioToBare }) =>
      `| ${name} | ${middle} | ${p95} | ${min} … ${max} | ${ratioToBare ?? ''} | ${n} |`,
  )
  const promises = proofs.map(({ name, passed, ...details }) => {
    const said = Object.entries(details).map(([key, value]) => `${key} ${String(value)}`)
    return `| ${name} | ${passed ? 'yes' : 'NO'} | ${said.join(', ')} |`
  })
  return [
    `### ${engine} ${version}`,
    '',
    '| ms | median | 95 % | from … to | x bare | n |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
    '| promise | held | counted |',
    '| --- | --- | --- |',
    ...promises,
    '',
  ].join('\n')
}

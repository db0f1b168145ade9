/** Subjects against each other on one machine: in rounds, each taking its turn, and every second round backwards. */
import { median, quantile } from '../registry/figures.mjs'

/** How long each batch is tried. WebAssembly is compiled in tiers, so single windows need many runs before they count. */
export const plans = [
  { batch: 1, warmup: 200, runs: 30 },
  { batch: 8, warmup: 25, runs: 8 },
  { batch: 32, warmup: 8, runs: 3 },
  { batch: 128, warmup: 2, runs: 1 },
]

/**
 * @param subjects each with `name` and `time(batch, runs)`, which gives the ms of every run
 * @returns for each subject its median of every round, in ms
 */
export async function duel(subjects, { batch, warmup, runs }, rounds) {
  const samples = new Map(subjects.map(({ name }) => [name, []]))
  for (const { time } of subjects) await time(batch, warmup)
  for (let round = 0; round < rounds; round++)
    for (const { name, time } of round % 2 === 0 ? subjects : subjects.toReversed())
      samples.get(name).push(median(await time(batch, runs)))
  return samples
}

const rounded = (value, digits) => Number(value.toFixed(digits))

/** One subject's figures; the speed is the median over rounds of how many times as fast it was as `base`. */
export function rowOf(name, batch, samples, base) {
  const own = samples.get(name)
  const ratios = samples.get(base).map((ms, round) => ms / own[round])
  return {
    subject: name,
    batch,
    'ms a run': rounded(median(own), 2),
    'ms a window': rounded(median(own) / batch, 3),
    [`times ${base}`]: rounded(median(ratios), 2),
    quartiles: `${rounded(quantile(ratios, 0.25), 2)}-${rounded(quantile(ratios, 0.75), 2)}`,
  }
}

/** All subjects, batch by batch. */
export async function duels(subjects, base, rounds, wanted = plans) {
  const rows = []
  for (const plan of wanted) {
    const samples = await duel(subjects, plan, rounds)
    rows.push(...subjects.map(({ name }) => rowOf(name, plan.batch, samples, base)))
  }
  return rows
}

/** The largest difference of two lists of numbers. */
export const largestDifference = (a, b) => a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at])), 0)

/** A table in Markdown. */
export function table(rows) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const line = (cells) => `| ${cells.join(' | ')} |`
  const lines = rows.map((row) => line(names.map((name) => row[name] ?? '')))
  return [line(names), line(names.map(() => '---')), ...lines].join('\n')
}

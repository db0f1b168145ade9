/** What `candlewick convert` says about its work. */
import { join } from 'node:path'
import type { TrialResult, Variant } from './conversion.ts'
import type { Source } from './source.ts'

/** Everything there is to tell. */
export interface Report {
  readonly source: Source
  readonly variants: readonly Variant[]
  /** Where files were written; undefined when none were. */
  readonly out: string | undefined
  /** Whether the source was held against answers of PyTorch. */
  readonly expected: boolean
}

const short = (value: number): string => (value === 0 ? '0' : value.toExponential(1))

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(bytes < 100_000 ? 1 : 0)} kB`

function tableOf(results: readonly TrialResult[]): readonly string[] {
  const rows = results.flatMap(({ name, windows, groups }) =>
    groups.map((group) => [
      `${name} (${windows})`,
      group.name,
      short(group.maxAbsolute),
      short(group.maxRelative),
      short(group.meanAbsolute),
    ]),
  )
  const all = [['windows', 'outputs', 'max abs', 'max rel', 'mean abs'], ...rows]
  const widths = all[0]!.map((_, at) => Math.max(...all.map((row) => row[at]!.length)))
  return all.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')}`.trimEnd())
}

function sidesOf(results: readonly TrialResult[]): readonly string[] {
  return results.flatMap(({ name, windows, sides }) =>
    sides === undefined
      ? []
      : [
          `  ${name}: ${sides.signals} of ${windows} signals and ${sides.horizons} of ${sides.horizonCount} horizons change sides`,
        ],
  )
}

function anatomyOf({ network }: Source): string {
  if (network === undefined) return ''
  const { features, window, patch, stride, patches, width, heads, outputs, parameters } = network.anatomy
  return `PatchTST: ${features} features x ${window} bars, ${patches} patches of ${patch} every ${stride}, width ${width}, ${heads.length} layers of ${[...new Set(heads)].join('/')} heads, ${outputs} outputs, ${parameters} parameters`
}

/** The report for people: results for stdout, and what must not be overlooked for stderr. */
export function textReport({ source, variants, out, expected }: Report): {
  readonly lines: readonly string[]
  readonly notices: readonly string[]
} {
  const lines: string[] = []
  const notices: string[] = []
  if (source.network === undefined)
    notices.push(
      `candlewick: "${source.path}" was not recognised as a PatchTST and is passed on unchanged, byte by byte: ${source.reason}.`,
    )
  else lines.push(anatomyOf(source))
  if (source.kind === 'weights' && !expected)
    notices.push(
      'candlewick: the weights do not show the number of heads nor the stride: give --input and --expected with answers of PyTorch to prove them.',
    )
  for (const { precision, model, results, entry } of variants) {
    lines.push('', `${precision ?? 'unchanged'}: ${model.url}, ${kilobytes(model.size)}`)
    if (results.length > 0) lines.push(...tableOf(results), ...sidesOf(results))
    if (results.length > 0 && results[0]!.sides === undefined)
      lines.push('  sides: not compared, because --entry names no output layout that is known')
    if (entry.missing.length > 0)
      notices.push(`candlewick: ${entry.file.url} still lacks ${entry.missing.join(', ')}; name them with --entry.`)
  }
  lines.push('')
  if (out === undefined) lines.push('Nothing was written (--dry-run).')
  else {
    const names = new Set(variants.flatMap(({ files }) => files.map(({ url }) => url)))
    lines.push(`Wrote ${[...names].map((name) => join(out, name)).join(', ')}.`)
  }
  return { lines, notices }
}

/** The report for programs, on one line. */
export function jsonReport({ source, variants, out, expected }: Report): string {
  return JSON.stringify({
    source: source.path,
    kind: source.kind,
    recognised: source.network !== undefined,
    reason: source.reason,
    anatomy: source.network?.anatomy,
    checkedAgainstPyTorch: expected,
    written: out !== undefined,
    variants: variants.map(({ precision, model, results, entry, files }) => ({
      precision: precision ?? null,
      file: model.url,
      size: model.size,
      sha256: model.sha256,
      results,
      entry: entry.file.url,
      missing: entry.missing,
      files: files.map(({ url, size, sha256 }) => ({ url, size, sha256 })),
    })),
  })
}

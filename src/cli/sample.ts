/** `candlewick sample`: writes a model that was never trained, so that everything can be tried before there is a real one. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { CandleSeries } from '../core/series.ts'
import { computeFeatures, FeatureStream, fingerprintOf, fitScaler } from '../features/index.ts'
import { SimulatedMarket } from '../feeds/index.ts'
import { buildPatchTst } from '../onnx/index.ts'
import { type Manifest, type ModelEntry, sha256Hex } from '../registry/index.ts'
import { readFeatureSet, setHelp } from './feature-set.ts'

interface SampleOptions {
  readonly out: string
  readonly features: string
  readonly seed: number
}

const window = 96
const timeframe = '15m'
/** The files say when the recipe was made, not when it was run: the same recipe gives the same bytes. */
const made = '2026-11-21T00:00:00Z'
const notice = 'Untrained sample: its weights are random and its signals mean nothing. Do not trade on them.'

/** Adds the command to the program. */
export function addSampleCommand(program: Command): void {
  program
    .command('sample')
    .description('write an untrained sample model (PatchTST, seeded weights), its scaler and a manifest')
    .requiredOption('--out <folder>', 'where to write manifest.json and its files')
    .option('--features <set>', setHelp, 'unified-240')
    .option('--seed <n>', 'seed of the weights', wholeNumber, 16)
    .action(writeSample)
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

/** A scaler fitted to a simulated market. The model normalises each window itself, so any sound scale will do. */
function sampleScaler(ids: readonly string[]): Uint8Array<ArrayBuffer> {
  const market = new SimulatedMarket({ seed: 1, timeframe })
  const { warmup } = new FeatureStream(ids)
  const series = CandleSeries.from(market.take(warmup + 5000), market)
  const spec = fitScaler('standard', ids, computeFeatures(ids, series.columns, { from: warmup - 1 }).values)
  return new TextEncoder().encode(`${JSON.stringify({ ...spec, clip: [-10, 10] })}\n`)
}

async function writeSample(options: SampleOptions): Promise<void> {
  const ids = await readFeatureSet(options.features)
  const model = buildPatchTst({ features: ids.length, window, seed: options.seed })
  const scaler = sampleScaler(ids)
  const [modelHash, scalerHash] = [await sha256Hex(model), await sha256Hex(scaler)]
  const modelFile = `patchtst-sample.${modelHash.slice(0, 12)}.onnx`
  const scalerFile = `patchtst-sample.${scalerHash.slice(0, 12)}.scaler.json`
  const { hash, digests } = await fingerprintOf(ids)
  const entry: ModelEntry = {
    name: 'patchtst-sample',
    // The bytes are part of the version, because a version may never stand for two sets of bytes.
    version: `1.0.0+${modelHash.slice(0, 8)}.${scalerHash.slice(0, 8)}`,
    modelType: 'patchtst',
    taskType: 'multitask',
    description: `UnifiedPatchTST, ${ids.length} features, ${window} bars of ${timeframe}, seed ${options.seed}`,
    notice,
    createdAt: made,
    artifact: { url: modelFile, size: model.byteLength, sha256: modelHash, opset: 17, precision: 'fp32' },
    scaler: { url: scalerFile, size: scaler.byteLength, sha256: scalerHash },
    features: { names: ids, hash, digests, lookback: window, timeframe },
    io: {
      inputs: [{ name: 'x', dtype: 'float32', dims: ['batch', window, ids.length] }],
      outputs: [{ name: 'y', dtype: 'float32', dims: ['batch', 20] }],
    },
    outputLayout: {
      id: 'returns4-logits12-risk4',
      horizons: [
        { name: '15m', bars: 1 },
        { name: '1h', bars: 4 },
        { name: '4h', bars: 16 },
        { name: '12h', bars: 48 },
      ],
    },
    classOrder: ['LONG', 'SHORT', 'NEUTRAL'],
  }
  const manifest: Manifest = { schema: 'model-manifest/1', version: 1, issuedAt: made, models: [entry] }
  await mkdir(options.out, { recursive: true })
  await writeFile(join(options.out, modelFile), model)
  await writeFile(join(options.out, scalerFile), scaler)
  // The manifest comes last: it never names a file that is not there.
  await writeFile(join(options.out, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  console.log(`Wrote ${join(options.out, 'manifest.json')} (${entry.description}). ${notice}`)
}

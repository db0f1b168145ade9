/** Writes a data set block by block: the whole of it is never in memory, and half of it never under its name. */
import { extname } from 'node:path'
import { breathe, throwIfAborted } from '../../core/abort.ts'
import { type DatasetBlock, type DatasetShape, encoders } from './encoder.ts'
import { UnfinishedFile } from '../unfinished-file.ts'
import { writeWhole } from '../whole-files.ts'

interface WriteOptions {
  readonly signal: AbortSignal
  /** Told the rows written so far. */
  readonly onRows: (rows: number) => void
}

/**
 * Writes the blocks in the format that the file name ends with. Where it fails or is stopped, no file is left.
 *
 * @throws `file/unwritable`, whatever the blocks throw, and the reason of the signal
 */
export async function writeDataset(
  path: string,
  shape: DatasetShape,
  blocks: Iterable<DatasetBlock>,
  { signal, onRows }: WriteOptions,
): Promise<void> {
  const ending = extname(path)
  const encoder = new encoders[ending]!(shape)
  const file = await UnfinishedFile.create(path)
  try {
    await file.write(encoder.head())
    let rows = 0
    for (const block of blocks) {
      await file.write(encoder.block(block))
      rows += block.time.length
      onRows(rows)
      await breathe()
      throwIfAborted(signal)
    }
    await file.write(encoder.tail())
    const { companion } = encoder
    if (companion !== undefined) await writeWhole(`${path.slice(0, -ending.length)}${companion.ending}`, companion.text)
    await file.complete()
  } finally {
    await file.discard()
  }
}

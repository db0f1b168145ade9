/** Comma-separated values (RFC 4180). Numbers are as short as they can be and still read back to the same bits. */
import type { DatasetBlock, DatasetEncoder, DatasetShape } from './encoder.ts'

const encode = new TextEncoder()
const nothing = new Uint8Array()

/** The text of many lines takes ten times the memory of their bytes while it grows. */
const linesAtOnce = 64

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** `String` gives the shortest form, but loses the sign of zero. */
const decimal = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

/** Writes `time`, `symbol` where there are several, and the columns. */
export class CsvEncoder implements DatasetEncoder {
  readonly #shape: DatasetShape

  constructor(shape: DatasetShape) {
    this.#shape = shape
  }

  head(): Uint8Array {
    const { columns, symbols } = this.#shape
    return encode.encode(`${['time', ...(symbols ? ['symbol'] : []), ...columns].join(',')}\n`)
  }

  block(block: DatasetBlock): Uint8Array {
    const parts: Uint8Array[] = []
    for (let row = 0; row < block.time.length; row += linesAtOnce)
      parts.push(encode.encode(this.#lines(block, row, Math.min(row + linesAtOnce, block.time.length))))
    return Buffer.concat(parts)
  }

  tail(): Uint8Array {
    return nothing
  }

  /** Rows [from, to). */
  #lines({ symbol, time, values }: DatasetBlock, from: number, to: number): string {
    const { columns, symbols } = this.#shape
    const width = columns.length
    const mark = symbols ? `,${quoted(symbol)}` : ''
    let text = ''
    for (let row = from; row < to; row++) {
      text += `${time[row]!}${mark}`
      for (let k = row * width; k < (row + 1) * width; k++) text += `,${decimal(values[k]!)}`
      text += '\n'
    }
    return text
  }
}

/** NumPy's array file, version 1.0: a two-dimensional array of float64, row after row, `time` first. */
import { endianness } from 'node:os'
import type { DatasetBlock, DatasetEncoder, DatasetShape } from './encoder.ts'

const magic = '\u0093NUMPY\u0001\u0000'
const nothing = new Uint8Array()

/** Writes `time` and the columns. Names have no place in the file: they stand beside it. */
export class NpyEncoder implements DatasetEncoder {
  readonly companion: { readonly ending: string; readonly text: string }
  readonly #shape: DatasetShape

  constructor(shape: DatasetShape) {
    this.#shape = shape
    this.companion = { ending: '.columns.json', text: `${JSON.stringify(['time', ...shape.columns], undefined, 2)}\n` }
  }

  head(): Uint8Array {
    const { columns, rows } = this.#shape
    const order = endianness() === 'LE' ? '<' : '>'
    const text = `{'descr': '${order}f8', 'fortran_order': False, 'shape': (${rows}, ${columns.length + 1}), }`
    // Magic, version, two bytes of length and the text end on a multiple of 64, with a line break last.
    const room = Math.ceil((magic.length + 2 + text.length + 1) / 64) * 64
    const header = Buffer.alloc(room, ' ')
    header.write(magic, 0, 'latin1')
    header.writeUInt16LE(room - magic.length - 2, magic.length)
    header.write(text, magic.length + 2, 'latin1')
    header.write('\n', room - 1)
    return header
  }

  block({ time, values }: DatasetBlock): Uint8Array {
    const { length } = this.#shape.columns
    const rows = new Float64Array(time.length * (length + 1))
    for (let row = 0, at = 0; row < time.length; row++, at += length + 1) {
      rows[at] = time[row]!
      rows.set(values.subarray(row * length, (row + 1) * length), at + 1)
    }
    return new Uint8Array(rows.buffer)
  }

  tail(): Uint8Array {
    return nothing
  }
}

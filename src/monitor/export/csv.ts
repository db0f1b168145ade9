/** Comma-separated values (RFC 4180), safe to open in a spreadsheet. */
import type { PredictionRow } from '../row.ts'
import type { Cell, Column } from './columns.ts'
import type { RowEncoder } from './encoder.ts'

const encode = new TextEncoder()

/** Spreadsheets run a text that begins like this as a formula, quoted or not. */
const formula = /^[=+\-@\t\r]/

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** Numbers stay numbers, also below zero; only text can be a formula, and gets an apostrophe in front. */
function written(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'string') return quoted(formula.test(cell) ? `'${cell}` : cell)
  // `String` loses the sign of zero.
  return Object.is(cell, -0) ? '-0' : String(cell)
}

/** Writes a header and a line for each row; what is not known is an empty field. */
export class CsvRows implements RowEncoder {
  readonly #columns: readonly Column[]

  constructor(columns: readonly Column[]) {
    this.#columns = columns
  }

  head(): Uint8Array<ArrayBuffer> {
    return encode.encode(`${this.#columns.map(({ name }) => written(name)).join(',')}\n`)
  }

  block(rows: readonly PredictionRow[]): Uint8Array<ArrayBuffer> {
    return encode.encode(
      rows.map((row) => `${this.#columns.map(({ cell }) => written(cell(row))).join(',')}\n`).join(''),
    )
  }

  tail(): Uint8Array<ArrayBuffer> {
    return new Uint8Array()
  }
}

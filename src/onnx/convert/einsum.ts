/** Einsum of two tensors as a product of matrices. */
import type { Flow } from './algebra.ts'
import { Unrecognised } from './unrecognised.ts'

/** Rewrites `ab…,cd…->…` as a product over the one letter that both have and the result has not. */
export function einsum(equation: string, a: Flow, b: Flow, multiply: (left: Flow, right: Flow) => Flow): Flow {
  const [left = '', right = '', result = ''] = equation.replaceAll(/\s/g, '').split(/,|->/)
  const refuse = new Unrecognised(`the product "${equation}"`)
  const lettersApart = [left, right, result].every(
    (word) => /^[a-zA-Z]+$/.test(word) && new Set(word).size === word.length,
  )
  if (!lettersApart || left.length !== a.layout.length || right.length !== b.layout.length) throw refuse
  const shared = left.split('').filter((letter) => right.includes(letter))
  const lead = shared.filter((letter) => result.includes(letter))
  const [over, ...others] = shared.filter((letter) => !result.includes(letter))
  const [row, ...rows] = left.split('').filter((letter) => !right.includes(letter))
  const [column, ...columns] = right.split('').filter((letter) => !left.includes(letter))
  if (over === undefined || row === undefined || column === undefined) throw refuse
  if (others.length + rows.length + columns.length > 0) throw refuse
  const ordered = (flow: Flow, from: string, to: readonly string[]): Flow => {
    const layout = to.map((letter) => flow.layout[from.indexOf(letter)])
    if (layout.length !== flow.layout.length || layout.includes(undefined)) throw refuse
    return { ...flow, layout: layout.map((dimension) => dimension ?? []) }
  }
  const product = multiply(ordered(a, left, [...lead, row, over]), ordered(b, right, [...lead, over, column]))
  return ordered(product, [...lead, row, column].join(''), result.split(''))
}

/** Attributes of a node by name. */
import type { OnnxAttribute, OnnxNode } from '../model.ts'

/** Reads the attributes of one node; what is absent has the default that the caller names. */
export class Attributes {
  readonly #named: ReadonlyMap<string, OnnxAttribute>

  constructor({ attribute = [] }: OnnxNode) {
    this.#named = new Map(attribute.map((one) => [one.name ?? '', one]))
  }

  get(name: string): OnnxAttribute | undefined {
    return this.#named.get(name)
  }

  int(name: string, absent: number): number {
    const value = this.#named.get(name)?.i
    return value === undefined ? absent : Number(value)
  }

  float(name: string, absent: number): number {
    return this.#named.get(name)?.f ?? absent
  }

  ints(name: string): readonly number[] | undefined {
    return this.#named.get(name)?.ints?.map(Number)
  }

  text(name: string, absent: string): string {
    const bytes = this.#named.get(name)?.s
    return bytes === undefined ? absent : new TextDecoder().decode(bytes)
  }
}

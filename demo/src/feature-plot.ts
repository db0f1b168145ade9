/** Any feature of the catalogue, drawn under the prices: what the model sees, one column at a time. */
import type { Candle, CandleSeries } from 'candlewick'
import type { FeatureStream } from 'candlewick/features'
import type { PriceChart } from './chart.ts'
import { make } from './dom.ts'

/** The features module is larger than the page, and most visits do not plot: it is loaded when the page is at rest. */
const loadFeatures = () => import('candlewick/features')

type Features = Awaited<ReturnType<typeof loadFeatures>>

/** The choice of a feature, its line on the chart, and the sentence that says what it is. */
export class FeaturePlot {
  readonly #chart: PriceChart
  readonly #select: HTMLSelectElement
  readonly #doc: HTMLElement
  #features: Features | undefined
  #series: CandleSeries | undefined
  #stream: FeatureStream | undefined

  constructor(chart: PriceChart, select: HTMLSelectElement, doc: HTMLElement) {
    this.#chart = chart
    this.#select = select
    this.#doc = doc
    select.addEventListener('change', () => this.#draw())
  }

  /**
   * Fills the choice with the catalogue, family by family, and draws the feature asked for.
   *
   * @returns whether the feature exists; none at all counts as existing
   */
  async fill(wanted: string): Promise<boolean> {
    this.#features = await loadFeatures()
    // The page has one market at a time, so nothing that compares with another one.
    const plain = this.#features.catalogue.filter((feature) => feature.requires === undefined)
    for (const family of new Set(plain.map((feature) => feature.family))) {
      const members = plain.filter((feature) => feature.family === family)
      const options = members.map(({ id }) => make('option', { value: id }, id))
      this.#select.append(make('optgroup', { label: family }, ...options))
    }
    this.#select.value = wanted
    const known = wanted === '' || this.#select.value === wanted
    if (!known) this.#select.value = ''
    this.#draw()
    return known
  }

  /** Follows the page to another market. */
  show(series: CandleSeries): void {
    this.#series = series
    this.#draw()
  }

  /** Takes one more candle of the same market. */
  add(candle: Candle): void {
    const value = this.#stream?.push(candle)[0]
    if (value !== undefined) this.#chart.addToLine(candle.time, value)
  }

  #draw(): void {
    const id = this.#select.value
    this.#stream = undefined
    this.#doc.textContent = ''
    if (this.#features === undefined || this.#series === undefined || id === '') return this.#chart.showLine([], '')
    const { features, FeatureStream } = this.#features
    const { columns } = this.#series
    const values = new Float64Array(columns.length)
    this.#stream = new FeatureStream([id])
    this.#stream.advance(columns, 0, columns.length, values)
    this.#chart.showLine(
      Array.from(values, (value, row) => ({ time: columns.time[row]!, value })),
      id,
    )
    this.#doc.textContent = features.get(id)?.doc ?? ''
  }
}

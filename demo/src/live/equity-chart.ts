/** The curve of the paper account, in the page's own colours. */
import { createChart, type IChartApi, type ISeriesApi, LineSeries, type UTCTimestamp } from 'lightweight-charts'
import { priceText } from '../format.ts'
import type { EquityPoint } from './paper.ts'

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

const layout = () => ({
  layout: {
    background: { color: colour('surface') },
    textColor: colour('muted'),
    fontFamily: getComputedStyle(document.body).fontFamily,
    attributionLogo: false,
  },
  grid: { vertLines: { color: colour('grid') }, horzLines: { color: colour('grid') } },
  rightPriceScale: { borderColor: colour('line') },
  timeScale: { borderColor: colour('line'), timeVisible: true, secondsVisible: false },
})

const line = () => ({ color: colour('accent'), lineWidth: 2 as const, priceLineVisible: false })

/** Equity over simulated time. */
export class EquityChart {
  readonly #box: HTMLElement
  readonly #chart: IChartApi
  readonly #line: ISeriesApi<'Line'>

  constructor(box: HTMLElement) {
    this.#box = box
    this.#chart = createChart(box, {
      autoSize: true,
      ...layout(),
      localization: { locale: 'en', priceFormatter: priceText },
      handleScroll: { vertTouchDrag: false },
    })
    this.#line = this.#chart.addSeries(LineSeries, line())
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#chart.applyOptions(layout())
      this.#line.applyOptions(line())
    })
  }

  show(points: readonly EquityPoint[]): void {
    this.#line.setData(points.map(({ time, value }) => ({ time: (time / 1000) as UTCTimestamp, value })))
    this.#chart.timeScale().fitContent()
    const last = points.at(-1)
    const text = last === undefined ? 'no bar yet' : `${points.length} bars, now ${priceText(last.value)}`
    this.#box.setAttribute('aria-label', `Equity of the paper account: ${text}`)
  }
}

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
  // The whole curve is seen at once, however narrow the screen.
  timeScale: { borderColor: colour('line'), timeVisible: true, secondsVisible: false, minBarSpacing: 0.02 },
})

const line = () => ({ color: colour('accent'), lineWidth: 2 as const, priceLineVisible: false })
const besideLine = () => ({ color: colour('neutral'), lineWidth: 1 as const, priceLineVisible: false })

const inSeconds = ({ time, value }: EquityPoint) => ({ time: (time / 1000) as UTCTimestamp, value })

/** Equity over time, and where there is one, a curve to compare it with. */
export class EquityChart {
  readonly #box: HTMLElement
  readonly #name: string
  readonly #chart: IChartApi
  readonly #line: ISeriesApi<'Line'>
  #beside: ISeriesApi<'Line'> | undefined

  /** @param name what the curve is of, for those who do not see it */
  constructor(box: HTMLElement, name: string = 'Equity of the paper account') {
    this.#box = box
    this.#name = name
    this.#chart = createChart(box, {
      autoSize: true,
      ...layout(),
      localization: { locale: 'en', priceFormatter: priceText },
      handleScroll: { vertTouchDrag: false },
    })
    this.#line = this.#chart.addSeries(LineSeries, line())
    this.#chart.timeScale().subscribeSizeChange(() => this.#chart.timeScale().fitContent())
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#chart.applyOptions(layout())
      this.#line.applyOptions(line())
      this.#beside?.applyOptions(besideLine())
    })
  }

  show(points: readonly EquityPoint[]): void {
    this.#line.setData(points.map(inSeconds))
    this.#chart.timeScale().fitContent()
    const last = points.at(-1)
    this.tell(last === undefined ? 'no bar yet' : `${points.length} bars, now ${priceText(last.value)}`)
  }

  /** Shows another curve behind it. */
  showBeside(points: readonly EquityPoint[]): void {
    this.#beside ??= this.#chart.addSeries(LineSeries, besideLine())
    this.#beside.setSeriesOrder(0)
    this.#beside.setData(points.map(inSeconds))
    this.#chart.timeScale().fitContent()
  }

  /** Says what is to be seen. */
  tell(text: string): void {
    this.#box.setAttribute('aria-label', `${this.#name}: ${text}`)
  }
}

/** The price chart: candles, volume, signal markers and the levels of the current signal, in the page's own colours. */
import type { Candle, CandleSeries } from 'candlewick'
import type { Signal } from 'candlewick/signals'
import {
  type AutoscaleInfo,
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  LineStyle,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts'
import { priceText } from './format.ts'

/** The chart library counts seconds, candles count milliseconds. */
const seconds = (time: number): UTCTimestamp => (time / 1000) as UTCTimestamp

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

/** Bars that are seen at first; the rest is a drag away. */
const barsInView = (width: number): number => Math.max(Math.round(width / 7), 40)

/** Empty bars at the right, where the names of the levels stand. */
const spare = 13

const layout = () => ({
  layout: {
    background: { color: colour('surface') },
    textColor: colour('muted'),
    fontFamily: getComputedStyle(document.body).fontFamily,
  },
  grid: { vertLines: { color: colour('grid') }, horzLines: { color: colour('grid') } },
  rightPriceScale: { borderColor: colour('line'), entireTextOnly: true },
  timeScale: { borderColor: colour('line') },
})

const candleColours = () => ({
  upColor: colour('long'),
  downColor: colour('short'),
  wickUpColor: colour('long'),
  wickDownColor: colour('short'),
  borderVisible: false,
})

const lineLook = () => ({
  color: colour('accent'),
  lineWidth: 1 as const,
  priceLineVisible: false,
  priceFormat: { type: 'custom' as const, formatter: featureText, minMove: 1e-9 },
})

/** Four digits, whatever the size: features run from millionths to thousands. */
const featureText = (value: number): string => String(Number(value.toPrecision(4)))

const point = (time: number, value: number) =>
  Number.isFinite(value) ? { time: seconds(time), value } : { time: seconds(time) }

/** The chart in one element of the page. */
export class PriceChart {
  readonly #box: HTMLElement
  readonly #chart: IChartApi
  readonly #candles: ISeriesApi<'Candlestick'>
  readonly #volume: ISeriesApi<'Histogram'>
  readonly #markers: ISeriesMarkersPluginApi<Time>
  /** A feature in a pane of its own; there only while one is chosen. */
  #line: ISeriesApi<'Line'> | undefined
  #levels: IPriceLine[] = []
  #bars: Candle[] = []
  #signals: readonly Signal[] = []

  constructor(box: HTMLElement) {
    this.#box = box
    this.#chart = createChart(box, {
      autoSize: true,
      ...layout(),
      localization: { locale: 'en', priceFormatter: priceText },
      timeScale: { ...layout().timeScale, timeVisible: true, secondsVisible: false, rightOffset: spare },
      handleScroll: { vertTouchDrag: false },
    })
    this.#candles = this.#chart.addSeries(CandlestickSeries, {
      ...candleColours(),
      autoscaleInfoProvider: (original: () => AutoscaleInfo | null) => this.#withLevels(original()),
    })
    this.#candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.26 } })
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceFormat: { type: 'volume' },
      lastValueVisible: false,
      priceLineVisible: false,
    })
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.8, bottom: 0 } })
    this.#markers = createSeriesMarkers(this.#candles, [])
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#repaint())
  }

  /** Shows another market. */
  show(series: CandleSeries): void {
    this.#bars = series.slice()
    this.showSignals([], undefined)
    this.#draw()
    const last = this.#bars.length
    const inView = barsInView(this.#box.clientWidth)
    this.#chart.timeScale().setVisibleLogicalRange({ from: last - inView, to: last + spare })
    this.#describe()
  }

  /** Adds one closed candle at the right. */
  add(candle: Candle): void {
    this.#bars.push(candle)
    this.#candles.update(this.#price(candle))
    this.#volume.update(this.#amount(candle))
    this.#describe()
  }

  /** Marks past signals, and draws the levels of the current one. */
  showSignals(signals: readonly Signal[], current: Signal | undefined): void {
    this.#signals = signals
    this.#markers.setMarkers(this.#marks())
    for (const level of this.#levels) this.#candles.removePriceLine(level)
    this.#levels = []
    if (current === undefined || current.stopLoss === null || current.takeProfit === null) return
    this.#levels = [this.#level(current.takeProfit, 'Target', 'long'), this.#level(current.stopLoss, 'Stop', 'short')]
  }

  /** Draws a feature under the prices; no values take it away. NaN leaves a hole: the feature is not warm yet. */
  showLine(values: readonly { readonly time: number; readonly value: number }[], name: string): void {
    if (this.#line !== undefined) this.#chart.removeSeries(this.#line)
    this.#line = undefined
    if (values.length === 0) return
    this.#line = this.#chart.addSeries(LineSeries, { ...lineLook(), title: name }, 1)
    this.#line.setData(values.map(({ time, value }) => point(time, value)))
    this.#chart.panes()[1]?.setStretchFactor(0.4)
  }

  /** Adds one value to the feature. */
  addToLine(time: number, value: number): void {
    this.#line?.update(point(time, value))
  }

  /** An arrow for each signal, without words: neighbours would write over each other. The key below says what it means. */
  #marks(): SeriesMarker<Time>[] {
    return this.#signals
      .filter(({ side }) => side !== 'NEUTRAL')
      .map(({ side, time }) => ({
        time: seconds(time),
        position: side === 'LONG' ? 'belowBar' : 'aboveBar',
        shape: side === 'LONG' ? 'arrowUp' : 'arrowDown',
        color: colour(side === 'LONG' ? 'long-mark' : 'short-mark'),
      }))
  }

  #level(price: number, title: string, name: string): IPriceLine {
    return this.#candles.createPriceLine({
      price,
      title,
      color: colour(name),
      lineStyle: LineStyle.Dashed,
      lineWidth: 1,
    })
  }

  /** Widens the price range so that stop and target are always in view. */
  #withLevels(info: AutoscaleInfo | null): AutoscaleInfo | null {
    if (info === null || info.priceRange === null) return info
    const prices = this.#levels.map((level) => level.options().price)
    const { minValue, maxValue } = info.priceRange
    return {
      ...info,
      priceRange: { minValue: Math.min(minValue, ...prices), maxValue: Math.max(maxValue, ...prices) },
    }
  }

  #price({ time, open, high, low, close }: Candle) {
    return { time: seconds(time), open, high, low, close }
  }

  #amount({ time, open, close, volume }: Candle) {
    return { time: seconds(time), value: volume, color: colour(close >= open ? 'long-soft' : 'short-soft') }
  }

  #draw(): void {
    this.#candles.setData(this.#bars.map((bar) => this.#price(bar)))
    const [up, down] = [colour('long-soft'), colour('short-soft')]
    this.#volume.setData(
      this.#bars.map((bar) => ({
        time: seconds(bar.time),
        value: bar.volume,
        color: bar.close >= bar.open ? up : down,
      })),
    )
  }

  #repaint(): void {
    this.#chart.applyOptions(layout())
    this.#candles.applyOptions(candleColours())
    this.#line?.applyOptions(lineLook())
    this.#draw()
    this.#markers.setMarkers(this.#marks())
    for (const level of this.#levels) {
      const { title } = level.options()
      level.applyOptions({ color: colour(title === 'Target' ? 'long' : 'short') })
    }
  }

  /** What the picture shows, for those who do not see it. */
  #describe(): void {
    const [first, last] = [this.#bars[0], this.#bars.at(-1)]
    if (first === undefined || last === undefined) return
    this.#box.setAttribute(
      'aria-label',
      `Candlestick chart of ${this.#bars.length} bars with volume and signal markers; last close ${priceText(last.close)}`,
    )
  }
}

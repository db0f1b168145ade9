/** Curves as inline SVG. Labels are text of the page around it, so that they stay readable on a phone. */
import { html, type Markup } from './markup.ts'

/** One curve. */
export interface ChartLine {
  readonly label: string
  /** Class of its colour: one of those in the style. */
  readonly kind: 'equity' | 'hold' | 'fall'
  readonly values: ArrayLike<number>
  /** Whether the room between the curve and zero is filled. */
  readonly filled?: boolean
}

/** A chart over time. */
export interface ChartOptions {
  readonly title: string
  /** What it shows, in one sentence, for those who cannot see it. */
  readonly description: string
  /** ms since the epoch, rising. */
  readonly times: ArrayLike<number>
  readonly lines: readonly ChartLine[]
  readonly valueText: (value: number) => string
  readonly timeText: (ms: number) => string
}

const [width, height] = [1000, 300]

/** Columns of a chart: more than a screen can tell apart are not drawn. */
const columns = 500

interface Scale {
  readonly x: (ms: number) => string
  readonly y: (value: number) => string
  readonly low: number
  readonly high: number
}

function scaleOf(times: ArrayLike<number>, lines: readonly ChartLine[]): Scale {
  let [low, high] = [Infinity, -Infinity]
  for (const { values } of lines)
    for (let i = 0; i < values.length; i++) {
      low = Math.min(low, values[i]!)
      high = Math.max(high, values[i]!)
    }
  if (high === low) [low, high] = [low - 1, high + 1]
  const [start, span] = [times[0]!, times[times.length - 1]! - times[0]! || 1]
  return {
    x: (ms) => (((ms - start) / span) * width).toFixed(1),
    y: (value) => (((high - value) / (high - low)) * height).toFixed(1),
    low,
    high,
  }
}

/** Places of a curve that are drawn: the lowest and the highest of each column, so that no extreme is lost. */
function drawnPlaces(values: ArrayLike<number>): number[] {
  const { length } = values
  if (length <= 2 * columns) return Array.from({ length }, (_, i) => i)
  const places = new Set([0, length - 1])
  for (let column = 0; column < columns; column++) {
    const [from, to] = [Math.floor((column * length) / columns), Math.floor(((column + 1) * length) / columns)]
    let [lowest, highest] = [from, from]
    for (let i = from + 1; i < to; i++) {
      if (values[i]! < values[lowest]!) lowest = i
      if (values[i]! > values[highest]!) highest = i
    }
    places.add(lowest).add(highest)
  }
  return [...places].sort((a, b) => a - b)
}

function path({ values, kind, filled = false }: ChartLine, times: ArrayLike<number>, scale: Scale): Markup {
  const places = drawnPlaces(values)
  const points = places.map((i) => `${scale.x(times[i]!)},${scale.y(values[i]!)}`)
  const line = `M${points.join('L')}`
  const zero = scale.y(0)
  const area = filled ? html`<path class="area ${kind}" d="${`${line}L${width},${zero}L0,${zero}Z`}" />` : ''
  return html`${area}<path class="line ${kind}" d="${line}" />`
}

/** A chart with its labels. */
export function chart({ title, description, times, lines, valueText, timeText }: ChartOptions): Markup {
  const scale = scaleOf(times, lines)
  const marks = [scale.high, (scale.high + scale.low) / 2, scale.low]
  const moments = [times[0]!, times[Math.floor((times.length - 1) / 2)]!, times[times.length - 1]!]
  const grid = marks.map(
    (mark) => html`<line class="grid" x1="0" x2="${width}" y1="${scale.y(mark)}" y2="${scale.y(mark)}" />`,
  )
  return html`<figure class="chart">
    <figcaption>${title}${lines.map(({ label, kind }) => html` <span class="key ${kind}">${label}</span>`)}</figcaption>
    <div class="values" aria-hidden="true">${marks.map((mark) => html`<span>${valueText(mark)}</span>`)}</div>
    <svg
      viewBox="0 0 ${width} ${height}"
      preserveAspectRatio="none"
      role="img"
      aria-label="${`${title}. ${description}`}"
    >
      ${grid}${lines.map((line) => path(line, times, scale))}
    </svg>
    <div class="times" aria-hidden="true">${moments.map((ms) => html`<span>${timeText(ms)}</span>`)}</div>
  </figure> `
}

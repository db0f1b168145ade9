/** Where the bar lies in the day, the week and the year: bar-open time, UTC. */
import { defineFamily, type Feature, type FeatureDefinition } from '../define.ts'
import {
  add,
  and,
  cos,
  dayOfMonth,
  dayOfWeek,
  div,
  type Expression,
  floor,
  ge,
  gt,
  lt,
  minuteOfDay,
  month,
  mul,
  sin,
  sub,
  time,
} from '../expr.ts'

const minutes = minuteOfDay(time)
const hour = floor(div(minutes, 60))
const weekday = dayOfWeek(time)
const monthNumber = month(time)
const turn = (x: Expression, period: number): Expression => div(mul(2 * Math.PI, x), period)
const between = (from: number, to: number): Expression => and(ge(hour, from), lt(hour, to))
const asia = between(0, 8)
const europe = between(7, 16)
const america = between(13, 22)
const weekMinutes = add(mul(1440, weekday), minutes)

const cycle = (id: string, what: string, x: Expression, period: number): FeatureDefinition[] =>
  [sin, cos].map((wave) => ({
    id: `${id}_${wave === sin ? 'sin' : 'cos'}`,
    doc: `${wave === sin ? 'Sine' : 'Cosine'} of the ${what}.`,
    unit: 'ratio',
    range: [-1, 1],
    source: 'standard',
    formula: wave(turn(x, period)),
  }))

/** Calendar features. */
export const calendar: readonly Feature[] = defineFamily('calendar', [
  { id: 'hour', doc: 'Hour of the day, 0 to 23.', unit: 'count', range: [0, 23], formula: hour },
  { id: 'minute', doc: 'Minute of the hour.', unit: 'count', range: [0, 59], formula: sub(minutes, mul(60, hour)) },
  {
    id: 'hour_sin',
    doc: 'Sine of the hour on a circle of 24; minutes are ignored.',
    unit: 'ratio',
    range: [-1, 1],
    formula: sin(turn(hour, 24)),
  },
  {
    id: 'hour_cos',
    doc: 'Cosine of the hour on a circle of 24; minutes are ignored.',
    unit: 'ratio',
    range: [-1, 1],
    formula: cos(turn(hour, 24)),
  },
  { id: 'dayofweek', doc: 'Day of the week, 0 = Monday.', unit: 'count', range: [0, 6], formula: weekday },
  { id: 'is_weekend', doc: '1 on Saturday and Sunday.', unit: 'flag', range: [0, 1], formula: ge(weekday, 5) },
  {
    id: 'dow_sin',
    doc: 'Sine of the day on a circle of 7.',
    unit: 'ratio',
    range: [-1, 1],
    formula: sin(turn(weekday, 7)),
  },
  {
    id: 'dow_cos',
    doc: 'Cosine of the day on a circle of 7.',
    unit: 'ratio',
    range: [-1, 1],
    formula: cos(turn(weekday, 7)),
  },
  { id: 'day', doc: 'Day of the month, from 1.', unit: 'count', range: [1, 31], formula: dayOfMonth(time) },
  { id: 'month', doc: 'Month, from 1.', unit: 'count', range: [1, 12], formula: monthNumber },
  {
    id: 'month_sin',
    doc: 'Sine of the month on a circle of 12.',
    unit: 'ratio',
    range: [-1, 1],
    formula: sin(turn(monthNumber, 12)),
  },
  {
    id: 'month_cos',
    doc: 'Cosine of the month on a circle of 12.',
    unit: 'ratio',
    range: [-1, 1],
    formula: cos(turn(monthNumber, 12)),
  },
  { id: 'asian_session', doc: '1 from 0 to 8 o’clock.', unit: 'flag', range: [0, 1], formula: asia },
  { id: 'european_session', doc: '1 from 7 to 16 o’clock.', unit: 'flag', range: [0, 1], formula: europe },
  { id: 'american_session', doc: '1 from 13 to 22 o’clock.', unit: 'flag', range: [0, 1], formula: america },
  {
    id: 'session_overlap',
    doc: '1 where two sessions are open.',
    unit: 'flag',
    range: [0, 1],
    formula: gt(add(add(asia, europe), america), 1),
  },
  {
    id: 'day_sin',
    doc: 'Sine of the minute of the day.',
    unit: 'ratio',
    range: [-1, 1],
    source: 'standard',
    formula: sin(turn(minutes, 1440)),
  },
  {
    id: 'day_cos',
    doc: 'Cosine of the minute of the day.',
    unit: 'ratio',
    range: [-1, 1],
    source: 'standard',
    formula: cos(turn(minutes, 1440)),
  },
  {
    id: 'week_sin',
    doc: 'Sine of the minute of the week.',
    unit: 'ratio',
    range: [-1, 1],
    source: 'standard',
    formula: sin(turn(weekMinutes, 10_080)),
  },
  {
    id: 'week_cos',
    doc: 'Cosine of the minute of the week.',
    unit: 'ratio',
    range: [-1, 1],
    source: 'standard',
    formula: cos(turn(weekMinutes, 10_080)),
  },
  ...cycle('hour_cycle', 'minute of the hour', minutes, 60),
  ...cycle('four_hour_cycle', 'minute of the four-hour block', minutes, 240),
  ...cycle('funding_cycle', 'minute of the eight hours between fundings of perpetual futures', minutes, 480),
  ...cycle('half_day_cycle', 'minute of the half day', minutes, 720),
  ...cycle('half_week_cycle', 'minute of the half week', weekMinutes, 5040),
  ...cycle('month_cycle', 'day of the month on a circle of 31', dayOfMonth(time), 31),
  {
    id: 'day_progress',
    doc: 'Part of the day that is over at the open of the bar.',
    unit: 'ratio',
    range: [0, 1],
    source: 'standard',
    formula: div(minutes, 1440),
  },
  {
    id: 'week_progress',
    doc: 'Part of the week that is over at the open of the bar.',
    unit: 'ratio',
    range: [0, 1],
    source: 'standard',
    formula: div(weekMinutes, 10_080),
  },
  {
    id: 'us_market_hours',
    doc: '1 on weekdays from 13:30 to 20:00, when the stock exchanges of New York are open in summer.',
    unit: 'flag',
    range: [0, 1],
    source: 'standard',
    formula: and(lt(weekday, 5), ge(minutes, 810), lt(minutes, 1200)),
  },
  {
    id: 'is_monday',
    doc: '1 on Monday.',
    unit: 'flag',
    range: [0, 1],
    source: 'standard',
    formula: lt(weekday, 1),
  },
])

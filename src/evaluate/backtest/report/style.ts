/** How a report looks: by day and by night, on a desk and on a phone, on paper. */
import { Markup } from './markup.ts'

/** The style sheet. */
export const style: Markup = new Markup(`
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1c2126; --faint: #5b6570; --rule: #d9dee3;
  --equity: #0b5fa5; --hold: #8a6100; --fall: #b3261e; --gain: #14713c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181c; --ink: #e7ebee; --faint: #a3adb6; --rule: #333b43;
    --equity: #6db3f2; --hold: #d9a53b; --fall: #f2837b; --gain: #6cc98f;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; }
p { margin: .5rem 0; }
.faint, caption, figcaption { color: var(--faint); }
.notice { border-left: 4px solid var(--hold); padding: .25rem .75rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; }
.cards div { border: 1px solid var(--rule); border-radius: .5rem; padding: .6rem .75rem; }
.cards dt { color: var(--faint); font-size: .85rem; }
.cards dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; }
.chart { display: grid; grid-template: auto 16rem auto / auto 1fr; gap: .25rem .5rem; margin: 1rem 0; }
.chart figcaption { grid-column: 1 / -1; }
.chart svg { width: 100%; height: 100%; overflow: visible; }
.values { display: flex; flex-direction: column; justify-content: space-between; text-align: right; }
.times { grid-column: 2; display: flex; justify-content: space-between; gap: .5rem; }
.values, .times { color: var(--faint); font-size: .8rem; font-variant-numeric: tabular-nums; }
.key { white-space: nowrap; margin-left: .75rem; color: var(--ink); }
.key::before { content: ""; display: inline-block; width: 1rem; height: .2rem; margin-right: .35rem; vertical-align: middle; background: currentColor; }
.key.equity::before { background: var(--equity); } .key.hold::before { background: var(--hold); } .key.fall::before { background: var(--fall); }
.line { fill: none; stroke-width: 1.5; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.line.equity { stroke: var(--equity); } .line.hold { stroke: var(--hold); } .line.fall { stroke: var(--fall); }
.area.fall { fill: var(--fall); opacity: .2; }
.grid { stroke: var(--rule); vector-effect: non-scaling-stroke; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap; }
th:first-child, td:first-child, .text { text-align: left; }
.gain { color: var(--gain); } .loss { color: var(--fall); }
.hash { font-family: ui-monospace, monospace; font-size: .8rem; overflow-wrap: anywhere; white-space: normal; text-align: left; }
@media (max-width: 40rem) { .chart { grid-template-rows: auto 11rem auto; } body { font-size: 15px; } }
@media print { .scroll { overflow: visible; } main { max-width: none; } }
`)

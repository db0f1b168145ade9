/** The look of the element. Colours follow the page's `color-scheme`; each can be set from outside. */

const text = `
:host { display: block; container-type: inline-size; }
:host([hidden]) { display: none; }
.card {
  --ground: var(--candlewick-ground, light-dark(#fffdfa, #1d1a16));
  --ink: var(--candlewick-ink, light-dark(#221e19, #f1ebe1));
  --muted: var(--candlewick-muted, light-dark(#665f55, #ada395));
  --line: var(--candlewick-line, light-dark(#e2dacd, #38322a));
  --soft: var(--candlewick-soft, light-dark(#f1ebe1, #26221d));
  --accent: var(--candlewick-accent, light-dark(#a84c06, #f5a04a));
  --long: var(--candlewick-long, light-dark(#0a7655, #35c490));
  --short: var(--candlewick-short, light-dark(#b9352c, #f4736a));
  --neutral: var(--candlewick-neutral, light-dark(#6d655b, #9b9184));
  --warn: var(--candlewick-warn, light-dark(#8a4b00, #ffd08a));
  --warn-ground: var(--candlewick-warn-ground, light-dark(#fff1d8, #32250f));
  display: grid;
  gap: 12px;
  box-sizing: border-box;
  padding: 14px 16px;
  border: 1px solid var(--line);
  border-radius: var(--candlewick-radius, 14px);
  background: var(--ground);
  color: var(--ink);
  font: var(--candlewick-font, 15px/1.45 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif);
  font-variant-numeric: tabular-nums;
}
p, dl, dd, ul { margin: 0; padding: 0; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 8px; }
.symbol, .reasons, .notice, .problem { overflow-wrap: anywhere; }
.symbol { font-size: 1.05em; letter-spacing: -0.01em; }
.soft, .waiting, .expiry, dt, thead th, small { color: var(--muted); }
.soft, .expiry, .provisional, .notice, .problem, dt, small, thead th { font-size: 0.86em; }
.provisional {
  margin-inline-start: auto;
  padding: 1px 10px;
  border: 1px dashed var(--accent);
  border-radius: 99px;
  color: var(--accent);
}
.verdict {
  display: flex;
  flex-wrap: wrap;
  align-items: baseline;
  gap: 2px 10px;
  padding: 9px 14px;
  border-radius: calc(var(--candlewick-radius, 14px) - 4px);
  background: color-mix(in srgb, var(--tone) 12%, transparent);
}
.long { --tone: var(--long); }
.short { --tone: var(--short); }
.neutral { --tone: var(--neutral); }
.sign, .side { color: var(--tone); font-size: 1.5em; line-height: 1.2; }
.neutral .side { color: var(--ink); }
.expiry { margin-inline-start: auto; }
.meters, .levels { display: grid; grid-template-columns: repeat(auto-fit, minmax(72px, 1fr)); gap: 10px 16px; }
.levels { grid-template-columns: repeat(3, minmax(0, 1fr)); }
dd { font-weight: 600; }
small { display: block; font-weight: 400; }
.bar { display: block; overflow: hidden; block-size: 4px; margin-block-start: 3px; border-radius: 2px; background: var(--line); }
.fill { display: block; block-size: 100%; border-radius: 2px; background: var(--tone, var(--accent)); }
/* A page in quirks mode lets tables inherit neither colour nor font. */
table { inline-size: 100%; table-layout: fixed; border-collapse: collapse; color: inherit; font: inherit; font-size: 0.92em; font-variant-numeric: inherit; }
th { text-align: start; font-weight: 600; }
thead th { padding: 0 10px 4px 0; font-weight: 400; }
td, th { white-space: nowrap; }
td, tbody th { padding: 5px 10px 6px 0; border-block-start: 1px solid var(--line); vertical-align: top; }
tr > :last-child { padding-inline-end: 0; }
.reasons, .notice, .problem { padding: 9px 14px; border-radius: calc(var(--candlewick-radius, 14px) - 4px); background: var(--soft); }
.reasons ul { margin-block-start: 2px; list-style: none; font-size: 0.92em; }
.reasons li { padding-inline-start: 1.2em; text-indent: -1.2em; }
.reasons li::before { content: '✕' / ''; display: inline-block; inline-size: 1.2em; color: var(--short); text-indent: 0; }
.notice { background: var(--warn-ground); color: var(--warn); }
.problem { background: color-mix(in srgb, var(--short) 12%, transparent); }
.stale { --ink: var(--muted); --long: var(--neutral); --short: var(--neutral); --accent: var(--neutral); }
.compact { gap: 8px; padding: 10px 12px; }
.compact .verdict { padding: 5px 10px; }
.compact .sign, .compact .side { font-size: 1.15em; }
.compact .levels { gap: 2px 12px; }
@container (max-width: 300px) {
  .expiry { margin-inline-start: 0; inline-size: 100%; }
  .levels { grid-template-columns: minmax(0, 1fr); gap: 4px; }
  .levels > div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 8px; }
  small { display: inline; margin-inline-start: 8px; }
  table { table-layout: auto; font-size: 0.82em; }
  thead th { letter-spacing: -0.02em; }
  td, tbody th, thead th { padding-inline-end: 5px; }
}
@media (prefers-reduced-motion: no-preference) {
  .card { transition: color 0.3s; }
}
`

let sheet: CSSStyleSheet | undefined

/** One sheet for all elements. A constructed sheet also passes a policy that forbids inline styles. */
export function styleSheet(): CSSStyleSheet {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(text)
  }
  return sheet
}

/** The look of the page, light and dark, on screen and on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --raised: #f6f7f9; --ink: #1a1f29; --quiet: #5c6675; --line: #dde1e7; --accent: #1f5fbf;
  --pass: #17733f; --fail: #b8232c; --recorded: #1f5fbf; --error: #8a35a8; --inconclusive: #8f5b00; --unsupported: #566070; --excluded: #566070;
  --s1: #0b62a4; --s2: #c2410c; --s3: #0a7d55; --s4: #8a35a8; --s5: #8f6400;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161d; --raised: #1a2029; --ink: #e4e8ee; --quiet: #9aa5b5; --line: #2d3541; --accent: #7fb2ff;
    --pass: #5fca8b; --fail: #ff7b7b; --recorded: #7fb2ff; --error: #d897f0; --inconclusive: #e5b45c; --unsupported: #a3adbb; --excluded: #a3adbb;
    --s1: #7fb2ff; --s2: #ff9b6b; --s3: #5fca8b; --s4: #d897f0; --s5: #e5b45c;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif; font-variant-numeric: tabular-nums; }
[hidden] { display: none !important; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .25rem .5rem; }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 1.75rem; font-weight: 650; letter-spacing: -.015em; margin: .5rem 0; }
h2 { font-size: 1.15rem; font-weight: 650; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
h3 small { color: var(--quiet); font-weight: 400; margin-left: .5rem; }
h4 { font-size: .8rem; margin: 1.25rem 0 .4rem; color: var(--quiet); font-weight: 600; }
code, pre { font-family: var(--mono); font-size: .86em; }
pre code { font-size: 1em; }
.brand { margin: 0 0 1.75rem; font-weight: 650; }
.brand span { color: var(--quiet); font-weight: 400; margin-left: .4rem; }
.outcome { display: inline-block; margin: 0; padding: .2rem .7rem; border-radius: 1rem; font-weight: 600; font-size: .85rem; color: var(--c); background: color-mix(in srgb, var(--c) 14%, transparent); --c: var(--error); }
.exit-0 { --c: var(--pass); } .exit-1 { --c: var(--fail); } .exit-2, .exit-130 { --c: var(--inconclusive); }
.lead { font-size: 1.05rem; color: var(--quiet); margin: 0 0 1.25rem; max-width: 46rem; }
.v-pass { --c: var(--pass); } .v-fail { --c: var(--fail); } .v-recorded { --c: var(--recorded); } .v-error { --c: var(--error); }
.v-inconclusive { --c: var(--inconclusive); } .v-unsupported { --c: var(--unsupported); } .v-excluded { --c: var(--excluded); }
.bar { display: flex; gap: 2px; height: .5rem; border-radius: .25rem; overflow: hidden; margin-bottom: 1.5rem; }
.bar span { background: var(--c); min-width: 3px; flex-basis: 0; }
.bar .v-unsupported, .bar .v-excluded { opacity: .45; }
dl { margin: 0; } dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); gap: .75rem 1.25rem; padding: 1rem 1.25rem; background: var(--raised); border-radius: .5rem; }
.facts dt { font-size: .8rem; }
.words > div { display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: .75rem; padding: .2rem 0; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; width: 100%; text-align: left; }
caption { text-align: left; color: var(--quiet); font-size: .8rem; padding-bottom: .3rem; }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--quiet); font-weight: 500; font-size: .8rem; white-space: nowrap; }
tbody th { font-weight: 600; white-space: nowrap; }
.matrix td, .matrix thead th:not(:first-child) { text-align: right; padding: .4rem .6rem; }
.matrix td[class^="v-"] { color: var(--c); font-weight: 650; background: color-mix(in srgb, var(--c) 9%, transparent); }
.matrix .zero { color: var(--quiet); opacity: .55; }
.matrix tfoot th, .matrix tfoot td { border-top: 2px solid var(--line); border-bottom: 0; }
.matrix thead th:first-child { width: 15%; }
.matrix { table-layout: fixed; min-width: 54rem; }
.matrix a { color: inherit; text-decoration-color: var(--line); text-underline-offset: .2em; }
.glyph { display: inline-block; width: 1em; margin-right: .3em; text-align: center; color: var(--c); font-weight: 700; }
.badge { display: inline-flex; align-items: baseline; white-space: nowrap; font-size: .8rem; font-weight: 600; color: var(--c); background: color-mix(in srgb, var(--c) 11%, transparent); padding: .1rem .55rem .1rem .35rem; border-radius: .3rem; }
.trouble { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; margin: .75rem 0; }
.trouble h3 { margin: 0 0 .6rem; }
.command { margin: .6rem 0 0; padding: .5rem .75rem; background: var(--raised); border-radius: .35rem; overflow-x: auto; white-space: pre; }
.controls { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; position: sticky; top: 0; background: var(--paper); padding: .6rem 0; border-bottom: 1px solid var(--line); z-index: 1; }
.controls label { font-weight: 600; }
.controls input { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--quiet); border-radius: .35rem; padding: .3rem .6rem; width: 15rem; max-width: 100%; }
.controls .buttons { display: flex; flex-wrap: wrap; gap: .35rem; }
.controls button { font: inherit; font-size: .85rem; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .35rem; padding: .25rem .6rem; cursor: pointer; }
.controls button:hover { border-color: var(--quiet); }
.controls button[aria-pressed="true"] { border-color: var(--c); background: color-mix(in srgb, var(--c) 14%, transparent); color: var(--c); font-weight: 600; }
#shown { margin: 0; color: var(--quiet); font-size: .85rem; }
.case { border-bottom: 1px solid var(--line); scroll-margin-top: 4rem; }
.area { scroll-margin-top: 4rem; }
.case summary { display: grid; grid-template-columns: 1rem 7.5rem 4.5rem minmax(0, 1fr) auto; gap: .6rem; align-items: baseline; padding: .45rem 0; cursor: pointer; list-style: none; }
.case summary::-webkit-details-marker { display: none; }
.case summary::before { content: '›'; color: var(--quiet); text-align: center; }
.case[open] summary::before { transform: rotate(90deg); }
.case summary:hover { background: var(--raised); }
.case .badge { justify-self: start; }
.case .id { font-family: var(--mono); font-size: .86em; }
.case .took { color: var(--quiet); font-size: .85rem; }
.case .body { padding: .25rem 0 1.5rem 1.6rem; }
.statistic { margin: .5rem 0 1rem; max-width: 40rem; }
.statistic small, .shares, .note, .legend { color: var(--quiet); font-size: .82rem; }
.shares { margin: 0; padding: 0; list-style: none; }
.decision { font-size: .82rem; font-weight: 600; color: var(--c); margin-left: .4rem; }
.chart { display: block; width: 100%; height: auto; margin: .4rem 0; font-size: 11px; color: var(--quiet); fill: currentColor; text-anchor: middle; }
.legend { margin: .2rem 0; } .key { display: inline-block; margin: 0 .3rem 0 .9rem; vertical-align: middle; }
.legend .key:first-child { margin-left: 0; }
.key-observed { width: .6rem; height: .6rem; border-radius: 50%; background: var(--accent); } .key-interval { width: 1.2rem; height: .25rem; background: var(--accent); }
.key-expected { width: 2px; height: 1rem; background: var(--ink); } .key-accept { width: 1.2rem; height: .8rem; background: var(--pass); opacity: .3; }
.traffic td:nth-child(3), .traffic td:nth-child(4), .traffic td:nth-child(6) { text-align: right; }
.traffic th:nth-child(3), .traffic th:nth-child(4), .traffic th:nth-child(6) { text-align: right; }
.traffic th, .traffic td { padding-right: 1.25rem; }
.data, .timeline { font-size: .87rem; margin-bottom: .75rem; }
.timeline .time { text-align: right; color: var(--quiet); font-family: var(--mono); white-space: nowrap; }
.timeline th:first-child { text-align: right; }
.timeline td { padding-top: .2rem; padding-bottom: .2rem; overflow-wrap: anywhere; }
.timeline .phase { color: var(--quiet); white-space: nowrap; overflow-wrap: normal; }
.lane { display: inline-block; min-width: 4rem; font-weight: 600; color: var(--c, var(--quiet)); }
.lane-client { --c: var(--accent); } .lane-server { --c: var(--error); } .lane-gate { --c: var(--pass); } .lane-change { --c: var(--inconclusive); }
.tone-bad td:last-child, .lane-trouble { color: var(--fail); }
.hash { overflow-wrap: anywhere; font-family: var(--mono); font-size: .85em; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); }
@media (max-width: 40rem) {
  body { padding: 1.25rem 1rem 3rem; } h1 { font-size: 1.4rem; }
  .facts { grid-template-columns: 1fr 1fr; padding: .75rem 1rem; }
  .words > div { grid-template-columns: 1fr; gap: 0; }
  .case summary { grid-template-columns: 1rem auto 1fr auto; } .case .title { grid-column: 2 / -1; grid-row: 2; }
  .case .body { padding-left: 0; } .controls { position: static; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --raised: #f6f7f9; --ink: #000; --quiet: #444; --line: #ccc; --accent: #1f5fbf;
    --pass: #17733f; --fail: #b8232c; --recorded: #1f5fbf; --error: #8a35a8; --inconclusive: #8f5b00; --unsupported: #566070; --excluded: #566070; }
  body { max-width: none; padding: 0; font-size: 10pt; } .controls, .skip { display: none; }
  .command, .scroll { white-space: pre-wrap; overflow: visible; } .scroll { white-space: normal; }
  .matrix { table-layout: auto; min-width: 0; } .matrix td, .matrix thead th:not(:first-child) { padding: .3rem .3rem; } .matrix .glyph { margin-right: .1em; }
  .trouble, .statistic, tr, summary { break-inside: avoid; } h2, h3, h4 { break-after: avoid; }
  .bar span, .badge, .matrix td { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

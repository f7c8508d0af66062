/** The one style sheet: dense, calm, light and dark by the system's choice, no external font or image. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --bg: #f6f7f8; --card: #fff; --line: #e1e5e9; --text: #1b2530; --dim: #6a7682; --link: #0b6b66;
  --good: #12875d; --warn: #b4690e; --bad: #c5303b; --quiet: #8a96a3; --track: #e8ecef;
  --good-bg: #e3f4ec; --warn-bg: #fcf0dd; --bad-bg: #fce8e9; --quiet-bg: #edf0f2;
  --v0: #0f766e; --v1: #e08a1e; --v2: #5b6bd6; --v3: #b8479a; --v4: #6c8f2c; --v5: #7a6a5c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #11161c; --card: #182028; --line: #2a343f; --text: #dfe6ec; --dim: #8c99a6; --link: #5cc8bf;
    --good: #3fbf8a; --warn: #e2a44a; --bad: #f0727a; --quiet: #7b8895; --track: #26303a;
    --good-bg: #15342a; --warn-bg: #39290f; --bad-bg: #3f1d22; --quiet-bg: #232c35;
    --v0: #2ba79c; --v1: #e9a043; --v2: #8793ef; --v3: #d670ba; --v4: #94b955; --v5: #a8988a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--bg); color: var(--text);
  font: 14px/1.45 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
a { color: inherit; text-decoration: none; }
a:hover { text-decoration: underline; }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
code { font: 12px/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
b { font-weight: 600; }
h1 { font-size: 20px; font-weight: 600; margin: 0 0 8px; overflow-wrap: anywhere; }
h2 { font-size: 12px; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; color: var(--dim); margin: 24px 0 8px; }
h3 { font-size: 15px; font-weight: 600; margin: 0; }
.dim { color: var(--dim); font-weight: 400; }
.nowrap { white-space: nowrap; }
.warn-text { color: var(--warn); }
.top {
  display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; padding: 10px 24px;
  background: var(--card); border-bottom: 1px solid var(--line);
}
.mark { display: flex; align-items: center; gap: 8px; font-weight: 650; font-size: 16px; }
.mark:hover { text-decoration: none; }
.warp { stroke: var(--v0); stroke-width: 2.4; }
.weft { stroke: var(--v1); stroke-width: 2.4; stroke-dasharray: 5 3; }
.mesh { color: var(--dim); }
.pages { display: flex; gap: 14px; color: var(--link); }
.matrix { max-height: 78vh; }
.matrix td { white-space: nowrap; }
.callers td:first-child { min-width: 160px; } .callers td:last-child { min-width: 280px; }
.matrix thead th { position: sticky; top: 0; z-index: 1; background: var(--card); }
.matrix tbody th { position: sticky; left: 0; background: var(--card); color: var(--text); }
.cell.all { color: var(--good); } .cell.some { color: var(--warn); } .cell.custom { color: var(--link); }
.cell.none { color: var(--dim); } .cell.none.bound { color: var(--bad); } .cell.unbound { opacity: .5; }
.live { margin-left: auto; color: var(--dim); font-size: 12px; }
.who { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 14px; font-size: 13px; overflow-wrap: anywhere; }
.who form { margin: 0; }
button {
  font: inherit; color: var(--text); background: var(--quiet-bg); border: 1px solid var(--line); border-radius: 6px;
  padding: 2px 10px; cursor: pointer;
}
button:focus-visible, input:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
.login { max-width: 420px; margin: 12vh auto 0; }
.login input {
  width: 100%; font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: 7px 10px; margin: 6px 0 12px;
}
.login .problem { color: var(--bad); }
.live.lost { color: var(--bad); }
main { max-width: 1240px; margin: 0 auto; padding: 16px 24px 48px; }
.figures { display: flex; flex-wrap: wrap; gap: 4px 24px; align-items: center; }
.back { margin: 0 0 12px; color: var(--dim); }
.dot { display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-right: 5px; background: var(--quiet); }
.dot.good { background: var(--good); } .dot.warn { background: var(--warn); } .dot.bad { background: var(--bad); }
.dot.v0 { background: var(--v0); } .dot.v1 { background: var(--v1); } .dot.v2 { background: var(--v2); }
.dot.v3 { background: var(--v3); } .dot.v4 { background: var(--v4); } .dot.v5 { background: var(--v5); }
.pill {
  display: inline-block; padding: 0 7px; border-radius: 9px; font-size: 12px; line-height: 18px; font-weight: 500;
  white-space: nowrap; background: var(--quiet-bg); color: var(--dim);
}
.pill + .pill, b + .pill, .cell .pill { margin-left: 6px; }
.pill.good { background: var(--good-bg); color: var(--good); }
.pill.warn { background: var(--warn-bg); color: var(--warn); }
.pill.bad { background: var(--bad-bg); color: var(--bad); }
h1 .pill { vertical-align: 3px; margin-left: 6px; }
.problems { border: 1px solid var(--bad); border-radius: 8px; background: var(--card); padding: 10px 14px; margin-top: 14px; }
.problems h2 { margin: 0 0 6px; color: var(--bad); }
.problems ul { margin: 0; padding: 0; list-style: none; }
.problems li { padding: 3px 0; overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(360px, 100%), 1fr)); gap: 12px; }
.card { min-width: 0; display: flex; flex-direction: column; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; }
.card-head { display: flex; align-items: baseline; gap: 8px; margin-bottom: 8px; }
.card-head code { margin-left: auto; }
.route { margin-bottom: 9px; }
.route-name { font-size: 13px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.bar { display: block; border-radius: 4px; margin: 4px 0; }
.track { fill: var(--track); }
.v0 { fill: var(--v0); } .v1 { fill: var(--v1); } .v2 { fill: var(--v2); } .v3 { fill: var(--v3); } .v4 { fill: var(--v4); } .v5 { fill: var(--v5); }
.weights { display: flex; flex-wrap: wrap; gap: 0 14px; font-size: 13px; overflow-wrap: anywhere; }
.weight.dim .dot { opacity: .35; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 1px 10px; margin: 4px 0 10px; font-size: 13px; }
.facts dt { color: var(--dim); } .facts dd { margin: 0; overflow-wrap: anywhere; }
.card-foot { margin-top: auto; border-top: 1px solid var(--line); padding-top: 8px; font-size: 13px; }
.empty { color: var(--dim); background: var(--card); border: 1px dashed var(--line); border-radius: 8px; padding: 20px; text-align: center; }
.section-head { display: flex; align-items: baseline; gap: 16px; }
.filter { display: flex; gap: 4px; font-size: 12px; }
.filter a { padding: 1px 9px; border-radius: 10px; color: var(--dim); }
.filter a.on { background: var(--quiet-bg); color: var(--text); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
table { width: 100%; border-collapse: collapse; font-size: 13px; }
th { text-align: left; font-weight: 500; font-size: 12px; color: var(--dim); padding: 6px 12px; border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: 5px 12px; border-bottom: 1px solid var(--line); vertical-align: middle; }
tbody tr:last-child td { border-bottom: 0; }
tbody tr:hover { background: color-mix(in srgb, var(--link) 5%, transparent); }
.number { text-align: right; }
.traces .root { max-width: 420px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.traces .spark { width: 130px; padding-left: 0; }
.span { fill: var(--v0); opacity: .55; }
.services { color: var(--dim); }
.figures + .scroll, .scroll + .scroll { margin-top: 14px; }
.waterfall .tree { max-width: 460px; min-width: 260px; }
.waterfall .lane-cell { width: 46%; min-width: 260px; padding-left: 4px; }
.waterfall td { border-bottom-color: color-mix(in srgb, var(--line) 55%, transparent); padding-top: 3px; padding-bottom: 3px; }
.indent { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; border-left: 0; }
.d1 { padding-left: 14px; } .d2 { padding-left: 28px; } .d3 { padding-left: 42px; } .d4 { padding-left: 56px; }
.d5 { padding-left: 70px; } .d6 { padding-left: 84px; } .d7 { padding-left: 98px; } .d8 { padding-left: 112px; }
.d9 { padding-left: 126px; } .d10 { padding-left: 140px; } .d11 { padding-left: 154px; } .d12 { padding-left: 168px; }
.attempt-name { font-size: 12px; }
.version { background: var(--quiet-bg); border-radius: 4px; padding: 0 5px; font-size: 12px; }
.reason { color: var(--dim); font-size: 12px; white-space: normal; overflow-wrap: anywhere; }
.lane { display: block; overflow: visible; }
.tick { stroke: var(--line); }
.attempt { opacity: .45; }
.call.warn, .attempt.warn, .meter .warn { fill: var(--warn); } .call.bad, .attempt.bad, .meter .bad { fill: var(--bad); }
.meter .good { fill: var(--good); } .meter { vertical-align: 2px; margin-left: 4px; }
.axis { display: flex; justify-content: space-between; font-weight: 400; }
@media (max-width: 640px) {
  main { padding: 12px; } .top { padding: 10px 12px; } .live:empty { display: none; }
}
`;

/** The page's own style: light or dark as the reader's system asks, figures always on white; prints on A4. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --ink: #1a1a1a; --soft: #5b6168; --line: #d8dce0; --panel: #f5f7f8;
  --good: #00674c; --good-back: #e2f4ee; --bad: #a03f00; --bad-back: #fdeadf;
  --open: #7a5600; --open-back: #fdf3da; --note: #00568a; --note-back: #e4f1f9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15181b; --ink: #e8eaec; --soft: #a5adb5; --line: #383e44; --panel: #1f2429;
    --good: #6fdcb7; --good-back: #0f2d24; --bad: #ffab7c; --bad-back: #381d0d;
    --open: #f3cf7a; --open-back: #332a10; --note: #8ccbf2; --note-back: #10283a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
main { max-width: 880px; margin: 0 auto; padding: 28px 24px 64px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 1.15rem; margin: 40px 0 10px; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
p { margin: 8px 0; }
.soft { color: var(--soft); }
.small { font-size: 0.86rem; }
.banner { border-left: 8px solid; border-radius: 4px; padding: 12px 18px; margin: 18px 0; }
.banner h2 { border: 0; margin: 0 0 4px; padding: 0; font-size: 1.25rem; }
.banner p { margin: 4px 0; color: var(--ink); }
.consistent { color: var(--good); background: var(--good-back); }
.inconsistent, .failed { color: var(--bad); background: var(--bad-back); }
.inconclusive, .unjudged { color: var(--open); background: var(--open-back); }
.note { color: var(--note); background: var(--note-back); border-left: 8px solid; border-radius: 4px;
  padding: 10px 18px; margin: 18px 0; }
.note p { color: var(--ink); margin: 2px 0; }
dl.key { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 12px; margin: 18px 0; }
dl.key div { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; }
dl.key dt { font-size: 0.82rem; color: var(--soft); }
dl.key dd { margin: 2px 0 0; font-size: 1.2rem; font-weight: 600; font-variant-numeric: tabular-nums; }
dl.key dd small { display: block; font-size: 0.8rem; font-weight: 400; color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; margin: 10px 0; }
th, td { text-align: left; vertical-align: top; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.number:last-child, th.number:last-child { padding-right: 0; }
code { font: 0.86em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
figure { margin: 26px 0; }
figure .sheet { background: #ffffff; border: 1px solid var(--line); border-radius: 6px; padding: 14px; }
figure svg { display: block; width: 100%; height: auto; max-width: 800px; margin: 0 auto; }
figcaption { font-size: 0.9rem; color: var(--soft); margin: 8px 2px 0; }
figcaption b { color: var(--ink); }
.pair { margin-bottom: 2px; } .pair b { font-weight: 600; white-space: nowrap; font-variant-numeric: tabular-nums; }
.severity { display: inline-block; white-space: nowrap; font-weight: 600; }
.severity.error { color: var(--bad); } .severity.warning { color: var(--open); } .severity.info { color: var(--note); }
@page { size: A4; margin: 14mm; }
@media print {
  :root { color-scheme: light; --page: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb; --panel: #ffffff;
    --good: #00674c; --good-back: #ffffff; --bad: #a03f00; --bad-back: #ffffff; --open: #7a5600;
    --open-back: #ffffff; --note: #00568a; --note-back: #ffffff; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  .banner, .note { border: 1px solid; border-left-width: 8px; }
  figure, tr, dl.key div, .banner { break-inside: avoid; }
  h2 { break-after: avoid; }
}
`;

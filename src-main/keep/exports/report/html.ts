/** A report as one HTML file that needs nothing else and runs nothing: no script, no request, all text escaped. */
import type { Severity } from '../../../../src-shared/domain/incident.ts';
import type { Bar, Block, Column, Day, Figure, ReportDocument } from './document.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --back: #fff; --code: #f6f8fa;
  --critical: #b42318; --warning: #8a5300; --info: #3b5b7a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #a5adb8; --line: #3a424d; --back: #14181d; --code: #1d232a;
  --critical: #ff8a7a; --warning: #e8b04f; --info: #8fb8e0; } }
@media print { :root { font-size: 10pt; --ink: #000; --soft: #444; --line: #bbb; --back: #fff; --code: #f4f4f4; --critical: #b42318; --warning: #8a5300; --info: #3b5b7a; } }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; color: var(--ink); background: var(--back);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0; } h1 + p { margin: .2rem 0 1rem; color: var(--soft); }
h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
h3 { font-size: 1.02rem; margin: 1.2rem 0 .25rem; } p { margin: .3rem 0 .6rem; }
.mark { font-size: .78rem; font-weight: 600; border: 1px solid currentColor; border-radius: .3rem; padding: 0 .4em; margin-right: .5em; }
.critical { color: var(--critical); } .warning { color: var(--warning); } .info { color: var(--info); }
dl { display: grid; grid-template-columns: minmax(7rem, auto) 1fr; gap: .15rem 1rem; margin: .4rem 0 .8rem; }
dt { color: var(--soft); } dd { margin: 0; }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 .9rem; font-size: .93rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; overflow-wrap: normal; } .wide { overflow-x: auto; } .right { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
pre { background: var(--code); padding: .5rem .7rem; border-radius: .3rem; white-space: pre-wrap; font-size: .88rem; }
svg { width: 100%; height: auto; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .soft { fill: var(--soft); }
svg line { stroke: var(--line); } svg rect { fill: currentColor; }
svg.days .critical, svg.days .warning, svg.days .info { fill: currentColor; } svg.days text { font-size: 13px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .7rem; margin: 1rem 0; padding: 0; list-style: none; }
.figures li { border: 1px solid var(--line); border-radius: .5rem; padding: .55rem .8rem .6rem; }
.figures b { display: block; font-size: 1.9rem; line-height: 1.15; font-weight: 650; font-variant-numeric: tabular-nums; }
.figures span { display: block; } .figures span + b + span { color: var(--soft); font-size: .85rem; }
.key { color: var(--soft); font-size: .85rem; } .key span { margin-right: 1.1em; } .key i { display: inline-block; width: .7em; height: .7em; margin-right: .4em; background: currentColor; border-radius: 2px; print-color-adjust: exact; }
@page { margin: 15mm; }
@media print { body { max-width: none; padding: 0; line-height: 1.35; } h2 { margin-top: .9rem; font-size: 1.1rem; } h3 { margin-top: .8rem; } .figures b { font-size: 1.5rem; } .wide { overflow: visible; } .page { break-after: page; } h2, h3 { break-after: avoid; } tr, svg { break-inside: avoid; } }
`;

const WORDS: Readonly<Record<Severity, string>> = { critical: 'Critical', warning: 'Warning', info: 'Note' };

function mark(severity: Severity | undefined): string {
  return severity === undefined ? '' : `<span class="mark ${severity}">${WORDS[severity]}</span>`;
}

function cell(tag: 'th' | 'td', text: string, { right }: Column): string {
  const scope = tag === 'th' ? ' scope="col"' : '';
  return `<${tag}${scope}${right ? ' class="right"' : ''}>${escaped(text)}</${tag}>`;
}

const WIDTH = 900;
const ROW = 38;
const LEAST_WIDTH = 4;

function barSvg({ label, severity, first, last }: Bar, row: number, from: number, to: number): string {
  const scale = WIDTH / Math.max(1, to - from);
  const x = Math.min(WIDTH - LEAST_WIDTH, Math.max(0, (first - from) * scale));
  const width = Math.max(LEAST_WIDTH, Math.min(WIDTH - x, (last - first) * scale));
  const y = row * ROW;
  const said = escaped(`${WORDS[severity]}: ${label}`);
  return (
    `<g class="${severity}"><text x="0" y="${y + 14}">${said}</text>` +
    `<rect x="${x.toFixed(1)}" y="${y + 20}" width="${width.toFixed(1)}" height="9" rx="2"/></g>`
  );
}

function clock(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function timeline(from: number, to: number, bars: readonly Bar[]): string {
  const height = bars.length * ROW + 24;
  const base = height - 20;
  return (
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Incidents over time, ${bars.length} of them">` +
    bars.map((bar, row) => barSvg(bar, row, from, to)).join('') +
    `<line x1="0" y1="${base}" x2="${WIDTH}" y2="${base}"/><text class="soft" x="0" y="${height - 4}">${clock(from)}</text>` +
    `<text class="soft" x="${WIDTH}" y="${height - 4}" text-anchor="end">${clock(to)}</text></svg>`
  );
}

function figuresHtml(items: readonly Figure[]): string {
  const figure = ({ label, value, note, severity }: Figure): string =>
    `<li><span>${escaped(label)}</span><b${severity ? ` class="${severity}"` : ''}>${escaped(value)}</b><span>${escaped(note)}</span></li>`;
  return `<ul class="figures">${items.map(figure).join('')}</ul>`;
}

const CHART = 130;
const HEAD = 18;
const GRADES = ['critical', 'warning', 'info'] as const;
/** More days have no room for what stands above and below each. */
const LABELLED = 16;

const totalOf = ({ counts }: Day): number => counts.critical + counts.warning + counts.info;

function dayText(day: Day): string {
  if (day.unseen && totalOf(day) === 0) return `${day.label}: not watched`;
  return `${day.label}: ${GRADES.map((grade) => `${day.counts[grade]} ${WORDS[grade].toLowerCase()}`).join(', ')}`;
}

function daySvg(day: Day, at: number, step: number, most: number, every: number): string {
  const wide = Math.min(70, step * 0.7);
  const x = at * step + (step - wide) / 2;
  let y = HEAD + CHART;
  // The gravest stand at the bottom, where days compare.
  const parts = GRADES.map((grade) => {
    const height = (day.counts[grade] / most) * CHART;
    y -= height;
    return height === 0
      ? ''
      : `<rect class="${grade}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${wide.toFixed(1)}" height="${height.toFixed(1)}"/>`;
  });
  const middle = (at * step + step / 2).toFixed(1);
  const count = totalOf(day);
  const above = day.unseen && count === 0 ? 'not watched' : String(count);
  const head =
    every === 1
      ? `<text class="soft" x="${middle}" y="${(y - 5).toFixed(1)}" text-anchor="middle">${above}</text>`
      : '';
  const foot =
    at % every === 0
      ? `<text x="${middle}" y="${HEAD + CHART + 18}" text-anchor="middle">${escaped(day.label)}</text>`
      : '';
  return `<g><title>${escaped(dayText(day))}</title>${parts.join('')}${head}${foot}</g>`;
}

function daysHtml(days: readonly Day[]): string {
  const step = WIDTH / days.length;
  const most = Math.max(1, ...days.map(totalOf));
  const every = Math.ceil(days.length / LABELLED);
  const key = GRADES.map((grade) => `<span><i class="${grade}"></i>${WORDS[grade]}</span>`).join('');
  return (
    `<svg class="days" viewBox="0 0 ${WIDTH} ${HEAD + CHART + 24}" role="img" aria-label="${escaped(days.map(dayText).join('; '))}">` +
    days.map((day, at) => daySvg(day, at, step, most, every)).join('') +
    `<line x1="0" y1="${HEAD + CHART}" x2="${WIDTH}" y2="${HEAD + CHART}"/></svg>\n<p class="key">${key}</p>`
  );
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'title':
      return `<h1>${escaped(block.text)}</h1>\n<p>${escaped(block.under)}</p>`;
    case 'heading':
      return `<h${block.level}>${mark(block.severity)}${escaped(block.text)}</h${block.level}>`;
    case 'text':
      return block.strong ? `<p><strong>${escaped(block.text)}</strong></p>` : `<p>${escaped(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul>`;
    case 'facts':
      return `<dl>${block.rows.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`;
    case 'table': {
      const { columns, rows } = block;
      const head = columns.map((column) => cell('th', column.title, column)).join('');
      const body = rows.map((row) => `<tr>${columns.map((c, i) => cell('td', row[i] ?? '', c)).join('')}</tr>`);
      return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
    }
    case 'code':
      return `<pre>${escaped(block.text)}</pre>`;
    case 'timeline':
      return timeline(block.from, block.to, block.bars);
    case 'figures':
      return figuresHtml(block.items);
    case 'days':
      return daysHtml(block.days);
    case 'page':
      return '<div class="page"></div>';
  }
}

/** The whole file. */
export function reportHtml({ title, blocks }: ReportDocument): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  return (
    `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="${policy}">\n` +
    `<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>${escaped(title)}</title>\n<style>${STYLE}</style>\n</head>\n` +
    `<body>\n<main>\n${blocks.map(blockHtml).join('\n')}\n</main>\n</body>\n</html>\n`
  );
}

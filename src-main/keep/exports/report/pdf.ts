/**
 * A report as PDF (A4). Set in the fonts every reader has; characters they lack (scripts beyond western European ones) become "?",
 * which the HTML form shows as they are. The same document gives the same bytes.
 */
import PdfKit from 'pdfkit';
import type { Severity } from '../../../../src-shared/domain/incident.ts';
import type { Bar, Block, Column, Day, Figure, ReportDocument } from './document.ts';

const MARGIN = 48;
const SIZE = 9.5;
const SMALL = 8.5;
/** Points that stay together below a heading: the head of a table and its first rows. */
const HEADED = 90;
/**
 * Of the width, what lines of text take: easier to read, and room for readers that have none of the standard fonts and set wider
 * ones in their place (DejaVu Sans is a sixth wider).
 */
const MEASURE = 0.84;
/** For the severity before a heading, points. */
const MARK_WIDTH = 56;
/** Blocks that are set in one go. */
const STEP = 20;
const INK = '#1b1f24';
const SOFT = '#57606a';
const LINE = '#d0d7de';
const COLOURS: Readonly<Record<Severity, string>> = { critical: '#b42318', warning: '#8a5300', info: '#3b5b7a' };
const WORDS: Readonly<Record<Severity, string>> = { critical: 'Critical', warning: 'Warning', info: 'Note' };
const BODY = 'Helvetica';
const BOLD = 'Helvetica-Bold';
const FIXED = 'Courier';

/** What the standard fonts have beside Latin-1 (Windows code page 1252). */
const EXTRA = '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ';
const ALIKE: Readonly<Record<string, string>> = {
  '≥': '>=',
  '≤': '<=',
  '→': '->',
  '−': '-',
  '\u00a0': ' ',
  '\u202f': ' ',
};

function settable(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (c) => ALIKE[c] ?? (/[\u00a1-\u00ff]/.test(c) || EXTRA.includes(c) ? c : '?'));
}

type Pdf = InstanceType<typeof PdfKit>;

class Page {
  private readonly pdf: Pdf;

  constructor(pdf: Pdf) {
    this.pdf = pdf;
  }

  private get width(): number {
    return this.pdf.page.width - 2 * MARGIN;
  }

  private get measure(): number {
    return this.width * MEASURE;
  }

  private get bottom(): number {
    return this.pdf.page.height - MARGIN;
  }

  /** Goes to the next page where less than `height` is left. */
  private room(height: number): void {
    if (this.pdf.y + height > this.bottom) this.pdf.addPage();
  }

  block(block: Block): void {
    const { pdf } = this;
    switch (block.kind) {
      case 'title':
        pdf.font(BOLD).fontSize(20).fillColor(INK).text(settable(block.text), MARGIN, pdf.y, { width: this.measure });
        pdf.font(BODY).fontSize(11).fillColor(SOFT).text(settable(block.under), { width: this.measure }).moveDown(0.6);
        break;
      case 'heading':
        this.heading(block.text, block.level, block.severity);
        break;
      case 'text':
        pdf
          .font(block.strong ? BOLD : BODY)
          .fontSize(block.strong ? 11 : SIZE)
          .fillColor(INK);
        pdf.text(settable(block.text), MARGIN, pdf.y, { width: this.measure, lineGap: 1.5 }).moveDown(0.4);
        break;
      case 'list':
        for (const item of block.items) this.item(item);
        pdf.moveDown(0.4);
        break;
      case 'facts':
        this.rows(
          [
            { title: '', width: 2 },
            { title: '', width: 8 },
          ],
          block.rows,
          true,
        );
        break;
      case 'table':
        this.table(block.columns, block.rows);
        break;
      case 'code':
        pdf.font(FIXED).fontSize(8).fillColor(INK);
        pdf.text(settable(block.text), MARGIN, pdf.y, { width: this.width }).moveDown(0.6);
        break;
      case 'timeline':
        this.timeline(block.from, block.to, block.bars);
        break;
      case 'figures':
        this.figures(block.items);
        break;
      case 'days':
        this.days(block.days);
        break;
      case 'page':
        pdf.addPage();
        break;
    }
  }

  private heading(text: string, level: 2 | 3, severity: Severity | undefined): void {
    const { pdf } = this;
    const size = level === 2 ? 14 : 10.5;
    this.room(level === 2 ? HEADED : size * 4);
    pdf.moveDown(level === 2 ? 0.8 : 0.4);
    pdf.font(BOLD).fontSize(size).fillColor(INK);
    const indent = severity === undefined ? 0 : MARK_WIDTH;
    const { y } = pdf;
    if (severity !== undefined) {
      pdf.fillColor(COLOURS[severity]).text(WORDS[severity], MARGIN, y, { lineBreak: false });
      pdf.fillColor(INK);
    }
    pdf.text(settable(text), MARGIN + indent, y, { width: this.measure - indent });
    pdf.x = MARGIN;
    pdf.moveDown(0.25);
  }

  private item(text: string): void {
    const { pdf } = this;
    pdf.font(BODY).fontSize(SIZE).fillColor(INK);
    const width = this.measure - 12;
    this.room(pdf.heightOfString(settable(text), { width }));
    const { y } = pdf;
    pdf.text('•', MARGIN, y, { width: 10 });
    pdf.text(settable(text), MARGIN + 12, y, { width, lineGap: 1.5 });
  }

  private table(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
    const head = columns.map(({ title }) => title);
    this.room(SIZE * 5);
    this.pdf.font(BOLD).fontSize(SMALL).fillColor(SOFT);
    this.row(columns, head, false, true);
    this.rows(columns, rows, false);
  }

  private rows(columns: readonly Column[], rows: readonly (readonly string[])[], named: boolean): void {
    this.pdf.font(BODY).fontSize(named ? SIZE : SMALL);
    for (const row of rows) this.row(columns, row, named);
    this.pdf.x = MARGIN;
    this.pdf.moveDown(0.6);
  }

  /** One row; a cell that is longer than a page is cut. */
  private row(columns: readonly Column[], cells: readonly string[], named = false, head = false): void {
    const { pdf } = this;
    const whole = columns.reduce((sum, { width }) => sum + width, 0);
    const widths = columns.map(({ width }) => (width / whole) * this.width - 8);
    // Where text begins at the left, wider fonts would go on into the next column.
    const measures = columns.map(({ right }, i) => widths[i]! * (right ? 1 : MEASURE));
    const texts = columns.map((_, i) => settable(cells[i] ?? ''));
    const most = this.bottom - MARGIN - 6;
    const height = Math.min(
      most,
      Math.max(...texts.map((text, i) => pdf.heightOfString(text || ' ', { width: measures[i]! }))),
    );
    this.room(height + 4);
    const { y } = pdf;
    let x = MARGIN;
    for (const [i, { right }] of columns.entries()) {
      if (named) pdf.fillColor(i === 0 ? SOFT : INK);
      else if (!head) pdf.fillColor(INK);
      pdf.text(texts[i]!, x, y, {
        width: measures[i]!,
        height: height + 1,
        ellipsis: true,
        align: right ? 'right' : 'left',
      });
      x += widths[i]! + 8;
    }
    pdf.y = y + height + 3;
    if (!named)
      pdf
        .moveTo(MARGIN, pdf.y - 1)
        .lineTo(MARGIN + this.width, pdf.y - 1)
        .lineWidth(0.4)
        .strokeColor(LINE)
        .stroke();
  }

  private figures(items: readonly Figure[]): void {
    const { pdf } = this;
    const gap = 8;
    const height = 68;
    const wide = (this.width - gap * (items.length - 1)) / items.length;
    this.room(height);
    const { y } = pdf;
    for (const [at, { label, value, note, severity }] of items.entries()) {
      const x = MARGIN + at * (wide + gap);
      pdf.roundedRect(x, y, wide, height, 4).lineWidth(0.6).strokeColor(LINE).stroke();
      const line = { width: wide - 16, height: 12, ellipsis: true, lineBreak: false };
      pdf
        .font(BODY)
        .fontSize(SMALL)
        .fillColor(INK)
        .text(settable(label), x + 8, y + 7, line);
      pdf
        .font(BOLD)
        .fontSize(20)
        .fillColor(severity ? COLOURS[severity] : INK);
      pdf.text(settable(value), x + 8, y + 19, { ...line, height: 24 });
      pdf
        .font(BODY)
        .fontSize(7.5)
        .fillColor(SOFT)
        .text(settable(note), x + 8, y + 43, { width: (wide - 16) * MEASURE, height: 20, ellipsis: true });
    }
    pdf.x = MARGIN;
    pdf.y = y + height + 4;
  }

  private days(days: readonly Day[]): void {
    const { pdf, width } = this;
    const high = 62;
    this.room(high + 40);
    const top = pdf.y + 12;
    const most = Math.max(1, ...days.map(({ counts }) => counts.critical + counts.warning + counts.info));
    const step = width / days.length;
    const every = Math.ceil(days.length / 16);
    for (const [at, day] of days.entries()) this.day(day, MARGIN + at * step, step, { top, high, most, every, at });
    pdf
      .moveTo(MARGIN, top + high)
      .lineTo(MARGIN + width, top + high)
      .lineWidth(0.6)
      .strokeColor(LINE)
      .stroke();
    let x = MARGIN;
    for (const grade of GRADES) {
      pdf.rect(x, top + high + 18, 6, 6).fill(COLOURS[grade]);
      pdf
        .font(BODY)
        .fontSize(8)
        .fillColor(SOFT)
        .text(WORDS[grade], x + 9, top + high + 17, { lineBreak: false });
      x += 60;
    }
    pdf.x = MARGIN;
    pdf.y = top + high + 30;
  }

  private day({ label, counts, unseen }: Day, x: number, step: number, chart: Chart): void {
    const { pdf } = this;
    const { top, high, most, every, at } = chart;
    const wide = Math.min(46, step * 0.7);
    let y = top + high;
    for (const grade of GRADES) {
      const height = (counts[grade] / most) * high;
      y -= height;
      if (height > 0) pdf.rect(x + (step - wide) / 2, y, wide, height).fill(COLOURS[grade]);
    }
    const count = counts.critical + counts.warning + counts.info;
    pdf.font(BODY).fontSize(8).fillColor(SOFT);
    const line = { width: step, align: 'center' as const, lineBreak: false };
    if (every === 1) pdf.text(unseen && count === 0 ? 'not watched' : String(count), x, y - 10, line);
    if (at % every === 0) pdf.fillColor(INK).text(settable(label), x, top + high + 4, line);
  }

  private timeline(from: number, to: number, bars: readonly Bar[]): void {
    const { pdf, width } = this;
    const scale = width / Math.max(1, to - from);
    for (const { label, severity, first, last } of bars) {
      this.room(25);
      const { y } = pdf;
      pdf.font(BODY).fontSize(SMALL).fillColor(COLOURS[severity]);
      pdf.text(settable(`${WORDS[severity]}: ${label}`), MARGIN, y, { width, height: 11, ellipsis: true });
      const x = Math.min(width - 3, Math.max(0, (first - from) * scale));
      const long = Math.max(3, Math.min(width - x, (last - first) * scale));
      pdf.rect(MARGIN + x, y + 12, long, 5).fill(COLOURS[severity]);
      pdf.y = y + 21;
    }
    this.room(20);
    const { y } = pdf;
    pdf
      .moveTo(MARGIN, y)
      .lineTo(MARGIN + width, y)
      .lineWidth(0.6)
      .strokeColor(LINE)
      .stroke();
    pdf.font(BODY).fontSize(8).fillColor(SOFT);
    pdf.text(clock(from), MARGIN, y + 4, { width, lineBreak: false });
    pdf.text(clock(to), MARGIN, y + 4, { width, align: 'right', lineBreak: false });
    pdf.x = MARGIN;
    pdf.y = y + 20;
  }
}

/** The gravest stand at the bottom, where days compare. */
const GRADES: readonly Severity[] = ['critical', 'warning', 'info'];

interface Chart {
  top: number;
  high: number;
  most: number;
  /** Days from one label to the next. */
  every: number;
  at: number;
}

function clock(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** The whole file. */
export async function reportPdf({ title, date, blocks }: ReportDocument): Promise<Uint8Array> {
  const made = new Date(date);
  const pdf = new PdfKit({
    size: 'A4',
    margin: MARGIN,
    bufferPages: true,
    lang: 'en',
    displayTitle: true,
    info: { Title: settable(title), Creator: 'Sonde', Producer: 'Sonde', CreationDate: made, ModDate: made },
  });
  const parts: Uint8Array[] = [];
  const done = new Promise<Uint8Array>((resolve, reject) => {
    pdf.on('data', (part: Uint8Array) => parts.push(part));
    pdf.on('end', () => resolve(Buffer.concat(parts)));
    pdf.on('error', reject);
  });
  const page = new Page(pdf);
  for (const [at, block] of blocks.entries()) {
    page.block(block);
    // Setting a long report takes a second: others have their turn in between.
    if (at % STEP === STEP - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  number(pdf);
  pdf.end();
  return done;
}

/** Writes each page's number below its text. */
function number(pdf: Pdf): void {
  const { count } = pdf.bufferedPageRange();
  for (let i = 0; i < count; i++) {
    pdf.switchToPage(i);
    // Below the margin nothing begins a new page.
    pdf.page.margins.bottom = 0;
    pdf.font(BODY).fontSize(8).fillColor(SOFT);
    const at = pdf.page.height - MARGIN + 14;
    pdf.text(`${i + 1} of ${count}`, MARGIN, at, {
      width: pdf.page.width - 2 * MARGIN,
      align: 'right',
      lineBreak: false,
    });
  }
}

/** Lines of a text, told apart in whatever pieces it comes. */
import type { RecordParser, RecordSink } from './record.ts';

const NEWLINE = 0x0a;
/** A record of a flow is a few hundred bytes; longer lines are damage, or somebody else's. */
const LINE_MAX = 1 << 20;

export abstract class LineParser implements RecordParser {
  protected readonly sink: RecordSink;
  /** Of the line at hand, from 1. */
  protected line = 0;
  /** Within a line that was given up. */
  private skipping = false;

  constructor(sink: RecordSink) {
    this.sink = sink;
  }

  /** One line, without its end. */
  protected abstract read(text: string, offset: number): void;

  parse(bytes: Buffer, from: number, to: number, offset: number, final: boolean): number {
    let at = from;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, at);
      if (end < 0 || end >= to) break;
      this.take(bytes, at, end, offset + at - from);
      at = end + 1;
    }
    if (final && at < to) {
      this.take(bytes, at, to, offset + at - from);
      return to - from;
    }
    if (to - at <= LINE_MAX) return at - from;
    if (!this.skipping) this.sink.bad(offset + at - from, `line ${this.line + 1}`, 'it is longer than a megabyte');
    this.skipping = true;
    return to - from;
  }

  private take(bytes: Buffer, from: number, to: number, offset: number): void {
    this.line++;
    if (this.skipping) {
      this.skipping = false;
      return;
    }
    if (to - from > LINE_MAX) {
      this.sink.bad(offset, `line ${this.line}`, 'it is longer than a megabyte');
      return;
    }
    const end = to > from && bytes[to - 1] === 0x0d ? to - 1 : to;
    if (end > from) this.read(bytes.toString('utf8', from, end), offset);
  }

  protected bad(offset: number, reason: string): void {
    this.sink.bad(offset, `line ${this.line}`, reason);
  }
}

/** The first line of a text, without its end; undefined where it does not end within `head`. */
export function firstLine(head: Buffer): string | undefined {
  const end = head.indexOf(NEWLINE);
  return end < 0 ? undefined : head.toString('utf8', 0, end).replace(/\r$/, '');
}

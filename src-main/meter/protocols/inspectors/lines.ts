/** Protocols whose both sides speak in lines (FTP, SMTP, POP3, IMAP, IRC). */
import { find, lineText } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import type { Session } from '../inspector.ts';

/** Bytes of a line that are kept; the rest of a longer one is passed over. */
const LINE_MAX = 4096;

/** An account as far as no secret can stand in it: up to the first blank. */
export function firstWord(text: string): string {
  const words = text.trimStart();
  const end = words.search(/\s/);
  return end < 0 ? words : words.slice(0, end);
}

export abstract class LineSession implements Session {
  /** Whether the originator is the one who asks; null until that is known. */
  private asker: boolean | null = null;
  private readonly passing: [boolean, boolean] = [false, false];
  /** Bytes of the unfinished line that were searched for its end. */
  private readonly searched: [number, number] = [0, 0];

  /** One line without its end, for people; called in order. */
  abstract line(flow: FlowContext, fromOrig: boolean, line: string): void;

  /**
   * Whether the end that speaks is the one to say such a thing: to ask (`asks`), or to answer. Who opened a connection asks;
   * where the opening was not seen, the first line decides. A client that writes answers itself hides how its tries end.
   */
  protected mayAsk(flow: FlowContext, fromOrig: boolean, asks: boolean): boolean {
    this.asker ??= flow.opened || fromOrig === asks;
    return this.asker === (fromOrig === asks);
  }

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    const dir = fromOrig ? 0 : 1;
    let next = at;
    while (next < end) {
      const lf = find(data, 0x0a, next + this.searched[dir], end);
      this.searched[dir] = 0;
      if (lf < 0) {
        if (end - next <= LINE_MAX) {
          this.searched[dir] = end - next;
          return next;
        }
        if (!this.passing[dir]) this.line(flow, fromOrig, lineText(data, next, next + LINE_MAX));
        this.passing[dir] = true;
        return end;
      }
      if (this.passing[dir]) this.passing[dir] = false;
      else this.line(flow, fromOrig, lineText(data, next, lf));
      next = lf + 1;
      if (flow.finished || flow.session !== this || flow.stream(dir).stopped) return next;
    }
    return next;
  }

  gap(_flow: FlowContext, fromOrig: boolean): boolean {
    this.passing[fromOrig ? 0 : 1] = true;
    this.searched[fromOrig ? 0 : 1] = 0;
    return true;
  }
}

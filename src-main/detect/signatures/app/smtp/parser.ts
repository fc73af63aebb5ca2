/** SMTP (RFC 5321) with its mails; BDAT (RFC 3030), STARTTLS (RFC 3207). */
import { Collector, latin } from '../bytes.ts';
import { LIMITS } from '../limits.ts';
import { usual, type AppContext, type AppParser, type AppProtocol, type Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import { nextLine } from '../text.ts';
import type { AppFlowOptions, Direction } from '../types.ts';
import { addMail } from './mail.ts';

class SmtpParser implements AppParser {
  readonly #context: AppContext;
  #side: Side | null = null;
  #mail: Collector | null = null;
  #helo = '';
  #count = 0;
  #state: 'commands' | 'data' | 'chunk' | 'tls' = 'commands';
  /** Bytes of a BDAT chunk to come, and whether it is the last. */
  #left = 0;
  #last = false;

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array, last: boolean): number {
    return direction === 0 ? this.#client(bytes, last) : this.#server(bytes, last);
  }

  end(direction: Direction): void {
    if (direction === 0) this.#finish();
  }

  #client(bytes: Uint8Array, last: boolean): number {
    let at = 0;
    while (at < bytes.length && this.#state !== 'tls') {
      if (this.#state === 'chunk') {
        at += this.#chunk(bytes.subarray(at));
        continue;
      }
      const line = nextLine(bytes, at, last);
      if (line === null) break;
      if (this.#state === 'data') this.#content(bytes.subarray(at, line.next));
      else this.#command(line.text);
      at = line.next;
    }
    return at;
  }

  /** A line of a mail; a dot alone ends it, and one before other text is doubled. */
  #content(line: Uint8Array): void {
    if (line[0] !== 46) this.#mail?.add(line);
    else if (/^\.\r?\n?$/.test(latin(line, 0, 4)) && line.length <= 3) this.#finish();
    else this.#mail?.add(line.subarray(1));
  }

  #chunk(bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.#left);
    this.#mail?.add(part);
    this.#left -= part.length;
    if (this.#left > 0) return part.length;
    this.#state = 'commands';
    if (this.#last) this.#finish();
    return part.length;
  }

  #open(): Side {
    return (this.#side ??= new Side('smtp', 0, this.#count));
  }

  #command(line: string): void {
    const word = /^[a-z]+/i.exec(line)?.[0].toUpperCase() ?? '';
    const rest = line.slice(word.length).trim();
    if (word === 'HELO' || word === 'EHLO') {
      this.#helo = rest;
      this.#open();
    } else if (word === 'MAIL') this.#open().add('smtp.mail_from', path(rest, /^from\s*:\s*/i));
    else if (word === 'RCPT') this.#open().add('smtp.rcpt_to', path(rest, /^to\s*:\s*/i));
    else if (word === 'DATA') this.#begin('data');
    else if (word === 'BDAT') {
      this.#begin('chunk');
      this.#left = Math.min(0x7fff_ffff, Number.parseInt(rest, 10) || 0);
      this.#last = /\blast\b/i.test(rest);
      if (this.#left === 0) this.#chunk(new Uint8Array(0));
    } else if (word === 'RSET') this.#finish();
    else if (word === 'STARTTLS') this.#state = 'tls';
  }

  #begin(state: 'data' | 'chunk'): void {
    this.#open();
    this.#mail ??= new Collector(LIMITS.body);
    this.#state = state;
  }

  #finish(): void {
    const side = this.#side;
    if (side !== null) {
      if (this.#helo !== '') side.add('smtp.helo', this.#helo);
      if (this.#mail !== null) addMail(side, this.#mail.bytes());
      this.#context.transaction(side.done());
      this.#count += 1;
    }
    this.#side = null;
    this.#mail = null;
    if (this.#state !== 'tls') this.#state = 'commands';
  }

  #server(bytes: Uint8Array, last: boolean): number {
    let at = 0;
    while (at < bytes.length) {
      const line = nextLine(bytes, at, last);
      if (line === null) break;
      at = line.next;
      if (this.#state !== 'tls' || !/^\d{3}(?: |$)/.test(line.text)) continue;
      // The answer to STARTTLS, or to what was asked before it.
      if (line.text.startsWith('220')) {
        this.#finish();
        this.#context.become('tls');
        break;
      }
      if (/^[45]/.test(line.text)) this.#state = 'commands';
    }
    return at;
  }
}

/** The path of MAIL and RCPT, without parameters. */
function path(text: string, before: RegExp): string {
  const rest = text.replace(before, '');
  const end = rest.startsWith('<') ? rest.indexOf('>') + 1 : rest.search(/\s/);
  return end > 0 ? rest.slice(0, end) : rest;
}

function recognise(bytes: Uint8Array, direction: Direction, options: AppFlowOptions): Verdict {
  const text = latin(bytes, 0, 256);
  if (direction === 0) {
    if (/^(?:ehlo|helo|lhlo)(?: |\r|\n)/i.test(text) || /^mail from\s*:/i.test(text)) return 'yes';
    const words = ['EHLO ', 'HELO ', 'LHLO ', 'MAIL FROM:'];
    return words.some((word) => word.startsWith(text.toUpperCase())) ? 'more' : 'no';
  }
  if (!/^220(?:[ -]|$)/.test(text)) return text.length < 4 && '220 '.startsWith(text) ? 'more' : 'no';
  if (/^220[ -][^\r\n]*smtp/i.test(text) || usual(options, 25, 465, 587, 2525)) return 'yes';
  return usual(options, 21, 2121) ? 'no' : 'more';
}

export const smtp: AppProtocol = {
  name: 'smtp',
  transport: 'tcp',
  streamBeginsWith: (byte) => '2EeHhLlMm'.includes(String.fromCharCode(byte)),
  recognise,
  open: (context) => new SmtpParser(context),
};

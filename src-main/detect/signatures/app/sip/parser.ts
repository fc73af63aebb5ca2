/** SIP (RFC 3261) over UDP and TCP. */
import { CR, latin, LF } from '../bytes.ts';
import { LIMITS } from '../limits.ts';
import type { AppContext, AppParser, AppProtocol, Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import type { Direction } from '../types.ts';
import { addSdp } from './sdp.ts';

/** Buffers of header fields, by long and short name (RFC 3261, 7.3.3). */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ['from', 'sip.from'],
  ['f', 'sip.from'],
  ['to', 'sip.to'],
  ['t', 'sip.to'],
  ['via', 'sip.via'],
  ['v', 'sip.via'],
  ['user-agent', 'sip.user_agent'],
  ['content-type', 'sip.content_type'],
  ['c', 'sip.content_type'],
  ['content-length', 'sip.content_length'],
  ['l', 'sip.content_length'],
]);
const LENGTHS = ['content-length', 'l'];
const BODY_MAX = 128 * 1024;

interface Head {
  readonly line: string;
  readonly fields: readonly (readonly [string, string])[];
  /** Where the body starts. */
  readonly end: number;
}

/** Where the empty line ends; -1: there is none. */
function headEnd(data: Uint8Array): number {
  const text = Buffer.from(data.buffer, data.byteOffset, Math.min(data.length, LIMITS.headers));
  const crlf = text.indexOf('\r\n\r\n');
  const lf = text.indexOf('\n\n');
  if (crlf >= 0 && (lf < 0 || crlf < lf)) return crlf + 4;
  return lf < 0 ? -1 : lf + 2;
}

function readHead(data: Uint8Array, end: number): Head {
  const [line = '', ...rest] = latin(data, 0, end).split(/\r?\n/);
  const fields: [string, string][] = [];
  for (const one of rest.slice(0, LIMITS.headerCount)) {
    const colon = one.indexOf(':');
    const before = fields.at(-1);
    if (/^[ \t]/.test(one) && before !== undefined) before[1] += ` ${one.trim()}`;
    else if (colon > 0) fields.push([one.slice(0, colon).trim().toLowerCase(), one.slice(colon + 1).trim()]);
  }
  return { line, fields, end };
}

class SipParser implements AppParser {
  readonly #context: AppContext;
  #count = 0;

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array, last: boolean): number {
    let at = 0;
    while (at < bytes.length) {
      const next = this.#message(direction, bytes.subarray(at), last);
      if (next === 0) break;
      at += next;
    }
    return at;
  }

  end(): void {
    // The last message was handed on by `read`.
  }

  /** Reads one message; returns its length, 0 where it is not whole yet. */
  #message(direction: Direction, data: Uint8Array, last: boolean): number {
    let skip = 0;
    // Keep-alives are empty lines (RFC 5626).
    while (skip < data.length && (data[skip] === 13 || data[skip] === 10 || data[skip] === 0)) skip += 1;
    if (skip > 0) return skip;
    const found = headEnd(data);
    if (found < 0 && !last) return data.length > LIMITS.headers ? data.length : 0;
    const head = readHead(data, found < 0 ? data.length : found);
    const told = head.fields.find(([name]) => LENGTHS.includes(name))?.[1];
    const datagram = this.#context.options.transport === 'udp';
    // What a datagram has is the message's, whatever its length says.
    const length = datagram ? data.length - head.end : Math.min(BODY_MAX, Number.parseInt(told ?? '', 10) || 0);
    const end = head.end + length;
    if (end > data.length && !last) return 0;
    if (this.#context.framed('sip')) this.#frames(direction, data.subarray(0, end), Math.min(head.end, data.length));
    this.#transaction(direction, head, data.subarray(head.end, end));
    return datagram ? data.length : Math.min(end, data.length);
  }

  /** `body`: where that of the message begins, behind an empty line. */
  #frames(direction: Direction, message: Uint8Array, body: number): void {
    const kind = /^SIP\//i.test(latin(message, 0, 4)) ? 'response' : 'request';
    const line = message.indexOf(LF) + 1 || message.length;
    const empty = message[body - 2] === CR ? 2 : 1;
    this.#context.frame('sip.pdu', direction, [message]);
    this.#context.frame(`sip.${kind}.line`, direction, [message.subarray(0, line)]);
    if (body - empty > line)
      this.#context.frame(`sip.${kind}.headers`, direction, [message.subarray(line, body - empty)]);
    if (message.length > body) this.#context.frame(`sip.${kind}.body`, direction, [message.subarray(body)]);
  }

  #transaction(direction: Direction, head: Head, body: Uint8Array): void {
    const side = new Side('sip', direction, this.#count);
    this.#count += 1;
    const answer = /^(SIP\/\S+) (\d+) ?(.*)$/i.exec(head.line);
    const request = /^(\S+) (\S+) (SIP\/\S+)\s*$/i.exec(head.line);
    if (answer !== null) {
      side.add('sip.protocol', answer[1]).add('sip.stat_code', answer[2]).add('sip.stat_msg', answer[3]);
      side.add('sip.response_line', head.line);
    } else if (request !== null) {
      side.add('sip.method', request[1]).add('sip.uri', request[2]).add('sip.protocol', request[3]);
      side.add('sip.request_line', head.line);
    } else {
      this.#context.event('sip.invalid_data', direction);
      return;
    }
    for (const [name, value] of head.fields) {
      const buffer = FIELDS.get(name);
      if (buffer !== undefined) side.add(buffer, value);
    }
    const type = head.fields.find(([name]) => name === 'content-type' || name === 'c')?.[1] ?? '';
    if (/^application\/sdp/i.test(type)) addSdp(side, latin(body));
    this.#context.transaction(side.done());
  }
}

const METHODS = [
  'REGISTER',
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'UPDATE',
  'REFER',
  'PRACK',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'MESSAGE',
  'INFO',
  'OPTIONS',
];

/** As a message begins with them. */
const WORDS = METHODS.map((one) => `${one} `);

const A = 0x41;
const Z = 0x5a;
/** What a message begins with, another capital following a letter; by all others it is seen at once that they are none. */
/** What methods and status lines begin with, two letters each. */
const FIRST_TWO: ReadonlySet<string> = new Set(['SI', ...METHODS.map((one) => one.slice(0, 2))]);
const FIRST: ReadonlySet<number> = new Set(Buffer.from(`\r\n\0S${METHODS.map((one) => one[0]).join('')}`, 'latin1'));

function recognise(bytes: Uint8Array): Verdict {
  const [first = 0, second = A] = bytes;
  if (bytes.length > 0 && (!FIRST.has(first) || (first >= A && (second < A || second > Z)))) return 'no';
  if (first >= A && bytes.length > 1 && !FIRST_TWO.has(latin(bytes, 0, 2))) return 'no';
  const text = latin(bytes, 0, 512).replace(/^[\r\n\0]+/, '');
  if (/^SIP\/\d/.test(text)) return 'yes';
  if ('SIP/'.startsWith(text.slice(0, 4)) && text.length < 5) return 'more';
  const word = WORDS.find((one) => text.startsWith(one));
  if (word === undefined) return WORDS.some((one) => one.startsWith(text)) ? 'more' : 'no';
  const rest = text.slice(word.length);
  if (/^(?:sips?|tel|im|pres):/i.test(rest) || /^\S+ SIP\//.test(rest)) return 'yes';
  return rest.includes('\n') || rest.length > 300 ? 'no' : 'more';
}

export const sip: AppProtocol = {
  name: 'sip',
  transport: 'both',
  beginsWith: (byte) => FIRST.has(byte),
  streamBeginsWith: (byte) => FIRST.has(byte),
  recognise: (bytes) => recognise(bytes),
  open: (context) => new SipParser(context),
};

/** Kerberos 5 (RFC 4120) over UDP and TCP. */
import { content, child, children, element, integer, type Element } from '../der.ts';
import { copy, u32 } from '../bytes.ts';
import { usual, type AppContext, type AppParser, type AppProtocol, type Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import type { AppFlowOptions, Direction } from '../types.ts';

const MESSAGE = { asRequest: 10, asReply: 11, tgsRequest: 12, tgsReply: 13, error: 30 } as const;
const KNOWN: ReadonlySet<number> = new Set([10, 11, 12, 13, 14, 15, 20, 21, 22, 30]);
const MESSAGE_MAX = 128 * 1024;
const SEQUENCE = 0x30;

/** Tag of [n]. */
const tagged = (n: number): number => 0xa0 + n;

class Krb5Parser implements AppParser {
  readonly #context: AppContext;
  readonly #counts: [number, number] = [0, 0];
  readonly #tcp: boolean;

  constructor(context: AppContext) {
    this.#context = context;
    this.#tcp = context.options.transport === 'tcp';
  }

  read(direction: Direction, bytes: Uint8Array): number {
    if (!this.#tcp) {
      this.#message(direction, bytes);
      return bytes.length;
    }
    let at = 0;
    while (at + 4 <= bytes.length) {
      const length = u32(bytes, at);
      if (length > MESSAGE_MAX) return -1;
      if (at + 4 + length > bytes.length) break;
      this.#message(direction, bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    return at;
  }

  end(): void {
    // Messages are whole or nothing.
  }

  #message(direction: Direction, data: Uint8Array): void {
    const outer = element(data, 0);
    const type = outer === null ? -1 : outer.tag & 31;
    const body = child(data, outer, SEQUENCE);
    if (body === null || !KNOWN.has(type)) {
      this.#context.event('krb5.malformed_data', direction);
      return;
    }
    const side = new Side('krb5', direction, this.#counts[direction]);
    this.#counts[direction] += 1;
    side.number('krb5_msg_type', type);
    if (type === MESSAGE.asRequest || type === MESSAGE.tgsRequest) request(side, data, body);
    else if (type === MESSAGE.asReply || type === MESSAGE.tgsReply) reply(side, data, body);
    else if (type === MESSAGE.error) failure(side, data, body);
    this.#context.transaction(side.done());
  }
}

/** The SEQUENCE in the field [n]. */
const inside = (data: Uint8Array, of: Element | null, n: number): Element | null =>
  child(data, child(data, of, tagged(n)), SEQUENCE);

/** The components of a PrincipalName, a buffer each. */
function names(side: Side, buffer: string, data: Uint8Array, name: Element | null): void {
  const list = inside(data, name, 1);
  for (const one of list === null ? [] : children(data, list.start, list.end))
    side.add(buffer, copy(content(data, one)));
}

function request(side: Side, data: Uint8Array, body: Element): void {
  const asked = inside(data, body, 4);
  names(side, 'krb5.cname', data, inside(data, asked, 1));
  names(side, 'krb5.sname', data, inside(data, asked, 3));
}

function number(data: Uint8Array, of: Element | null, n: number): number {
  const field = child(data, of, tagged(n));
  return integer(data, field === null ? null : element(data, field.start, field.end));
}

function reply(side: Side, data: Uint8Array, body: Element): void {
  names(side, 'krb5.cname', data, inside(data, body, 4));
  const ticket = child(data, child(data, child(data, body, tagged(5)), 0x61), SEQUENCE);
  names(side, 'krb5.sname', data, inside(data, ticket, 2));
  const encryption = number(data, inside(data, ticket, 3), 0);
  if (ticket !== null) side.number('krb5.ticket_encryption', encryption);
}

function failure(side: Side, data: Uint8Array, body: Element): void {
  side.number('krb5_err_code', number(data, body, 6));
  names(side, 'krb5.cname', data, inside(data, body, 8));
  names(side, 'krb5.sname', data, inside(data, body, 10));
}

const isApplication = (tag: number): boolean => tag >= 0x6a && tag <= 0x7e && KNOWN.has(tag & 31);

/** An application tag of a message, a SEQUENCE, and its first field the version 5. */
function plausible(data: Uint8Array): boolean {
  if (!isApplication(data[0] ?? 0)) return false;
  const head = Buffer.from(data.buffer, data.byteOffset, Math.min(data.length, 24)).toString('hex');
  return /^..(?:8[1-4](?:..){1,4}|[0-7].)30(?:8[1-4](?:..){1,4}|[0-7].)a[01]03020105/.test(head);
}

function recognise(bytes: Uint8Array, options: AppFlowOptions): Verdict {
  if (options.transport === 'udp') return plausible(bytes) ? 'yes' : 'no';
  if (bytes.length < 28) return bytes[0] === 0 && usual(options, 88) ? 'more' : 'no';
  return u32(bytes, 0) <= MESSAGE_MAX && plausible(bytes.subarray(4)) ? 'yes' : 'no';
}

export const krb5: AppProtocol = {
  name: 'krb5',
  transport: 'both',
  beginsWith: isApplication,
  streamBeginsWith: (byte) => byte === 0,
  recognise: (bytes, _direction, options) => recognise(bytes, options),
  open: (context) => new Krb5Parser(context),
};

/** DNS over UDP and TCP, LLMNR and mDNS. */
import { u16, u8 } from '../bytes.ts';
import { usual, type AppContext, type AppParser, type AppProtocol, type Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import { ANY, type AppFlowOptions, type Direction } from '../types.ts';
import { readMessage, type Message } from './message.ts';

type Kind = 'dns' | 'llmnr' | 'mdns';

const answered = (kind: Kind): readonly string[] => [
  ANY,
  ...['queries', 'answers', 'authorities', 'additionals', 'response'].map((part) => `${kind}.${part}.rrname`),
  ...['query.name', 'answer.name', 'opcode', 'rcode', 'rrtype'].map((part) => `${kind}.${part}`),
];
/** What an answer says, by kind. */
const ANSWERED = { dns: answered('dns'), llmnr: answered('llmnr'), mdns: answered('mdns') } as const;

/** What a question alone says. */
const QUESTION = { dns: 'dns.query', llmnr: 'llmnr.query', mdns: 'mdns.query' } as const;

/** Adds a message's names and numbers under the names of its protocol. */
export function addMessage(side: Side, kind: Kind, message: Message): void {
  for (const { name } of message.queries) {
    if (!message.answer) side.add(`${kind}.query`, name);
    side.add(`${kind}.queries.rrname`, name);
  }
  for (const section of ['answers', 'authorities', 'additionals'] as const) {
    for (const { name } of message[section]) {
      side.add(`${kind}.${section}.rrname`, name);
      if (section === 'answers') side.add(`${kind}.answer.name`, name);
    }
  }
  for (const { name } of message.queries) side.add(`${kind}.query.name`, name);
  const { queries, answers, authorities, additionals } = message;
  const all = [...queries, ...answers, ...authorities, ...additionals];
  if (message.answer) {
    for (const { name, target } of all)
      side.add(`${kind}.response.rrname`, name).add(`${kind}.response.rrname`, target);
  }
  side.number(`${kind}.opcode`, message.opcode).number(`${kind}.rcode`, message.rcode);
  for (const { type } of all) side.number(`${kind}.rrtype`, type);
}

/** Opcodes from here on mean nothing (RFC 1035, 1996, 2136, 8490). */
const OPCODE_END = 7;

/** What is odd about a message, by name. */
export function oddities(kind: Kind, message: Message): string[] {
  const odd: string[] = [];
  if (message.broken === 'additionals' || message.broken === 'authorities') odd.push(`invalid_${message.broken}`);
  if (message.z && kind === 'dns') odd.push('z_flag_set');
  if (kind === 'dns' ? message.opcode >= OPCODE_END : message.opcode !== 0) odd.push('invalid_opcode');
  return odd;
}

class DnsParser implements AppParser {
  readonly #context: AppContext;
  readonly #kind: Kind;
  readonly #tcp: boolean;
  #count = 0;

  constructor(context: AppContext, kind: Kind) {
    this.#context = context;
    this.#kind = kind;
    this.#tcp = context.options.transport === 'tcp';
  }

  read(direction: Direction, bytes: Uint8Array): number {
    if (!this.#tcp) {
      this.#message(direction, bytes);
      return bytes.length;
    }
    let at = 0;
    while (at + 2 <= bytes.length && at + 2 + u16(bytes, at) <= bytes.length) {
      const end = at + 2 + u16(bytes, at);
      this.#message(direction, bytes.subarray(at + 2, end));
      at = end;
    }
    return at;
  }

  end(): void {
    // Each message was whole.
  }

  /** Whether nobody asks for anything that an answer says. */
  #isIdle(bytes: Uint8Array): boolean {
    const { asksWithout, hears } = this.#context.options;
    if (!asksWithout || hears?.(this.#kind) !== false || (u8(bytes, 2) & 0x80) === 0) return false;
    // Who needs a question's name too cannot mean an answer.
    return !asksWithout(ANSWERED[this.#kind], QUESTION[this.#kind]);
  }

  #message(direction: Direction, bytes: Uint8Array): void {
    if (this.#kind === 'dns' && this.#context.framed('dns')) this.#context.frame('dns.pdu', direction, [bytes]);
    if (!this.#tcp && this.#isIdle(bytes)) return;
    const message = readMessage(bytes);
    const event = (name: string): void => {
      this.#context.event(`${this.#kind}.${name}`, direction);
    };
    if (message === null || message.broken === 'queries' || message.broken === 'answers') {
      event('malformed_data');
      return;
    }
    if (message.answer && direction === 0) event('not_a_request');
    if (!message.answer && direction === 1) event('not_a_response');
    const side = new Side(this.#kind, direction, this.#count, this.#context.options.asks);
    this.#count += 1;
    addMessage(side, this.#kind, message);
    this.#context.transaction(side.done());
    for (const name of oddities(this.#kind, message)) event(name);
  }
}

const PORTS = { dns: [53], llmnr: [5355], mdns: [5353] } as const;

/** On the usual port a plausible header is enough; elsewhere the whole message must read. */
function plausible(bytes: Uint8Array, kind: Kind, options: AppFlowOptions): boolean {
  if (bytes.length < 12) return false;
  const flags = u16(bytes, 2);
  const records = u16(bytes, 6) + u16(bytes, 8) + u16(bytes, 10);
  if (usual(options, ...PORTS[kind])) return u16(bytes, 4) <= 64 && u16(bytes, 4) + records > 0 && records < 1024;
  if (kind !== 'dns' || ((flags >> 11) & 15) > 5 || u16(bytes, 4) !== 1) return false;
  const message = readMessage(bytes);
  return message?.broken === null && message.length === bytes.length && message.queries[0]!.name !== '';
}

function recognise(kind: Kind, bytes: Uint8Array, options: AppFlowOptions): Verdict {
  if (options.transport === 'udp') return plausible(bytes, kind, options) ? 'yes' : 'no';
  if (bytes.length < 14) return usual(options, ...PORTS[kind]) ? 'more' : 'no';
  const length = u16(bytes, 0);
  if (length < 12) return 'no';
  return bytes.length >= length + 2 || usual(options, ...PORTS[kind])
    ? plausible(bytes.subarray(2, length + 2), kind, options)
      ? 'yes'
      : 'no'
    : 'no';
}

function protocol(kind: Kind): AppProtocol {
  return {
    name: kind,
    transport: 'both',
    recognise: (bytes, _direction, options) => recognise(kind, bytes, options),
    open: (context) => new DnsParser(context, kind),
  };
}

export const dns = protocol('dns');
export const llmnr = protocol('llmnr');
export const mdns = protocol('mdns');

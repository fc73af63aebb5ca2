/** SSH (RFC 4253): banners, and HASSH of what the ends offer. */
import { hash } from 'node:crypto';
import { latin, u32, u8 } from '../bytes.ts';
import { tellParts } from '../frames.ts';
import { LIMITS } from '../limits.ts';
import type { AppContext, AppParser, AppProtocol, Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import { nextLine } from '../text.ts';
import type { Direction } from '../types.ts';

const KEX_INIT = 20;
/** What follows is encrypted. */
const NEW_KEYS = 21;
const PACKET_MAX = 65_536;
/** Lines before the banner of a server (RFC 4253, 4.2). */
const LINES_MAX = 32;

/** Name lists of KEXINIT that HASSH takes, of the client and of the server: key exchange, encryption, MAC, compression. */
const LISTS = [
  [0, 2, 4, 6],
  [0, 3, 5, 7],
] as const;

function hasshText(packet: Uint8Array, direction: Direction): string | null {
  let at = 17;
  const lists: string[] = [];
  for (let i = 0; i < 8; i += 1) {
    const length = u32(packet, at);
    if (length < 0 || at + 4 + length > packet.length) return null;
    lists.push(latin(packet, at + 4, at + 4 + length));
    at += 4 + length;
  }
  return LISTS[direction].map((i) => lists[i]!).join(';');
}

/** `records`: their offers are known, and rules ask for what comes in the clear after them. */
type State = 'banner' | 'packet' | 'records' | 'done';

class SshParser implements AppParser {
  readonly #context: AppContext;
  readonly #sides: [Side | null, Side | null] = [null, null];
  readonly #states: [State, State] = ['banner', 'banner'];
  readonly #lines: [number, number] = [0, 0];

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array, last: boolean): number {
    let at = 0;
    while (at < bytes.length && this.#states[direction] === 'banner') {
      const line = nextLine(bytes, at, last);
      if (line === null && bytes.length - at <= LIMITS.line) return at;
      if (line === null || line.long) this.#finish(direction);
      else this.#banner(direction, line.text);
      at = line?.next ?? bytes.length;
    }
    while (this.#states[direction] !== 'done' && at < bytes.length) {
      const next = this.#packet(direction, bytes, at);
      if (next === at) return at;
      at = next;
    }
    return bytes.length;
  }

  pass(direction: Direction): boolean {
    return this.#states[direction] === 'done';
  }

  end(direction: Direction): void {
    this.#finish(direction);
  }

  #banner(direction: Direction, text: string): void {
    this.#lines[direction] += 1;
    const told = /^SSH-([^-]*)-([^ ]*)/.exec(text);
    if (told === null) {
      if (this.#lines[direction] > LINES_MAX) this.#finish(direction);
      return;
    }
    this.#sides[direction] = new Side('ssh', direction, 0).add('ssh.proto', told[1]!).add('ssh.software', told[2]!);
    this.#states[direction] = 'packet';
  }

  /** The first packet is the offer; what follows says nothing, but where rules ask for it. Gives where it ends, `at` where it is not whole. */
  #packet(direction: Direction, bytes: Uint8Array, at: number): number {
    const length = u32(bytes, at);
    if (length < 0) return at;
    if (length > PACKET_MAX) {
      this.#finish(direction);
      return bytes.length;
    }
    const end = at + 4 + length;
    if (end > bytes.length) return at;
    if (this.#states[direction] === 'packet') this.#offer(direction, bytes, at, length);
    if (!this.#context.framed('ssh')) return bytes.length;
    tellParts(
      this.#context,
      direction,
      ['ssh.record.pdu', 'ssh.record.hdr', 'ssh.record.data'],
      bytes.subarray(at, end),
      6,
    );
    this.#states[direction] = u8(bytes, at + 5) === NEW_KEYS ? 'done' : 'records';
    return end;
  }

  #offer(direction: Direction, bytes: Uint8Array, at: number, length: number): void {
    const payload = bytes.subarray(at + 5, at + 4 + length - Math.max(0, u8(bytes, at + 4)));
    const text = payload[0] === KEX_INIT ? hasshText(payload, direction) : null;
    if (text !== null) {
      const name = direction === 0 ? 'ssh.hassh' : 'ssh.hassh.server';
      this.#sides[direction]?.add(name, hash('md5', text)).add(`${name}.string`, text);
    }
    this.#finish(direction);
  }

  #finish(direction: Direction): void {
    const side = this.#sides[direction];
    this.#sides[direction] = null;
    this.#states[direction] = 'done';
    if (side !== null) this.#context.transaction(side.done());
  }
}

function recognise(bytes: Uint8Array): Verdict {
  const text = latin(bytes, 0, 4);
  if (text === 'SSH-') return 'yes';
  return 'SSH-'.startsWith(text) ? 'more' : 'no';
}

export const ssh: AppProtocol = {
  name: 'ssh',
  transport: 'tcp',
  streamBeginsWith: (byte) => byte === 0x53,
  recognise: (bytes) => recognise(bytes),
  open: (context) => new SshParser(context),
};

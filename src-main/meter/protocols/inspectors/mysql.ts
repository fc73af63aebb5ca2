/** MySQL and MariaDB: the server's greeting, and TLS where the client asks for it. */
import { find, isAsciiText, text, u16le, u24le, u32le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { coded, type Words } from '../words.ts';
import { tls } from './tls.ts';

const GREETING = 10;
/** A client that wants TLS sends the first 32 bytes of its answer only. */
const SSL_LENGTH = 32;
const SSL = 0x0800;
const WITH_DATABASE = 0x0008;
const WITH_PLUGIN = 0x0008_0000;
const LENGTH_ENCODED = 0x0020_0000;
/** Capabilities, largest packet, character set and 23 bytes of nothing stand before the user's name. */
const USER = 32;
const PACKETS = 16;
const HEADER = 4;
const VERSION_41 = 0x0200;
/** Bytes that mean nothing (of the last four of 23 MariaDB makes use), from the packet's beginning. */
const NOTHING = 13;
const NOTHING_BYTES = 19;
/** Bytes of a name that are looked at. */
const NAME_MAX = 128;
const ACCEPTED = 0;
/** The server wants another way to prove oneself, and names it. */
const SWITCH = 0xfe;
/** Ways that send the password as it is. */
const CLEAR = new Set(['mysql_clear_password', 'dialog']);
const REFUSED = 0xff;
const ERRORS: Words = new Map([
  [1044, 'no access to the database'],
  [1045, 'access denied'],
  [1049, 'no such database'],
  [1130, 'host not allowed'],
  [1251, 'client too old'],
]);

class MysqlSession implements Session {
  private asked = false;
  private user = '';
  private way = '';
  /** The next packet of the client proves who it is, the way that the server named. */
  private switched = false;
  private packets = 0;

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    if (end - at < 5) return at;
    const length = u24le(data, at);
    const stop = at + 4 + length;
    if (++this.packets >= PACKETS) flow.finish();
    if (!fromOrig) return this.server(flow, data, at, end, stop);
    if (stop > end && length === SSL_LENGTH) return at;
    if (length === SSL_LENGTH && u16le(data, at + 4) & SSL) {
      flow.handOver([tls]);
      return stop;
    }
    if (!this.asked) this.login(flow, data, at + 4, Math.min(end, stop));
    else if (this.switched) this.prove(flow, length);
    this.asked = true;
    return stop;
  }

  /** The way that was really used. */
  end(flow: FlowContext): void {
    flow.fact('mysql.authentication', this.way);
  }

  /** `length`: of the proof; an empty password is a zero or nothing. */
  private prove(flow: FlowContext, length: number): void {
    this.switched = false;
    if (length > 1 && CLEAR.has(this.way)) flow.inTheClear('password', this.user);
  }

  /** The client's answer: user, proof, database and the way to prove oneself, as its capabilities say. */
  private login(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    if (end - at < USER + 1) return;
    const capabilities = u32le(data, at);
    const zero = find(data, 0, at + USER, Math.min(end, at + USER + 128));
    if (zero < 0 || zero + 1 >= end) return;
    this.user = text(data, at + USER, zero, 64);
    flow.fact('mysql.user', this.user);
    const proof = data[zero + 1]!;
    let next = zero + 2 + proof;
    if (proof > 250 && capabilities & LENGTH_ENCODED) return;
    if (capabilities & WITH_DATABASE) {
      const stop = zeroAt(data, next, end);
      if (stop < 0) return;
      flow.fact('mysql.database', text(data, next, stop, NAME_MAX));
      next = stop + 1;
    }
    const stop = capabilities & WITH_PLUGIN ? zeroAt(data, next, end) : -1;
    if (stop > 0) this.way = text(data, next, stop, NAME_MAX);
    this.prove(flow, proof);
  }

  private server(flow: FlowContext, data: Uint8Array, at: number, end: number, stop: number): number {
    const kind = data[at + 4];
    if (!this.asked && data[at + 3] === 0 && kind === GREETING) {
      const zero = find(data, 0, at + 5, Math.min(end, at + 69));
      if (zero > 0) flow.fact('mysql.server', text(data, at + 5, zero, 64));
      return stop;
    }
    if (kind === REFUSED && end - at >= 7) flow.fact('mysql.result', coded(ERRORS, u16le(data, at + 5)));
    else if (kind === ACCEPTED && this.asked) flow.fact('mysql.result', 'accepted');
    else if (kind === SWITCH && this.asked) {
      const zero = zeroAt(data, at + 5, Math.min(end, stop));
      if (zero > at + 5) this.way = text(data, at + 5, zero, NAME_MAX);
      this.switched = zero > at + 5;
    }
    // Between the answer and the outcome stand more packets of the way to prove oneself.
    if (kind === REFUSED || kind === ACCEPTED) flow.finish();
    return stop;
  }
}

/** Where the text that begins at `at` ends, -1 where it does not. */
function zeroAt(data: Uint8Array, at: number, end: number): number {
  return find(data, 0, at, Math.min(end, at + NAME_MAX));
}

/** The client's answer to a greeting: second packet, capabilities of this century, and nothing where nothing is defined. */
function isLogin(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < HEADER + SSL_LENGTH || u24le(data, at) + HEADER !== end - at) return false;
  if ((u16le(data, at + HEADER) & VERSION_41) === 0) return false;
  for (let i = at + NOTHING; i < at + NOTHING + NOTHING_BYTES; i++) if (data[i] !== 0) return false;
  return true;
}

/** Instead of a greeting: whom the server does not let in is told so at once. */
function isRefusal(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < 9 || u24le(data, at) + HEADER !== end - at || data[at + HEADER] !== REFUSED) return false;
  return ERRORS.has(u16le(data, at + 5)) && isAsciiText(data, at + 7, end);
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at > HEADER && data[at + 3] === 1) return p.fromOrig && isLogin(data, at, end) ? YES : NO;
  if (!p.fromOrig && end - at > HEADER && data[at + 3] === 0 && isRefusal(data, at, end)) return YES;
  if (end - at < 12 || data[at + 3] !== 0 || data[at + 4] !== 10 || data[at + 2] !== 0) return NO;
  const length = data[at]! | (data[at + 1]! << 8);
  if (length < 20 || length > 512) return NO;
  const zero = find(data, 0, at + 5, Math.min(end, at + 64));
  return zero > at + 6 && isAsciiText(data, at + 5, zero) && data[at + 5]! >= 0x30 && data[at + 5]! <= 0x39 ? YES : NO;
}

export const mysql: Inspector = {
  id: 'mysql',
  over: 'tcp',
  ports: [3306],
  marks: { tcp: { at: 3, bytes: [0, 1] } },
  service: 'mysql',
  app: 'MySQL',
  probe,
  open: () => new MysqlSession(),
};

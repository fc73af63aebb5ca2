/** PostgreSQL: the start-up message, and TLS where both want it. */
import { latin1, printable, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import type { Words } from '../words.ts';
import { tls } from './tls.ts';

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL = 80877102;
const VERSION_3 = 196608;

const YES_BYTE = 0x53;
const NO_BYTE = 0x4e;
/** Kinds of messages, by their letter. */
const AUTHENTICATION = 0x52;
const PARAMETER = 0x53;
const ERROR = 0x45;
const READY = 0x5a;
const PASSWORD = 0x70;
const IN_THE_CLEAR = 3;
const WAYS: Words = new Map([
  [2, 'Kerberos'],
  [IN_THE_CLEAR, 'password in the clear'],
  [5, 'MD5'],
  [7, 'GSSAPI'],
  [9, 'SSPI'],
  [10, 'SASL'],
]);
const VERSION = 'server_version\0';
const MESSAGES = 32;
/** Longest message that asks for proof, and the last way there is. */
const ASKED_MAX = 512;
const WAY_MAX = 12;
const SHOWN = 512;

class PostgresqlSession implements Session {
  private asked: '' | 'tls' | 'gssapi' = '';
  private begun = false;
  private clear = false;
  private user = '';
  private messages = 0;

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    return fromOrig ? this.client(flow, data, at, end) : this.server(flow, data, at, end);
  }

  private server(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    if (this.asked !== '') return this.agreed(flow, data, at, end);
    let next = at;
    while (next + 5 <= end) {
      const stop = next + 1 + u32(data, next + 1);
      const shown = Math.min(stop, next + SHOWN);
      if (shown > end) return next;
      this.message(flow, data[next]!, data, next + 5, shown);
      if (++this.messages >= MESSAGES) flow.finish();
      if (flow.finished || stop < next + 5) return end;
      next = stop;
    }
    return next;
  }

  private agreed(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    const granted = this.asked === 'tls' && data[at] === YES_BYTE;
    this.asked = '';
    if (granted) {
      flow.handOver([tls]);
      return at + 1;
    }
    if (data[at] !== NO_BYTE) flow.finish();
    return end;
  }

  private message(flow: FlowContext, kind: number, data: Uint8Array, at: number, end: number): void {
    if (kind === AUTHENTICATION && at + 4 <= end) {
      const way = u32(data, at);
      this.clear = way === IN_THE_CLEAR;
      flow.fact('postgresql.authentication', WAYS.get(way) ?? '');
      if (way === 0) flow.fact('postgresql.result', 'accepted');
    } else if (kind === PARAMETER) {
      const shown = latin1(data, at, end, 64);
      if (shown.startsWith(VERSION))
        flow.fact('postgresql.server', printable(shown.slice(VERSION.length).split('\0')[0] ?? ''));
    } else if (kind === ERROR) {
      flow.fact(
        'postgresql.result',
        printable(/\0M([^\0]{1,128})/.exec(latin1(data, at, end, SHOWN))?.[1] ?? 'refused'),
      );
      flow.finish();
    } else if (kind === READY) flow.finish();
  }

  private client(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    if (this.begun) {
      if (data[at] === PASSWORD && this.clear) flow.inTheClear('password', this.user);
      return end;
    }
    if (end - at < 8) return at;
    const code = u32(data, at + 4);
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      this.asked = code === SSL_REQUEST ? 'tls' : 'gssapi';
      return at + 8;
    }
    if (code !== VERSION_3) {
      flow.finish();
      return end;
    }
    this.begun = true;
    const [, ...pairs] = `\0${latin1(data, at + 8, end, SHOWN)}`.split('\0');
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const name = PARAMETERS.get(pairs[i]!);
      if (name !== undefined) flow.fact(name, printable(pairs[i + 1]!));
      if (pairs[i] === 'user') this.user = printable(pairs[i + 1]!);
    }
    return end;
  }
}

/** What a client says of itself as it connects. */
const PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['user', 'postgresql.user'],
  ['database', 'postgresql.database'],
  ['application_name', 'postgresql.client'],
]);

/** What a server says first: how the client is to prove itself, or that he need not. */
function asksForProof(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < 9) return false;
  const length = u32(data, at + 1);
  const way = u32(data, at + 5);
  return length >= 8 && length <= ASKED_MAX && way <= WAY_MAX && (way !== 0 || length === 8);
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === AUTHENTICATION) return !p.fromOrig && p.fromStart && asksForProof(data, at, end) ? YES : NO;
  if (end - at < 8) return NO;
  const length = u32(data, at);
  const code = u32(data, at + 4);
  if (code === SSL_REQUEST || code === GSS_REQUEST) return length === 8 ? YES : NO;
  if (code === CANCEL) return length === 16 ? YES : NO;
  return code === VERSION_3 && length < 4096 && latin1(data, at + 8, end, 5) === 'user\0' ? YES : NO;
}

export const postgresql: Inspector = {
  id: 'postgresql',
  over: 'tcp',
  ports: [5432],
  first: [0x00, AUTHENTICATION],
  service: 'postgresql',
  app: 'PostgreSQL',
  probe,
  open: () => new PostgresqlSession(),
};

/** SOCKS 4 and 5 (RFC 1928): the request, and whatever protocol follows inside. */
import { dottedQuad, find, ipv6Text, text, u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';

const CONNECT = 1;
const GRANTED_4 = 90;
const LOGIN = 1;
/** Bytes of the longest login. */
const LOGIN_MAX = 513;

class SocksSession implements Session {
  private version = 0;
  private requested = false;
  private methodChosen = false;
  private loggedIn = false;

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    return fromOrig ? this.client(flow, data, at, end) : this.server(flow, data, at, end);
  }

  private client(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    this.version = this.version || data[at]!;
    if (this.version === 4) {
      const zero = find(data, 0, Math.min(end, at + 8), end);
      if (zero < 0) return end - at > 512 ? end : at;
      this.requested = true;
      flow.fact('socks.user', text(data, at + 8, zero, 64));
      this.aims(flow, this.named(data, at, zero, end), u16(data, at + 2));
      return end;
    }
    if (end - at < 2) return at;
    if (!this.methodChosen) return at + 2 + data[at + 1]!;
    if (data[at] === LOGIN) return this.loggedIn ? end : this.login(flow, data, at, end);
    if (end - at < 7) return at;
    this.requested = true;
    return this.target(flow, data, at, end);
  }

  /** User name and password (RFC 1929): the password is passed over. */
  private login(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    const stop = at + 2 + data[at + 1]!;
    if (stop >= end && end - at < LOGIN_MAX) return at;
    this.loggedIn = true;
    // A length of the account that leaves no exact room for the password is none.
    const user = stop < end && stop + 1 + data[stop]! === end ? text(data, at + 2, stop, 64) : '';
    flow.fact('socks.user', user);
    flow.inTheClear('password', user);
    return end;
  }

  /** Version 4a sends an address that cannot be, and a name behind the user's. */
  private named(data: Uint8Array, at: number, zero: number, end: number): string {
    const impossible = data[at + 4] === 0 && data[at + 5] === 0 && data[at + 6] === 0 && data[at + 7] !== 0;
    if (!impossible) return dottedQuad(data, at + 4);
    const stop = find(data, 0, zero + 1, end);
    return stop > zero + 1 ? text(data, zero + 1, stop, 255) : '';
  }

  private aims(flow: FlowContext, name: string, port: number): void {
    flow.emit({ ...flow.head(), kind: 'tunnel' });
    if (name === '') return;
    flow.fact('socks.target', name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`);
    flow.host(name);
  }

  private target(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    const type = data[at + 3];
    const size = type === 1 ? 4 : type === 4 ? 16 : 1 + data[at + 4]!;
    const stop = at + 4 + size + 2;
    if (stop > end) return at;
    const name =
      type === 1
        ? dottedQuad(data, at + 4)
        : type === 3
          ? text(data, at + 5, at + 4 + size, 255)
          : type === 4
            ? ipv6Text(data, at + 4)
            : '';
    this.aims(flow, name, u16(data, stop - 2));
    return stop;
  }

  private server(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    if (this.version === 4) {
      if (end - at < 8) return at;
      if (data[at + 1] === GRANTED_4) flow.handOver();
      else flow.finish();
      return at + 8;
    }
    if (end - at < 2) return at;
    if (!this.methodChosen) {
      this.methodChosen = true;
      return at + 2;
    }
    if (!this.requested) return at + 2;
    if (end - at < 7) return at;
    const type = data[at + 3];
    const stop = at + 6 + (type === 1 ? 4 : type === 4 ? 16 : 1 + data[at + 4]!);
    if (stop > end) return at;
    if (data[at + 1] === 0) flow.handOver();
    else flow.finish();
    return stop;
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.fromOrig || !p.fromStart) return NO;
  if (data[at] === 5) {
    const methods = data[at + 1] ?? 0;
    return end - at === 2 + methods && methods > 0 && methods <= 8 ? YES : NO;
  }
  if (data[at] !== 4 || end - at < 9 || end - at > 512 || data[end - 1] !== 0) return NO;
  return data[at + 1] === CONNECT || data[at + 1] === 2 ? YES : NO;
}

export const socks: Inspector = {
  id: 'socks',
  over: 'tcp',
  ports: [1080],
  first: [0x04, 0x05],
  service: 'socks',
  app: 'SOCKS',
  probe,
  open: () => new SocksSession(),
};

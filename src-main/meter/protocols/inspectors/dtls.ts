/** DTLS (RFC 6347, RFC 9147): TLS over datagrams; its hellos are read as TLS reads them. */
import { u16, u24 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Session, type Verdict } from '../inspector.ts';
import { clientHello, serverHello } from './tls.ts';
import { readClientHello, readServerHello } from './tls-hello.ts';

const HANDSHAKE = 22;
/** OpenSSL's DTLS before the standard, which VPNs still speak. Later versions are counted down from 0xfeff. */
const BEFORE_STANDARD = 0x0100;
const RECORD_HEADER = 13;
const MESSAGE_HEADER = 12;
const RECORDS_MAX = 16;

function isRecord(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < RECORD_HEADER || data[at]! < 20 || data[at]! > 26) return false;
  const version = u16(data, at + 1);
  return (version >= 0xfefc || version === BEFORE_STANDARD) && u16(data, at + 11) <= 16384 + 2048;
}

class DtlsSession implements Session {
  private encrypted = 0;

  datagram(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    let next = at;
    for (let i = 0; i < RECORDS_MAX && isRecord(data, next, end); i++) {
      const stop = next + RECORD_HEADER + u16(data, next + 11);
      if (stop > end) return;
      if (u16(data, next + 3) > 0) this.encrypted++;
      else if (data[next] === HANDSHAKE) this.handshake(flow, data, next + RECORD_HEADER, stop);
      next = stop;
    }
    if (this.encrypted > 8) flow.finish();
  }

  /** A hello that is not cut into fragments. */
  private handshake(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    if (end - at < MESSAGE_HEADER) return;
    const length = u24(data, at + 1);
    if (u24(data, at + 6) !== 0 || u24(data, at + 9) !== length || at + MESSAGE_HEADER + length > end) return;
    const from = at + MESSAGE_HEADER;
    if (data[at] === 1) {
      const hello = readClientHello(data, from, from + length, true);
      if (hello) clientHello(flow, hello, 'd');
    } else if (data[at] === 2) {
      const hello = readServerHello(data, from, from + length);
      if (hello) serverHello(flow, hello);
    }
  }
}

export const dtls: Inspector = {
  id: 'dtls',
  over: 'udp',
  ports: [443, 4433, 5684],
  first: [0x14, 0x15, 0x16, 0x17],
  service: 'dtls',
  app: 'DTLS',
  probe: (p): Verdict => (isRecord(p.data, p.at, p.end) && p.data[p.at]! <= 23 ? YES : NO),
  open: () => new DtlsSession(),
};

/** MySQL and MariaDB: the server's greeting, and TLS where the client asks for it. */
import { find, isAsciiText, text, u16le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { tls } from './tls.ts';

const GREETING = 10;
/** A client that wants TLS sends the first 32 bytes of its answer only. */
const SSL_LENGTH = 32;
const SSL = 0x0800;

class MysqlSession implements Session {
  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    if (end - at < 5) return at;
    const length = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16);
    const stop = at + 4 + length;
    if (!fromOrig) {
      if (data[at + 3] === 0 && data[at + 4] === GREETING) {
        const zero = find(data, 0, at + 5, Math.min(end, at + 69));
        if (zero > 0) flow.fact('mysql.server', text(data, at + 5, zero, 64));
      }
      return stop;
    }
    if (stop > end && length === SSL_LENGTH) return at;
    if (length === SSL_LENGTH && u16le(data, at + 4) & SSL) {
      flow.handOver([tls]);
      return stop;
    }
    flow.finish();
    return end;
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
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
  service: 'mysql',
  app: 'MySQL',
  probe,
  open: () => new MysqlSession(),
};

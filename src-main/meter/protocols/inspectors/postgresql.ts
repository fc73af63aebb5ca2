/** PostgreSQL: the start-up message, and TLS where both want it. */
import { latin1, printable, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { tls } from './tls.ts';

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL = 80877102;
const VERSION_3 = 196608;

const YES_BYTE = 0x53;
const NO_BYTE = 0x4e;

class PostgresqlSession implements Session {
  private asked: '' | 'tls' | 'gssapi' = '';

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    return fromOrig ? this.client(flow, data, at, end) : this.server(flow, data, at, end);
  }

  private server(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    const granted = data[at] === YES_BYTE;
    if (this.asked === 'tls' && granted) {
      flow.handOver([tls]);
      return at + 1;
    }
    if (this.asked === '' || data[at] !== NO_BYTE) flow.finish();
    this.asked = '';
    return end;
  }

  private client(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    if (end - at < 8) return at;
    const code = u32(data, at + 4);
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      this.asked = code === SSL_REQUEST ? 'tls' : 'gssapi';
      return at + 8;
    }
    if (code === VERSION_3) {
      const user = /user\0([^\0]{1,128})/.exec(latin1(data, at + 8, end, 512))?.[1] ?? '';
      flow.fact('postgresql.user', printable(user));
    }
    flow.finish();
    return end;
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
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
  first: [0x00],
  service: 'postgresql',
  app: 'PostgreSQL',
  probe,
  open: () => new PostgresqlSession(),
};

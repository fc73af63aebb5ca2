/** NATS: the server's greeting, or the client's. */
import { latin1, matches, printable, startsWith } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { usual } from '../ports.ts';

const PORTS = [4222];
function greeting(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const shown = latin1(data, at, end, 512);
  const version = /"version":"([^"]{1,40})"/.exec(shown)?.[1];
  if (version !== undefined) flow.fact(fromOrig ? 'nats.client' : 'nats.version', printable(version));
  const user = printable(/"user":"([^"]{1,64})"/.exec(shown)?.[1] ?? '');
  flow.fact('nats.user', user);
  if (fromOrig && /"pass":"[^"]|"auth_token":"[^"]/.test(shown)) flow.inTheClear('password', user);
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0x49) return matches(data, at, end, 'INFO {');
  if (data[at] === 0x43) return matches(data, at, end, 'CONNECT {');
  return usual(p, PORTS) &&
    (startsWith(data, at, end, 'PING\r\n') ||
      startsWith(data, at, end, 'PONG\r\n') ||
      startsWith(data, at, end, '+OK\r\n'))
    ? YES
    : NO;
}

export const nats: Inspector = {
  id: 'nats',
  over: 'tcp',
  ports: PORTS,
  first: [0x2b, 0x43, 0x49, 0x50],
  service: '',
  app: 'Nats',
  probe,
  open: once(greeting, 2),
};

/** NATS: the server's greeting, or the client's. */
import { startsWith, matches, latin1 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { usual } from '../ports.ts';

const PORTS = [4222];
function greeting(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const version = /"version":"([^"]{1,40})"/.exec(latin1(data, at, end, 512))?.[1];
  if (version !== undefined) flow.fact('nats.version', version);
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
  open: once(greeting),
};

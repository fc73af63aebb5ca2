/** Oracle's transparent network substrate: a connect packet with a known version; on its port any packet that fits. */
import { range } from '../first.ts';
import { u16, u32, latin1 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { usual } from '../ports.ts';

const PORTS = [1521, 1522, 1523, 1525];
const CONNECT = 1;
const DATA = 6;
const KIND_MAX = 15;
function connect(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const shown = latin1(data, at, end, 1024);
  const service = /\((?:SERVICE_NAME|SID)=([\w.$-]{1,64})\)/i.exec(shown)?.[1];
  const user = /\(USER=([^()]{1,64})\)/i.exec(shown)?.[1];
  const program = /\(PROGRAM=([^()]{1,100})\)/i.exec(shown)?.[1];
  flow.fact('oracle.service', service ?? '');
  flow.fact('oracle.user', user ?? '');
  flow.fact('oracle.program', program ?? '');
  flow.fact('oracle.client', /\(CID=.*?\(HOST=([^()]{1,64})\)/i.exec(shown)?.[1] ?? '');
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8) return NO;
  // Since version 12.2 the length has four bytes once both ends agreed.
  if (u32(data, at) === end - at && data[at + 4] === DATA) return usual(p, PORTS) ? YES : NO;
  if (u16(data, at + 2) !== 0 || u16(data, at + 6) !== 0) return NO;
  if (data[at + 4]! < 1 || data[at + 4]! > KIND_MAX || u16(data, at) < 8 || at + u16(data, at) < end) return NO;
  if (data[at + 4] === CONNECT && end - at >= 58)
    return u16(data, at + 8) >= 300 && u16(data, at + 8) <= 320 ? YES : NO;
  return usual(p, PORTS) ? YES : NO;
}

export const oracleTns: Inspector = {
  id: 'oracle-tns',
  over: 'tcp',
  ports: PORTS,
  marks: { tcp: { at: 4, bytes: range(1, KIND_MAX) } },
  service: '',
  app: 'Oracle',
  probe,
  open: once(connect),
};

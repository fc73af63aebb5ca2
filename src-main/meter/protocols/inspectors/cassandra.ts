/** Cassandra: CQL's native protocol (versions 1 to 5), and the mark of messages between nodes. */
import { u32, findText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [9042, 7000, 7001];
const OPCODE_MAX = 0x10;
const STARTUP = 1;
const OPTIONS = 5;
const SUPPORTED = 6;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8) return NO;
  if (data[at] === 0xca) return u32(data, at) === 0xca552dfa ? YES : NO;
  const old = (data[at]! & 0x7f) < 3;
  const header = old ? 8 : 9;
  if (end - at < header) return NO;
  const opcode = data[at + header - 5]!;
  if (opcode > OPCODE_MAX || data[at + 1]! > 0x1f || at + header + u32(data, at + header - 4) !== end) return NO;
  if (usual(p, PORTS)) return YES;
  if (data[at]! < 0x80 && opcode === STARTUP) return findText(data, 'CQL_VERSION', at, end) >= 0 ? YES : NO;
  return opcode === (data[at]! < 0x80 ? OPTIONS : SUPPORTED) &&
    data[at + 1] === 0 &&
    (opcode === OPTIONS || end - at > 16)
    ? YES
    : NO;
}

export const cassandra: Inspector = {
  id: 'cassandra',
  over: 'tcp',
  ports: PORTS,
  first: [0x01, 0x02, 0x03, 0x04, 0x05, 0x81, 0x82, 0x83, 0x84, 0x85, 0xca],
  service: '',
  app: 'Cassandra',
  probe,
};

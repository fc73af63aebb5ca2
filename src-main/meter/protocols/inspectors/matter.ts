/** Matter (CSA): the unsecured beginning of a session, with the sender's node and an opcode of the secure channel. */
import { u16, u16le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

/** Flags, the session (none yet), security flags, a counter, and the sender's or the receiver's node. */
const HEADER = 16;
/** Opcodes of the secure channel (protocol 0): acknowledgement, PASE, CASE, status. */
const OPCODES = new Set([0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x30, 0x31, 0x32, 0x33, 0x40]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < HEADER + 6 || u16(data, at + 1) !== 0 || data[at + 3] !== 0) return NO;
  const from = at + HEADER;
  return data[from]! <= 0x1f && OPCODES.has(data[from + 1]!) && u16le(data, from + 4) === 0 ? YES : NO;
}

export const matter: Inspector = {
  id: 'matter',
  over: 'udp',
  ports: [5540],
  first: [0x01, 0x04],
  service: '',
  app: 'Matter',
  probe,
};

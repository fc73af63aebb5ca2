/** Viber: the length and mark of its messages over TCP, the kinds of its calls' datagrams on their ports. */
import { u16, u16le, u32 } from '../bytes.ts';
import { usual } from '../ports.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const CALLS = [5242, 5243, 7985, 7987, 9785];
/** Kind and what follows it, of a message that is known on any port. */
const CALL = 0x01000500;
const PORTS = [4244, 5242, 5243, 7985, 7987, 9785];

/** The marks of three kinds of messages. */
function marked(data: Uint8Array, at: number): boolean {
  if (u16(data, at + 2) === 0xfcff) return u16(data, at + 4) === 0x0100;
  if (u16(data, at + 6) === 0xfcff) return data[at + 9] === 0x80;
  return u16(data, at + 4) === 0x0380 && data[at + 10] === 0x0a;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 11) return NO;
  if (p.tcp) return u16le(data, at) === end - at && marked(data, at) ? YES : NO;
  if (u32(data, at + 2) === CALL) return YES;
  if (!usual(p, CALLS) || data[at + 3] !== 0) return NO;
  const kind = data[at + 2]!;
  if (kind === 0x03) return end - at === 12 || end - at === 20 ? YES : NO;
  if (kind === 0x09) return end - at === 20 ? YES : NO;
  return (kind === 0x19 || kind === 0x1b) && end - at === 34 ? YES : NO;
}

export const viber: Inspector = {
  id: 'viber',
  over: 'both',
  ports: PORTS,
  marks: { udp: { at: 2, bytes: [0x01, 0x03, 0x09, 0x19, 0x1b] } },
  service: '',
  app: 'Viber',
  probe,
};

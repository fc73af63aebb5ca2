/** CryEngine's network (without a specification): a length and the fixed fields of the message that opens a connection. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 26 || data[at]! + 10 !== end - at || u16(data, at + 3) !== 0x08ed) return NO;
  return data[at + 16] === 1 && data[at + 20] === 7 && u16(data, at + 24) === 0x0307 ? YES : NO;
}

export const cryNetwork: Inspector = {
  id: 'cry-network',
  over: 'udp',
  ports: [],
  marks: { udp: { at: 3, bytes: [0x08] } },
  service: '',
  app: 'CryNetwork',
  probe,
};

/** Agora's network for media, SD-RTN (without a specification): the field that names a server. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const NAME = 19;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at <= NAME || data[at + 6] !== 0x21 || u32(data, at + 12) !== 0x04534e49) return NO;
  return data[at + 18] === 0 && NAME + u16(data, at + 16) <= end - at ? YES : NO;
}

export const sdRtn: Inspector = {
  id: 'sd-rtn',
  over: 'udp',
  ports: [],
  marks: { udp: { at: 6, bytes: [0x21] } },
  service: '',
  app: 'SD-RTN',
  probe,
};

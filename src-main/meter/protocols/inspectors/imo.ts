/** Imo's calls (without a specification): the sizes and beginnings of the datagrams they open with. */
import { u16, u24, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  switch (end - at) {
    case 10:
      return u16(data, at) === 0x0902 ? YES : NO;
    case 11:
      return u24(data, at) === 0x000903 ? YES : NO;
    case 1099:
      return u32(data, at) === 0x88491a00 ? YES : NO;
    default:
      return NO;
  }
}

export const imo: Inspector = {
  id: 'imo',
  over: 'udp',
  ports: [],
  first: [0x00, 0x09, 0x88],
  service: '',
  app: 'IMO',
  probe,
};

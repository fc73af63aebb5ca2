/** TP-Link's smart plugs: JSON hidden by a running exclusive or that begins with 171. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const KEY = 171;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const from = p.tcp ? at + 4 : at;
  if (end - from < 8 || (p.tcp && u32(data, at) > 65536)) return NO;
  const first = data[from]! ^ KEY;
  const second = data[from + 1]! ^ data[from]!;
  const last = data[end - 1]! ^ data[end - 2]!;
  return first === 0x7b && second === 0x22 && (last === 0x7d || p.partial || p.tcp) ? YES : NO;
}

export const tplinkShp: Inspector = {
  id: 'tplink-shp',
  over: 'both',
  ports: [9999],
  first: [0x00, 0xd0],
  service: '',
  app: 'TPLINK_SHP',
  probe,
};

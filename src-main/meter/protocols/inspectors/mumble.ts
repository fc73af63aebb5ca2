/** Mumble's voice: a ping of a fixed size on its port. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at === (p.fromOrig ? 12 : 24) && (p.fromOrig ? u32(data, at) === 0 : true) ? YES : NO;
}

export const mumble: Inspector = {
  id: 'mumble',
  over: 'udp',
  ports: [64738],
  first: [0x00],
  portBound: true,
  service: '',
  app: 'Mumble',
  probe,
};

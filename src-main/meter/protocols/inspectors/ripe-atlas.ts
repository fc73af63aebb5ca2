/** RIPE Atlas: the text that its probes put into what they measure with. */
import { findText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return findText(data, 'http://atlas.ripe.net', at, Math.min(end, at + 64)) >= 0 ? YES : NO;
}

export const ripeAtlas: Inspector = {
  id: 'ripe-atlas',
  over: 'udp',
  ports: [],
  first: [0x00, 0x68],
  service: '',
  app: 'RipeAtlas',
  probe,
};

/** Zoom's media as measured in public (Michel and others 2022): its servers' encapsulation on their ports. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const KINDS = new Set([1, 2, 3, 4, 5, 7]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 8 && KINDS.has(data[at]!) && (data[at]! === 5 || data[at + 1] === 0 || end - at >= 24) ? YES : NO;
}

export const zoom: Inspector = {
  id: 'zoom',
  over: 'udp',
  ports: [8801, 8802, 8803, 8804, 8805, 8806, 8807, 8808, 8809, 8810],
  portBound: true,
  service: '',
  app: 'Zoom',
  probe,
};

/** Elasticsearch's transport between nodes: its mark and a length that fits. */
import { u32, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 19 || !startsWith(data, at, end, 'ES')) return NO;
  return u32(data, at + 2) >= 13 && at + 6 + u32(data, at + 2) >= end ? YES : NO;
}

export const elasticsearch: Inspector = {
  id: 'elasticsearch',
  over: 'tcp',
  ports: [9300],
  first: [0x45],
  service: '',
  app: 'Elasticsearch',
  probe,
};

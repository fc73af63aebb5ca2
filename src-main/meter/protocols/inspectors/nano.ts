/** Nano's peers: the network's letters, versions in order, and a known kind of message. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8 || data[at + 1]! < 0x41 || data[at + 1]! > 0x58) return NO;
  const [max, using, min] = [data[at + 2]!, data[at + 3]!, data[at + 4]!];
  return max >= using && using >= min && min > 0 && max < 64 && data[at + 5]! >= 2 && data[at + 5]! <= 0x0f ? YES : NO;
}

export const nano: Inspector = {
  id: 'nano',
  over: 'both',
  ports: [7075, 17075],
  first: [0x52],
  service: '',
  app: 'Nano',
  probe,
};

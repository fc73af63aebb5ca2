/** Gateway control, Megaco and H.248 (RFC 3525) in text. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return startsWith(data, at, end, 'MEGACO/') ||
    startsWith(data, at, end, '!/1') ||
    startsWith(data, at, end, '!/2') ||
    startsWith(data, at, end, '!/3')
    ? YES
    : NO;
}

export const megaco: Inspector = {
  id: 'megaco',
  over: 'both',
  ports: [2944],
  first: [0x21, 0x4d],
  service: '',
  app: 'Megaco',
  probe,
};

/** RTPS of the data distribution service (OMG): its mark and version. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 16 &&
    (startsWith(data, at, end, 'RTPS') || startsWith(data, at, end, 'RTPX')) &&
    data[at + 4]! <= 2
    ? YES
    : NO;
}

export const rtps: Inspector = {
  id: 'rtps',
  over: 'both',
  ports: [7400, 7401, 7410, 7411],
  first: [0x52],
  service: '',
  app: 'RTPS',
  probe,
};

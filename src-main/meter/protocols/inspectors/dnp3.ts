/** DNP3 (IEEE 1815): its start bytes, and a length that a link frame may have. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 10 && data[at] === 0x05 && data[at + 1] === 0x64 && data[at + 2]! >= 5 ? YES : NO;
}

export const dnp3: Inspector = {
  id: 'dnp3',
  over: 'both',
  ports: [20000],
  first: [0x05],
  service: '',
  app: 'DNP3',
  probe,
  open: (flow) => {
    flow.name(flow.tcp ? 'dnp3_tcp' : 'dnp3_udp');
    flow.finish();
    return {};
  },
};

/** iperf 3: the cookie that opens its control connection. */
import { isAsciiText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return p.fromOrig && p.fromStart && end - at === 37 && data[end - 1] === 0 && isAsciiText(data, at, end - 1)
    ? YES
    : NO;
}

export const iperf: Inspector = {
  id: 'iperf',
  over: 'tcp',
  ports: [5201],
  portBound: true,
  service: '',
  app: 'iperf',
  probe,
};

/** Kismet's server: the line that greets a client. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return startsWith(data, at, end, '*KISMET: ') || startsWith(data, at, end, '*SERVER: ') ? YES : NO;
}

export const kismet: Inspector = {
  id: 'kismet',
  over: 'tcp',
  ports: [2501],
  first: [0x2a],
  service: '',
  app: 'Kismet',
  probe,
};

/** Ookla's speed test over TCP: greetings in words. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [8080, 5060];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (startsWith(data, at, end, 'HELLO 2.') || startsWith(data, at, end, 'HELLO 3.')) return YES;
  return usual(p, PORTS) &&
    (startsWith(data, at, end, 'HI\n') || startsWith(data, at, end, 'HI ')) &&
    data[end - 1] === 0x0a
    ? YES
    : NO;
}

export const ookla: Inspector = {
  id: 'ookla',
  over: 'tcp',
  ports: PORTS,
  first: [0x48],
  service: '',
  app: 'OokLa',
  probe,
};

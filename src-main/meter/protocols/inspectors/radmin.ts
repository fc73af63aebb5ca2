/** Radmin, remote control: the client's first message. */
import { hex } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const GREETINGS = new Set(['01000000010000000808', '01000000010000001b1b', '010000002500000227']);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 10 &&
    end - at <= 64 &&
    (GREETINGS.has(hex(data, at, end, 10)) || GREETINGS.has(hex(data, at, end, 9)))
    ? YES
    : NO;
}

export const radmin: Inspector = {
  id: 'radmin',
  over: 'tcp',
  ports: [4899],
  first: [0x01],
  service: '',
  app: 'Radmin',
  probe,
};

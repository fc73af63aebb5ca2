/** Trains' data (IEC 61375-2-3): protocol version 1 and a known kind of message. */
import { latin1 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const KINDS = new Set(['Pd', 'Pr', 'Pp', 'Pe', 'Mn', 'Mr', 'Mp', 'Mq', 'Mc', 'Me']);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 40 && data[at + 4] === 1 && data[at + 5]! <= 2 && KINDS.has(latin1(data, at + 6, end, 2))
    ? YES
    : NO;
}

export const trdp: Inspector = {
  id: 'trdp',
  over: 'both',
  ports: [17224, 17225],
  marks: { tcp: { at: 4, bytes: [1] }, udp: { at: 4, bytes: [1] } },
  service: '',
  app: 'TRDP',
  probe,
};

/** AOL's messengers (OSCAR): a FLAP frame whose channel is known and whose length fits. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 6 && data[at + 1]! >= 1 && data[at + 1]! <= 5 && at + 6 + u16(data, at + 4) === end ? YES : NO;
}

export const oscar: Inspector = {
  id: 'oscar',
  over: 'tcp',
  ports: [5190],
  first: [0x2a],
  service: '',
  app: 'OSCAR',
  probe,
};

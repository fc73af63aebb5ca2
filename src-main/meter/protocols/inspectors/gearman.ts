/** Gearman: the mark of a request or an answer. */
import { u32, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 12 || (!startsWith(data, at, end, '\0REQ') && !startsWith(data, at, end, '\0RES'))) return NO;
  return u32(data, at + 4) >= 1 && u32(data, at + 4) <= 42 ? YES : NO;
}

export const gearman: Inspector = {
  id: 'gearman',
  over: 'tcp',
  ports: [4730],
  first: [0x00],
  service: '',
  app: 'Gearman',
  probe,
};

/** CORBA's inter-ORB protocol (OMG GIOP). */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8 || (!startsWith(data, at, end, 'GIOP') && !startsWith(data, at, end, 'ZIOP'))) return NO;
  return data[at + 4] === 1 && data[at + 5]! <= 3 && data[at + 7]! <= 7 ? YES : NO;
}

export const corba: Inspector = {
  id: 'corba',
  over: 'tcp',
  ports: [2809, 683],
  first: [0x47, 0x5a],
  service: '',
  app: 'Corba',
  probe,
};

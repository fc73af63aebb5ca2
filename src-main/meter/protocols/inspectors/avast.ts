/** Avast's antivirus (without a specification): a mark and the length of the message. */
import { u16, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 6 && startsWith(data, at, end, 'NOSA') && u16(data, at + 4) === end - at ? YES : NO;
}

export const avast: Inspector = {
  id: 'avast',
  over: 'tcp',
  ports: [],
  first: [0x4e],
  service: '',
  app: 'AVAST',
  probe,
};

/** Identification (RFC 1413): two ports, and an answer that repeats them. */
import { latin1 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return /^\s?\d{1,5}\s?,\s?\d{1,5}\s?(?:\r?\n|:)/.test(latin1(data, at, end, 32)) ? YES : NO;
}

export const ident: Inspector = {
  id: 'ident',
  over: 'tcp',
  ports: [113],
  portBound: true,
  service: '',
  app: 'Ident',
  probe,
};

/** HL7 version 2 in its minimal lower layer: a block that begins with the message header. */
import { matches } from '../bytes.ts';
import type { Inspector, Probe, Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return matches(data, at, end, '\x0bMSH|');
}

export const hl7: Inspector = {
  id: 'hl7',
  over: 'tcp',
  ports: [2575],
  first: [0x0b],
  service: '',
  app: 'HL7',
  probe,
};

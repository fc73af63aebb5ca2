/** Z39.50, libraries' search (ISO 23950): an initialisation request or its answer in BER that fills the segment. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 16) return NO;
  let from = at + 2;
  let length = data[at + 1]!;
  if (length === 0x81) length = data[from++]!;
  else if (length === 0x82) {
    length = u16(data, from);
    from += 2;
  } else if (length > 0x7f) return NO;
  return from + length === end && (data[from] === 0x83 || data[from] === 0x82) ? YES : NO;
}

export const z3950: Inspector = {
  id: 'z3950',
  over: 'tcp',
  ports: [210],
  first: [0xb4, 0xb5],
  service: '',
  app: 'Z3950',
  probe,
};

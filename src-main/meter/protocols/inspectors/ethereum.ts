/** Ethereum's peers find one another (discovery version 4): signature, kind, and a list that fits. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [30303, 30301];
const HEAD = 98;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < HEAD + 2 || data[at + 96]! > 3 || data[at + 97]! < 1 || data[at + 97]! > 6) return NO;
  const list = data[at + HEAD]!;
  if (list >= 0xc0 && list <= 0xf7)
    return at + HEAD + 1 + list - 0xc0 <= end && (usual(p, PORTS) || at + HEAD + 1 + list - 0xc0 === end) ? YES : NO;
  return list === 0xf8
    ? at + HEAD + 2 + data[at + HEAD + 1]! === end
      ? YES
      : NO
    : list === 0xf9 && at + HEAD + 3 + u16(data, at + HEAD + 1) === end
      ? YES
      : NO;
}

export const ethereum: Inspector = {
  id: 'ethereum',
  over: 'udp',
  ports: PORTS,
  marks: { udp: { at: 96, bytes: [0, 1, 2, 3] } },
  service: '',
  app: 'Ethereum',
  probe,
};

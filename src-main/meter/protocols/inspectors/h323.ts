/** H.323: Q.931 call signalling in TPKT, and H.225.0 registration, by the object identifier of H.225.0. */
import { u16, findText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [1719, 1720];
/** {itu-t(0) recommendation(0) h(8) 2250 version(0)} as H.225.0 writes it. */
const H225 = '\0\x08\x91\x4a\0';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.tcp) return usual(p, PORTS) && findText(data, H225, at, Math.min(end, at + 32)) > at ? YES : NO;
  if (data[at] !== 3 || end - at < 9) return NO;
  return data[at + 1] === 0 && data[at + 4] === 8 && data[at + 5] === 2 && u16(data, at + 2) >= 9 ? YES : NO;
}

export const h323: Inspector = {
  id: 'h323',
  over: 'both',
  ports: PORTS,
  marks: { tcp: { at: 0, bytes: [3] } },
  service: '',
  app: 'H323',
  probe,
};

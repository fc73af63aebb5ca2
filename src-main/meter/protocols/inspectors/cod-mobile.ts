/** Call of Duty: Mobile (without a specification): its ping on its port, and the message that names a soldier's outfit. */
import { findText, startsWith } from '../bytes.ts';
import { usual } from '../ports.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const PORTS = [7500];
const PING = 12;
const OUTFIT_MIN = 350;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at === PING) return usual(p, PORTS) && startsWith(data, at + 8, end, 'ping') ? YES : NO;
  if (data[at] !== 0xce || end - at <= OUTFIT_MIN) return NO;
  return findText(data, 'LOC_PREFAB_LOADOUTNAME_1', at, end) > 0 ? YES : NO;
}

export const codMobile: Inspector = {
  id: 'cod-mobile',
  over: 'udp',
  ports: [7500],
  service: '',
  app: 'CoD_Mobile',
  probe,
};

/** SAP's network interface: a length that fits, and on its ports what dispatcher, gateway and router say. */
import { startsWith, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

/** Dispatcher 32NN, gateway 33NN, message server 36NN; NN is the instance. */
const PORTS = [3200, 3300, 3600].flatMap((first) => Array.from({ length: 100 }, (_, i) => first + i));
/** Header of the dialogue (DIAG), and of the dispatcher that may stand before it (its first bytes are all ones). */
const ALL_ONES = 0xffffffff;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 12 || u32(data, at) !== end - at - 4) return NO;
  if (startsWith(data, at + 4, end, 'NI_')) return YES;
  if (startsWith(data, at + 4, end, '**MESSAGE**')) return YES;
  return u32(data, at + 4) === ALL_ONES && end - at >= 200 ? YES : NO;
}

export const sap: Inspector = {
  id: 'sap',
  over: 'tcp',
  ports: PORTS,
  portBound: true,
  first: [0x00],
  service: '',
  app: 'SAP',
  probe,
};

/** USB over IP, as Linux documents it: the list of devices asked for, or one to be attached. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const VERSION = 0x0111;
const LIST = 0x8005;
const ATTACH = 0x8003;
const HEADER = 8;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.fromStart || end - at < HEADER || u16(data, at) !== VERSION || u32(data, at + 4) !== 0) return NO;
  const code = u16(data, at + 2);
  return code === LIST || code === ATTACH || code === (LIST & 0xff) || code === (ATTACH & 0xff) ? YES : NO;
}

export const usbip: Inspector = {
  id: 'usbip',
  over: 'tcp',
  ports: [3240],
  first: [0x01],
  service: '',
  app: 'USBIP',
  probe,
};

/** Tuya's devices in the local network: the marks before and behind a message. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 24 || (u32(data, at) !== 0x000055aa && u32(data, at) !== 0x00006699)) return NO;
  return u32(data, end - 4) === (u32(data, at) === 0x000055aa ? 0x0000aa55 : 0x00009966) ? YES : NO;
}

export const tuyaLp: Inspector = {
  id: 'tuya-lp',
  over: 'both',
  ports: [6666, 6667, 6668, 7000],
  first: [0x00],
  service: '',
  app: 'TUYA_LP',
  probe,
};

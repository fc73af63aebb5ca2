/** Wake-on-LAN: six bytes of ones, then the same address sixteen times. */
import { u24 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 102 || u24(data, at) !== 0xffffff || u24(data, at + 3) !== 0xffffff) return NO;
  for (let i = 6; i < 96; i++) if (data[at + 6 + i] !== data[at + i]) return NO;
  return YES;
}

export const wakeOnLan: Inspector = {
  id: 'wake-on-lan',
  over: 'udp',
  ports: [9, 7],
  first: [0xff],
  service: '',
  app: 'WakeOnLAN',
  probe,
};

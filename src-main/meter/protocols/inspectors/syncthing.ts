/** Syncthing: the mark of its hello between devices and of its local discovery. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 6 && u32(data, at) === 0x2ea7d90b ? YES : NO;
}

export const syncthing: Inspector = {
  id: 'syncthing',
  over: 'both',
  ports: [22000, 21027],
  first: [0x2e],
  service: '',
  app: 'Syncthing',
  probe,
};

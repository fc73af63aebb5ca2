/** Discord's voice: the datagram of 74 bytes with which a client learns its own address (as its developers describe it). */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at !== 74 || u16(data, at + 2) !== 70) return NO;
  return data[at + 1] === 1 || data[at + 1] === 2 ? YES : NO;
}

export const discord: Inspector = {
  id: 'discord',
  over: 'udp',
  ports: [50001],
  first: [0x00],
  service: '',
  app: 'Discord',
  probe,
};

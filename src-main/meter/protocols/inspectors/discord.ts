/**
 * Discord's voice: the datagram of 74 bytes with which a client learns its own address (as its developers describe it),
 * and the one of eight that keeps a call alive.
 */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const ALIVE = 0x1337cafe;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at === 8) return u32(data, at) === ALIVE ? YES : NO;
  if (end - at !== 74 || data[at] !== 0 || u16(data, at + 2) !== 70) return NO;
  return data[at + 1] === 1 || data[at + 1] === 2 ? YES : NO;
}

export const discord: Inspector = {
  id: 'discord',
  over: 'udp',
  ports: [50001],
  first: [0x00, 0x13],
  service: '',
  app: 'Discord',
  probe,
};

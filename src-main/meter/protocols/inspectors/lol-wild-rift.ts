/** League of Legends: Wild Rift (without a specification): its ping, and the server's answer to a greeting, by their sizes and marks. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const PING = 22;
const ANSWER = 359;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at === PING) return u32(data, at) === 0x0102c841 && u32(data, end - 4) === 0x41304231 ? YES : NO;
  return end - at === ANSWER && p.tries > 0 && u32(data, at) === 0x10000000 ? YES : NO;
}

export const lolWildRift: Inspector = {
  id: 'lol-wild-rift',
  over: 'udp',
  ports: [],
  first: [0x01, 0x10],
  service: '',
  app: 'LoLWildRift',
  probe,
};

/** Games of NetEase (without a specification): the marks that their datagrams begin with. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const PING = 12;
const MESSAGE = 30;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at === PING) return u16(data, at + 2) === 0xd001 && u32(data, at + 8) === 0x00010101 ? YES : NO;
  return end - at >= MESSAGE && (u32(data, at) === 0xb3af8de8 || u32(data, at) === 0x0708080c) ? YES : NO;
}

export const neteaseGames: Inspector = {
  id: 'netease-games',
  over: 'udp',
  ports: [],
  first: [0x01, 0x07, 0xb3],
  service: '',
  app: 'NetEaseGames',
  probe,
};

/** Riot's games (without a specification): the marks that their datagrams end with. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const GREETING = 53;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at <= 8) return NO;
  const before = u32(data, end - 8);
  const last = u32(data, end - 4);
  if (before === 0xaaaaaaaa) return last === 0xbbbbbbbb ? YES : NO;
  return end - at === GREETING && before === 0x3cb11f2d && last === 0xea23460c ? YES : NO;
}

export const riotGames: Inspector = {
  id: 'riot-games',
  over: 'udp',
  ports: [],
  service: '',
  app: 'RiotGames',
  probe,
};

/** Tencent's games: the mark, version and command of their connection servers. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const MARK = 0x3366;
const VERSION_MAX = 0x20;
const COMMAND_MIN = 0x1001;
const COMMAND_MAX = 0x9fff;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 12 || u16(data, at) !== MARK) return NO;
  const newest = u16(data, at + 2);
  const oldest = u16(data, at + 4);
  if (newest < 1 || newest > VERSION_MAX || oldest < 1 || oldest > newest) return NO;
  return u16(data, at + 6) >= COMMAND_MIN && u16(data, at + 6) <= COMMAND_MAX ? YES : NO;
}

export const tencentGames: Inspector = {
  id: 'tencent-games',
  over: 'both',
  ports: [],
  first: [0x33],
  service: '',
  app: 'TencentGames',
  probe,
};

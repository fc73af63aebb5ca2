/**
 * Tencent's games: the mark, version and command of their connection servers, and two marks of four bytes each that
 * were only observed, without a specification.
 */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const MARK = 0x3366;
const VERSION_MAX = 0x20;
const COMMAND_MIN = 0x1001;
const COMMAND_MAX = 0x9fff;
/** The observed marks: how a message begins, and at which place the second mark stands then. */
const OTHERS = [
  { mark: 0x4366aa00, second: 12 },
  { mark: 0xaa000000, second: 10 },
];
const SECOND = 0x10e68601;

function observed(p: Probe): boolean {
  const { data, at, end } = p;
  if (end - at < 16) return false;
  return OTHERS.some(({ mark, second }) => u32(data, at) === mark && u32(data, at + second) === SECOND);
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 12) return NO;
  if (u16(data, at) !== MARK) return observed(p) ? YES : NO;
  const newest = u16(data, at + 2);
  const oldest = u16(data, at + 4);
  if (newest < 1 || newest > VERSION_MAX || oldest < 1 || oldest > newest) return NO;
  return u16(data, at + 6) >= COMMAND_MIN && u16(data, at + 6) <= COMMAND_MAX ? YES : NO;
}

export const tencentGames: Inspector = {
  id: 'tencent-games',
  over: 'both',
  ports: [],
  first: [0x33, 0x43, 0xaa],
  service: '',
  app: 'TencentGames',
  probe,
};

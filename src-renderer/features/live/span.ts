/** The time that the charts show: as wide as what is known needs, in few steps, so that it hardly ever jumps. */
import { LIVE_SECONDS, type LivePoint, type LiveSession } from '../../../src-shared/contract/topics/live.ts';
import type { TimeRange } from '../../lib/address-bar.ts';

/** Widths, seconds. */
const WIDTHS = [120, 300, LIVE_SECONDS] as const;

const WORDS: Readonly<Record<number, string>> = { 120: 'two', 300: 'five', 600: 'ten' };

export interface LiveSpan extends TimeRange {
  readonly seconds: number;
  /** "the last two minutes" */
  readonly words: string;
}

export function spanOf(points: readonly LivePoint[]): LiveSpan {
  const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0];
  const known = (last - first) / 1000;
  const seconds = WIDTHS.find((width) => known < width) ?? LIVE_SECONDS;
  return {
    from: last / 1000 - seconds,
    to: last / 1000,
    seconds,
    words: `the last ${WORDS[seconds] ?? 'ten'} minutes`,
  };
}

/** Whether a second of the packets is not one of whoever looks on. */
function isHurried(session: LiveSession | null): boolean {
  return session?.source.kind === 'file' && session.source.speed !== 1;
}

/** Behind a stretch of time that packets measure. */
export const ofPackets = (session: LiveSession | null): string => (isHurried(session) ? ' of the capture' : '');

/** Behind a rate by the clock on the wall. */
export const asPlayed = (session: LiveSession | null): string => (isHurried(session) ? ', as it is played' : '');

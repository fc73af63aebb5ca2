/** A side of a comparison in the address: `c3` is a capture, `2026-11-17` a day in the zone of the desk. */
import { dayMoment, isoDay, namedDay, systemZone } from '../../../src-shared/domain/calendar.ts';
import type { CompareSide } from '../../../src-shared/contract/topics/compare.ts';
import { deskAddress } from '../../lib/place.tsx';

const CAPTURE = /^c([1-9]\d{0,14})$/;
const WEEK = 7;

export const captureSide = (capture: number): string => `c${capture}`;

/** null: nothing, or what is no side. `zone`: undefined is that of the machine. */
export function sideOf(text: string, zone: string | undefined): CompareSide | null {
  const capture = CAPTURE.exec(text)?.[1];
  if (capture !== undefined) return { kind: 'capture', capture: Number(capture) };
  const named = zone ?? systemZone();
  const [from, to] = [namedDay(named, text), namedDay(named, text, 1)];
  return from === null || to === null ? null : { kind: 'period', range: { from: from / 1000, to: to / 1000 } };
}

export interface DayChoice {
  label: string;
  day: string;
}

/** Days that are often asked for. */
export function daysOffered(now: number, zone: string | undefined): DayChoice[] {
  const named = zone ?? systemZone();
  const day = (ago: number): string => isoDay(named, dayMoment(named, now, -ago));
  return [
    { label: 'Today', day: day(0) },
    { label: 'Yesterday', day: day(1) },
    { label: 'This day last week', day: day(WEEK) },
  ];
}

export function compareAddress(a: string, b: string): string {
  return deskAddress('compare', { a, b });
}

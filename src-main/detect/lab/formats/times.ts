/** Times as data sets write them, to seconds since 1970; without a zone they count as UTC. */
import { BadRecord } from './types.ts';

/** Day before month: 5/7/2017 8:55, 14/02/2018 08:31:01, with or without AM and PM. */
const DAY_FIRST = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?(?: ?([AP])M)?$/i;
const YEAR_FIRST = /^(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d(?:\.\d+)?)Z?$/;
const SECONDS = /^\d{1,10}(?:\.\d+)?$/;

function utc(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  const midnight = Date.UTC(year, month - 1, day);
  const given = new Date(midnight);
  const isDay = given.getUTCMonth() === month - 1 && given.getUTCDate() === day;
  return isDay && hour < 24 && minute < 60 && second < 61 ? midnight / 1000 + hour * 3600 + minute * 60 + second : NaN;
}

let lastText = '';
let lastSeconds = NaN;

/** NaN where it is no time. The last answer is kept: flows that follow each other often have the same time. */
export function secondsOf(text: string): number {
  if (text !== lastText) [lastText, lastSeconds] = [text, parsed(text)];
  return lastSeconds;
}

function parsed(text: string): number {
  const plain = text.trim();
  const early = YEAR_FIRST.exec(plain);
  if (early) {
    const [, year, month, day, hour, minute, second] = early.map(Number);
    return utc(year!, month!, day!, hour!, minute!, second!);
  }
  const late = DAY_FIRST.exec(plain);
  if (late) {
    const [, day, month, year, hour, minute] = late.map(Number);
    const half = late[7]?.toUpperCase();
    const inDay = half === undefined ? hour! : (hour! % 12) + (half === 'P' ? 12 : 0);
    return utc(year!, month!, day!, inDay, minute!, Number(late[6] ?? 0));
  }
  return SECONDS.test(plain) ? Number(plain) : NaN;
}

/** @throws BadRecord */
export function timeOf(text: string, column: string): number {
  const seconds = secondsOf(text);
  if (Number.isNaN(seconds)) throw new BadRecord(`${column} is not a time`);
  return seconds;
}

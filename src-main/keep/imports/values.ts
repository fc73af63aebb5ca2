/** Texts of records to numbers: addresses, times, flags. */
import { parseAddress } from '../../../src-shared/domain/network.ts';
import type { FlowRecord } from './record.ts';

const MAPPED = 0xffff;
const BILLION = 1e9;
/** 9999-12-31: what lies beyond it is no time of a packet. */
const LAST_SECOND = 253_402_300_799;
/** A flow that lasts longer than ten years is none. */
const LONGEST = 10 * 366 * 86_400;
const ZERO = 0x30;
const DOT = 0x2e;

/** Dotted quad as one number, -1 where it is none; written by hand because it runs twice a record. */
function quad(text: string): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (octet < 0 || ++dots > 3) return -1;
      value = value * 256 + octet;
      octet = -1;
    } else {
      const digit = code - ZERO;
      if (digit < 0 || digit > 9) return -1;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return -1;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

/** Writes the four words of an address at `words[at…]`; false where it is none. */
export function addressInto(text: string, words: Uint32Array, at: number): boolean {
  const v4 = quad(text);
  if (v4 >= 0) {
    words[at] = words[at + 1] = 0;
    words[at + 2] = MAPPED;
    words[at + 3] = v4;
    return true;
  }
  if (text.length > 64) return false;
  const bytes = parseAddress(text);
  if (!bytes) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  for (let i = 0; i < 4; i++) words[at + i] = view.getUint32(i * 4);
  return true;
}

/** Four words of an IPv4 address given as a number. */
export function v4Into(value: number, words: Uint32Array, at: number): void {
  words[at] = words[at + 1] = 0;
  words[at + 2] = MAPPED;
  words[at + 3] = value;
}

/** Whole seconds and nanoseconds, exactly. */
export interface Exact {
  sec: number;
  nano: number;
}

const EPOCH = /^(-?)(\d{1,14})(?:\.(\d{1,15}))?$/;

/** Decimal seconds ("1591367999.305988"), exactly; null where the text is none. */
export function decimalTime(text: string): Exact | null {
  const [, sign, whole, fraction = ''] = EPOCH.exec(text) ?? [];
  if (whole === undefined) return null;
  const nano = Number(`${fraction}000000000`.slice(0, 9));
  const sec = Number(whole);
  if (sign !== '-') return { sec, nano };
  return nano === 0 ? { sec: -sec, nano: 0 } : { sec: -sec - 1, nano: BILLION - nano };
}

const CALENDAR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?(Z|[+-]\d\d:?\d\d)?$/;

/** "2024-01-01T00:00:00.123456+0100"; without an offset it is UTC. */
export function calendarMoment(text: string): Exact | null {
  const [, stem, fraction = '', zone = 'Z'] = CALENDAR.exec(text) ?? [];
  if (stem === undefined) return null;
  const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const ms = Date.parse(`${stem}${offset}`);
  return Number.isNaN(ms) ? null : { sec: ms / 1000, nano: Number(`${fraction}000000000`.slice(0, 9)) };
}

/** Sets when a record began and how long it took. What is wrong with it, or undefined. */
export function setTimes(record: FlowRecord, start: Exact, length: Exact): string | undefined {
  if (start.sec < 0 || start.sec > LAST_SECOND) return 'its time lies outside 1970 to 9999';
  if (length.sec < 0 || length.sec > LONGEST) return 'it lasts less than nothing, or more than ten years';
  const nano = start.nano + length.nano;
  record.sec = start.sec;
  record.nano = start.nano;
  record.lastSec = start.sec + length.sec + (nano >= BILLION ? 1 : 0);
  record.lastNano = nano % BILLION;
  return undefined;
}

/** From one moment to another. */
export function between(from: Exact, to: Exact): Exact {
  const nano = to.nano - from.nano;
  return nano < 0 ? { sec: to.sec - from.sec - 1, nano: nano + BILLION } : { sec: to.sec - from.sec, nano };
}

/** Milliseconds since 1970. */
export function millis(ms: number): Exact {
  const sec = Math.floor(ms / 1000);
  return { sec, nano: Math.round((ms - sec * 1000) * 1e6) };
}

/** A count that a record may have: whole, not negative, exact; NaN for what is none. */
export function countOf(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  return value <= Number.MAX_SAFE_INTEGER ? value : NaN;
}

/** A port; NaN for what is none. */
export function portOf(text: string): number {
  const value = countOf(text);
  return value <= 65_535 ? value : NaN;
}

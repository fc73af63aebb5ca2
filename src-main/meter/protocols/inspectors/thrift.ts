/** Apache Thrift's protocols in binary and compact: version, kind of message, and a name in text; framed or not. */
import { u16, u32, isAsciiText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const NAME_MAX = 128;
const COMPACT = 0x82;
/** Bytes that a number of variable length may have. */
const NUMBER_MAX = 5;

/** A strict message's head: version 1, a kind, a method's name. */
function message(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < 12) return false;
  if (data[at] === COMPACT) return compact(data, at, end);
  if (u16(data, at) !== 0x8001 || data[at + 2] !== 0 || data[at + 3]! < 1 || data[at + 3]! > 4) return false;
  const length = u32(data, at + 4);
  return length > 0 && length <= NAME_MAX && at + 8 + length + 4 <= end && isAsciiText(data, at + 8, at + 8 + length);
}

/** A compact message's head: kind and version in one byte, a number of variable length, a method's name. */
function compact(data: Uint8Array, at: number, end: number): boolean {
  const kind = data[at + 1]! >>> 5;
  if ((data[at + 1]! & 0x1f) !== 1 || kind < 1 || kind > 4) return false;
  let next = at + 2;
  while (next < at + 2 + NUMBER_MAX && data[next]! >= 0x80) next++;
  const length = data[next + 1]!;
  const name = next + 2;
  return (
    data[next]! < 0x80 &&
    length > 0 &&
    length < NAME_MAX &&
    name + length < end &&
    isAsciiText(data, name, name + length)
  );
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return message(data, at, end) || (data[at] === 0 && message(data, at + 4, end)) ? YES : NO;
}

export const thrift: Inspector = {
  id: 'thrift',
  over: 'both',
  ports: [9090],
  first: [0x00, 0x80, COMPACT],
  service: '',
  app: 'Thrift',
  probe,
};

/** Apache Thrift's binary protocol: version, kind of message, and a name in text; framed or not. */
import { u16, u32, isAsciiText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

/** A strict message's head: version 1, a kind, a method's name. */
function message(data: Uint8Array, at: number, end: number): boolean {
  if (end - at < 12 || u16(data, at) !== 0x8001 || data[at + 2] !== 0 || data[at + 3]! < 1 || data[at + 3]! > 4)
    return false;
  const length = u32(data, at + 4);
  return length > 0 && length <= 128 && at + 8 + length + 4 <= end && isAsciiText(data, at + 8, at + 8 + length);
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return message(data, at, end) || (data[at] === 0 && message(data, at + 4, end)) ? YES : NO;
}

export const thrift: Inspector = {
  id: 'thrift',
  over: 'both',
  ports: [9090],
  first: [0x00, 0x80],
  service: '',
  app: 'ApacheThrift',
  probe,
};

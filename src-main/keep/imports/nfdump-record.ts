/** A record of nfdump's file format 2: a header, then elements in any order. All numbers are little-endian. */
import { icmpCounterpart } from '../../meter/flows/icmp.ts';
import { guessPayload, isIcmp } from './guess.ts';
import { FlowRecord } from './record.ts';
import { between, millis, setTimes, v4Into } from './values.ts';

const HEADER = 12;
const ELEMENT_HEADER = 4;
const GENERIC = 1;
const IPV4 = 2;
const IPV6 = 3;
const COUNTERS = 6;
const VLAN = 7;
/** Least bytes of an element's content. */
const LEAST: Readonly<Record<number, number>> = { [GENERIC]: 48, [IPV4]: 8, [IPV6]: 32, [COUNTERS]: 24, [VLAN]: 8 };

function counter(bytes: Buffer, at: number): number {
  const value = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

function setGeneric(record: FlowRecord, bytes: Buffer, at: number): string | undefined {
  const [first, last] = [counter(bytes, at), counter(bytes, at + 8)];
  record.origPkts = counter(bytes, at + 24);
  record.origIpBytes = counter(bytes, at + 32);
  record.origPort = bytes.readUInt16LE(at + 40);
  record.respPort = bytes.readUInt16LE(at + 42);
  record.proto = bytes[at + 44]!;
  record.origFlags = bytes[at + 45]!;
  if (isIcmp(record.proto)) {
    const packed = record.respPort;
    record.origPort = packed >>> 8;
    const counterpart = icmpCounterpart(record.proto, record.origPort);
    record.respPort = counterpart >= 0 ? counterpart : packed & 255;
  }
  const start = millis(first);
  return setTimes(record, start, between(start, millis(last)));
}

function setAddresses(record: FlowRecord, type: number, bytes: Buffer, at: number): void {
  if (type === IPV4) {
    v4Into(bytes.readUInt32LE(at), record.ends, 0);
    v4Into(bytes.readUInt32LE(at + 4), record.ends, 4);
    return;
  }
  // Two 64-bit numbers an address: the later half of each stands first.
  for (let i = 0; i < 8; i++) record.ends[i] = bytes.readUInt32LE(at + (i ^ 1) * 4);
}

/** The record at `bytes[from…end)`, or what is wrong with it. */
export function nfdumpRecord(bytes: Buffer, from: number, end: number): FlowRecord | string {
  if (end - from < HEADER) return 'a record is shorter than its header';
  const record = new FlowRecord();
  const elements = bytes.readUInt16LE(from + 4);
  let wrong: string | undefined = 'it does not say when it began';
  let hasEnds = false;
  for (let i = 0, at = from + HEADER; i < elements; i++) {
    if (at + ELEMENT_HEADER > end) return 'a record ends within its elements';
    const type = bytes.readUInt16LE(at);
    const length = bytes.readUInt16LE(at + 2);
    if (length < ELEMENT_HEADER || at + length > end) return 'an element is longer than its record';
    const content = at + ELEMENT_HEADER;
    if (length - ELEMENT_HEADER >= (LEAST[type] ?? Infinity)) {
      if (type === GENERIC) wrong = setGeneric(record, bytes, content);
      else if (type === COUNTERS) {
        record.respPkts = counter(bytes, content + 8);
        record.respIpBytes = counter(bytes, content + 16);
      } else if (type === VLAN) record.vlan = bytes.readUInt32LE(content) & 0xfff;
      else {
        setAddresses(record, type, bytes, content);
        hasEnds = true;
      }
    }
    at += length;
  }
  if (wrong !== undefined) return wrong;
  if (!hasEnds) return 'it has no addresses';
  if (record.origPkts + record.respPkts === 0) return 'it counts no packets';
  record.oneWay = record.respPkts === 0;
  guessPayload(record);
  return record;
}

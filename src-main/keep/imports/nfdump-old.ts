/**
 * Records of nfdump's file format 1 (nfdump 1.6): a fixed part, addresses, counts, then extensions in the order that a map
 * names; maps are records too. All numbers are little-endian. Checked against what nfdump 1.7 reads in such files.
 */
import { icmpCounterpart } from '../../meter/flows/icmp.ts';
import { guessPayload, isIcmp } from './guess.ts';
import { FlowRecord } from './record.ts';
import { between, millis, setTimes, v4Into } from './values.ts';

const MAP = 2;
const FLOW = 10;
const FIXED = 32;
const IPV6 = 1;
const LONG_PACKETS = 2;
const LONG_BYTES = 4;
/** Bytes of the extensions 4 and up (nfdump 1.6, nffile.h). */
const SIZES = [4, 8, 4, 8, 4, 4, 16, 4, 16, 4, 4, 8, 4, 8, 4, 8, 16, 16, 40, 4, 16, 4, 8, 8];
const FIRST = 4;
const VLAN = 13;
/** Of the other direction, in 32 and 64 bits. */
const PACKETS_BACK: ReadonlySet<number> = new Set([14, 15]);
const BYTES_BACK: ReadonlySet<number> = new Set([16, 17]);
/** Maps of one file. */
const MAPS_MOST = 65_536;

function counter(bytes: Buffer, at: number, long: boolean): number {
  const low = bytes.readUInt32LE(at);
  return long ? Math.min(low + bytes.readUInt32LE(at + 4) * 2 ** 32, Number.MAX_SAFE_INTEGER) : low;
}

export class OldRecords {
  private readonly maps = new Map<number, number[]>();

  /** The record at `bytes[from…end)`, what is wrong with it, or undefined where it is none of a flow. */
  read(bytes: Buffer, from: number, end: number): FlowRecord | string | undefined {
    const type = bytes.readUInt16LE(from);
    if (type === MAP) this.note(bytes, from, end);
    if (type !== FLOW) return undefined;
    return this.flow(bytes, from, end);
  }

  private note(bytes: Buffer, from: number, end: number): void {
    if (end - from < 8 || this.maps.size >= MAPS_MOST) return;
    const ids: number[] = [];
    for (let at = from + 8; at + 2 <= end; at += 2) {
      const id = bytes.readUInt16LE(at);
      if (id === 0) break;
      ids.push(id);
    }
    this.maps.set(bytes.readUInt16LE(from + 4), ids);
  }

  private flow(bytes: Buffer, from: number, end: number): FlowRecord | string {
    if (end - from < FIXED) return 'a record is shorter than its fixed part';
    const flags = bytes.readUInt16LE(from + 4);
    const [six, longPackets, longBytes] = [IPV6, LONG_PACKETS, LONG_BYTES].map((bit) => (flags & bit) !== 0);
    const counts = from + FIXED + (six ? 32 : 8);
    const rest = counts + (longPackets ? 8 : 4) + (longBytes ? 8 : 4);
    if (rest > end) return 'a record ends within its counts';
    const record = new FlowRecord();
    const first = bytes.readUInt32LE(from + 12) * 1000 + bytes.readUInt16LE(from + 8);
    const last = bytes.readUInt32LE(from + 16) * 1000 + bytes.readUInt16LE(from + 10);
    const start = millis(first);
    const wrong = setTimes(record, start, between(start, millis(last)));
    if (wrong !== undefined) return wrong;
    record.origFlags = bytes[from + 21]!;
    record.proto = bytes[from + 22]!;
    setPorts(record, bytes.readUInt16LE(from + 24), bytes.readUInt16LE(from + 26));
    setEnds(record, bytes, from + FIXED, six!);
    record.origPkts = counter(bytes, counts, longPackets!);
    record.origIpBytes = counter(bytes, counts + (longPackets ? 8 : 4), longBytes!);
    this.extend(record, bytes, rest, end, bytes.readUInt16LE(from + 6));
    if (record.origPkts + record.respPkts === 0) return 'it counts no packets';
    record.oneWay = record.respPkts === 0;
    guessPayload(record);
    return record;
  }

  /** What a map that is not there would say is passed over. */
  private extend(record: FlowRecord, bytes: Buffer, from: number, end: number, map: number): void {
    let at = from;
    for (const id of this.maps.get(map) ?? []) {
      const size = SIZES[id - FIRST];
      if (size === undefined || at + size > end) return;
      if (id === VLAN) record.vlan = bytes.readUInt16LE(at) & 0xfff;
      if (PACKETS_BACK.has(id)) record.respPkts = counter(bytes, at, size === 8);
      if (BYTES_BACK.has(id)) record.respIpBytes = counter(bytes, at, size === 8);
      at += size;
    }
  }
}

function setPorts(record: FlowRecord, from: number, to: number): void {
  [record.origPort, record.respPort] = [from, to];
  if (!isIcmp(record.proto)) return;
  // Type and code stand in the place of the destination's port.
  record.origPort = to >>> 8;
  const counterpart = icmpCounterpart(record.proto, record.origPort);
  record.respPort = counterpart >= 0 ? counterpart : to & 255;
}

function setEnds(record: FlowRecord, bytes: Buffer, at: number, six: boolean): void {
  if (six) {
    // Two 64-bit numbers an address: the later half of each stands first.
    for (let i = 0; i < 8; i++) record.ends[i] = bytes.readUInt32LE(at + (i ^ 1) * 4);
    return;
  }
  v4Into(bytes.readUInt32LE(at), record.ends, 0);
  v4Into(bytes.readUInt32LE(at + 4), record.ends, 4);
}

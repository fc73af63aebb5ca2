/**
 * When the packets of recorded flows were sent: evenly over their time, as far as anybody can know. A flow is looked at in at
 * most `TOUCHES` seconds; of longer ones each look stands for several, whose packets count for windows but make no burst.
 */
import { stir } from '../../meter/table-seed.ts';
import { PROTO } from '../../meter/packets/types.ts';
import type { FlowShare, WindowStage } from '../../meter/windows/types.ts';
import { TCP_FLAG } from '../../meter/flows/tcp.ts';
import { Heap } from './heap.ts';
import type { FlowRecord } from './record.ts';

const TOUCHES = 600;
/** Largest count of one share: columns have 32 bits. */
const SHARE_MAX = 2 ** 30;
/** Flows spread at once; beyond it, what a flow has left is not counted by the second. */
const CEILING = 300_000;

interface Running {
  record: FlowRecord;
  origHost: number;
  respHost: number;
  origHash: number;
  respHash: number;
  /** What it says first was said in answer. */
  isAnswer: boolean;
  /** Looks in all, and the next one. */
  looks: number;
  next: number;
  /** Second of the next look. */
  at: number;
}

function hashOf(words: Uint32Array, at: number): number {
  return stir(stir(stir(stir(0x5bd1e995, words[at]!), words[at + 1]!), words[at + 2]!), words[at + 3]!) >>> 0;
}

/** The part of a whole that look `k` of `n` has. */
function part(whole: number, k: number, n: number): number {
  return Math.min(SHARE_MAX, Math.floor((whole * (k + 1)) / n) - Math.floor((whole * k) / n));
}

/** Packets of nothing but connection attempts: all have SYN. */
function synPackets(flags: number, packets: number, answered: boolean): number {
  if ((flags & TCP_FLAG.SYN) === 0) return 0;
  return answered || (flags & ~(TCP_FLAG.SYN | TCP_FLAG.ECE | TCP_FLAG.CWR)) !== 0 ? 1 : packets;
}

export class Spread {
  private readonly windows: WindowStage;
  /** By the second of their next look; a heap of flows would cost more than all else. */
  private readonly running = new Map<number, Running[]>();
  private readonly seconds = new Heap<number>((a, b) => a < b);
  private count = 0;

  constructor(windows: WindowStage) {
    this.windows = windows;
  }

  /** Second of the next look; Infinity where there is none. */
  get nextAt(): number {
    return this.seconds.peek() ?? Number.POSITIVE_INFINITY;
  }

  /** A flow that began at or before `second`: what lies before it is not counted. */
  begin(record: FlowRecord, origHost: number, respHost: number, second: number, isAnswer = false): void {
    const seconds = record.lastSec - record.sec + 1;
    const looks = Math.max(1, Math.min(seconds, TOUCHES, Math.max(record.origPkts, record.respPkts)));
    const one: Running = {
      record,
      origHost,
      respHost,
      origHash: hashOf(record.ends, 0),
      respHash: hashOf(record.ends, 4),
      isAnswer,
      looks,
      next: 0,
      at: record.sec,
    };
    while (one.at < second && one.next < looks - 1) this.advance(one);
    if (one.at < second) one.at = second;
    this.wait(one);
  }

  private wait(one: Running): void {
    const same = this.running.get(one.at);
    this.count++;
    if (same) {
      same.push(one);
      return;
    }
    this.running.set(one.at, [one]);
    this.seconds.push(one.at);
  }

  private advance(one: Running): void {
    const seconds = one.record.lastSec - one.record.sec + 1;
    one.next++;
    one.at = one.record.sec + Math.floor((one.next * seconds) / one.looks);
  }

  /** Counts what was sent until the end of `second`, which the windows must have begun. */
  until(second: number): void {
    for (let at = this.seconds.peek(); at !== undefined && at <= second; at = this.seconds.peek()) {
      this.seconds.pop();
      const due = this.running.get(at) ?? [];
      this.running.delete(at);
      this.count -= due.length;
      for (const one of due) {
        this.look(one);
        if (one.next + 1 >= one.looks) continue;
        this.advance(one);
        if (this.count < CEILING) this.wait(one);
      }
    }
  }

  private look(one: Running): void {
    const { record, next: k, looks: n } = one;
    const seconds = record.lastSec - record.sec + 1;
    /** Seconds that this look stands for. */
    const stretch = Math.max(1, seconds / n);
    this.direction(one, true, k, n, stretch);
    this.direction(one, false, k, n, stretch);
  }

  private direction(one: Running, forward: boolean, k: number, n: number, stretch: number): void {
    const { record } = one;
    const whole = forward ? record.origPkts : record.respPkts;
    const packets = part(whole, k, n);
    if (packets === 0) return;
    const bytes = part(forward ? record.origIpBytes : record.respIpBytes, k, n);
    const now = Math.min(packets, Math.ceil(packets / stretch));
    const share = this.share(one, forward, now, (bytes * now) / packets, k === 0, k === n - 1);
    this.windows.share(share, false);
    if (now === packets) return;
    const rest = this.share(one, forward, packets - now, (bytes * (packets - now)) / packets, false, false);
    this.windows.share(rest, true);
  }

  private share(
    { record, origHost, respHost, origHash, respHash, isAnswer }: Running,
    forward: boolean,
    packets: number,
    bytes: number,
    first: boolean,
    last: boolean,
  ): FlowShare {
    const { proto, origPort, respPort } = record;
    const tcp = proto === PROTO.TCP;
    const flags = tcp ? (forward ? record.origFlags : record.respFlags) : 0;
    const answered = (forward ? record.respPkts : record.origPkts) > 0;
    const syns = first || !answered ? Math.min(packets, synPackets(flags, packets, answered)) : 0;
    const answers = (flags & TCP_FLAG.ACK) !== 0 && (!forward || isAnswer);
    const silent = (forward ? record.origBytes : record.respBytes) === 0;
    return {
      sender: forward ? origHost : respHost,
      target: forward ? respHost : origHost,
      senderHash: forward ? origHash : respHash,
      proto,
      srcPort: forward ? origPort : respPort,
      dstPort: forward ? respPort : origPort,
      packets,
      bytes,
      syn: answers ? 0 : syns,
      synAck: answers ? syns : 0,
      rst: last && (flags & TCP_FLAG.RST) !== 0 ? 1 : 0,
      empty: tcp && silent ? packets - syns : 0,
    };
  }
}

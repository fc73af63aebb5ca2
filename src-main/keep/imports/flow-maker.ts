/**
 * Records in the order of time to what the meter of packets would give: flows that ended, events of flows that began, and
 * windows. One second of the records' time after the other; bounded in flows that are open at once.
 */
import { FLOW_EVENT, makeFlowBatch, makeFlowEventBatch } from '../../meter/flows/types.ts';
import { TCP_FLAG } from '../../meter/flows/tcp.ts';
import type { HostTable } from '../../meter/hosts.ts';
import { PROTO } from '../../meter/packets/types.ts';
import type { WindowStage } from '../../meter/windows/types.ts';
import { begun, belongs, isReverse, join, keyOf, silenceOf } from './halves.ts';
import { Heap } from './heap.ts';
import type { FlowRecord } from './record.ts';
import type { RecordReader } from './reader.ts';
import { clearFlows, firstFlags, wasRefused, writeEvent, writeFlow, type OpenFlow } from './rows.ts';
import { Spread } from './spread.ts';

/** Records taken in one step, rows of its batches. */
const STEP = 4096;
/** Seconds that one step deals with at most, where little happens. */
const SECONDS = 10;
/** Flows open at once: about 100 MB. Beyond it the one that ends first is told of before its time. */
const OPEN_MAX = 262_144;

interface Ending {
  flow: OpenFlow;
  /** Second from which on nothing more comes of it. */
  at: number;
  /** '' for flows that came whole. */
  key: string;
}

export class FlowMaker {
  readonly flows = makeFlowBatch(STEP);
  readonly events = makeFlowEventBatch(STEP * 2);
  /** Flows so far, those told of before their time, packets that records of the last step count. */
  readonly statistics = { flows: 0, cutShort: 0, packets: 0 };
  /** Told which flow the record of a sensor's became. */
  onFlow: ((sensorFlow: number, id: number) => void) | undefined;
  /** Second that was dealt with last. */
  now = 0;
  private readonly hosts: HostTable;
  private readonly windows: WindowStage;
  private readonly spread: Spread;
  private readonly endings = new Heap<Ending>((a, b) => a.at < b.at || (a.at === b.at && a.flow.id < b.flow.id));
  /** Flows whose parts may still come, by their ends. */
  private readonly parts = new Map<string, OpenFlow>();
  /** How many flows of the same ends began at this very moment. */
  private readonly twins = new Map<string, number>();
  private moment = '';

  constructor(hosts: HostTable, windows: WindowStage) {
    this.hosts = hosts;
    this.windows = windows;
    this.spread = new Spread(windows);
  }

  /**
   * Deals with the next seconds in which something happens, until enough has; false where nothing more does. `reader` must be
   * filled.
   */
  step(reader: RecordReader): boolean {
    this.clear();
    const began = this.nextSecond(reader);
    if (began === Number.POSITIVE_INFINITY) return false;
    let left = STEP;
    for (let second = began; left > 0 && second < began + SECONDS; second = this.nextSecond(reader)) {
      left -= this.second(reader, second, left);
      if (!reader.isFull) break;
    }
    return true;
  }

  private nextSecond(reader: RecordReader): number {
    const start = reader.peek()?.sec ?? Number.POSITIVE_INFINITY;
    const end = this.endings.peek()?.at ?? Number.POSITIVE_INFINITY;
    return Math.max(this.now, Math.min(start, this.spread.nextAt, end));
  }

  /** How many records were taken. */
  private second(reader: RecordReader, second: number, most: number): number {
    this.now = second;
    this.windows.moveTo(second);
    const told = this.events.count;
    let taken = 0;
    for (let one = reader.peek(); one && one.sec <= second && taken < most; one = reader.peek()) {
      reader.take();
      this.begin(one, second);
      taken++;
    }
    this.windows.opened(this.events, told);
    this.spread.until(second);
    // What begins in this second comes before what ends in it.
    if (taken < most) this.endUntil(second);
    return taken;
  }

  /** Ends all flows that are open. */
  finish(): void {
    this.clear();
    for (let one = this.endings.pop(); one; one = this.endings.pop()) this.end(one);
  }

  private clear(): void {
    clearFlows(this.flows);
    this.events.count = 0;
    this.statistics.packets = 0;
  }

  private endUntil(second: number): void {
    for (let one = this.endings.peek(); one && one.at <= second; one = this.endings.peek()) {
      this.endings.pop();
      this.settle(one);
    }
    while (this.endings.size > OPEN_MAX) {
      this.end(this.endings.pop()!);
      this.statistics.cutShort++;
    }
  }

  /** Its time is over, unless a part of it came since. */
  private settle(one: Ending): void {
    const at = one.key === '' ? one.at : one.flow.record.lastSec + silenceOf(one.flow.record);
    if (at > this.now && at > one.at) this.endings.push({ ...one, at });
    else this.end(one);
  }

  private end({ flow, key }: Ending): void {
    if (key !== '' && this.parts.get(key) === flow) this.parts.delete(key);
    writeFlow(this.flows, flow);
  }

  private begin(record: FlowRecord, second: number): void {
    this.statistics.packets += record.origPkts + record.respPkts;
    if (record.oneWay) return this.beginPart(record, second);
    const flow = this.open(record, record);
    this.tellOpened(flow);
    this.spread.begin(record, flow.origHost, flow.respHost, second);
    this.endings.push({ flow, at: record.lastSec, key: '' });
  }

  private open(flow: FlowRecord, first: FlowRecord): OpenFlow {
    const origHost = this.hosts.intern(flow.ends, 0);
    const respHost = this.hosts.intern(flow.ends, 4);
    const id = this.statistics.flows++;
    if (first.sensorFlow !== 0) this.onFlow?.(first.sensorFlow, id);
    return { record: flow, id, origHost, respHost, twin: this.twin(first) };
  }

  private tellOpened(flow: OpenFlow): void {
    const { record, origHost, respHost } = flow;
    writeEvent(this.events, FLOW_EVENT.OPEN, flow, record.sec, record.nano, firstFlags(record));
    if (origHost === 0 && respHost === 0) return;
    if (record.origPkts === 0 || record.respPkts === 0) return;
    this.tellAnswered(flow, record.sec, record.nano, wasRefused(record));
  }

  private tellAnswered(flow: OpenFlow, sec: number, nano: number, refused: boolean): void {
    const tcp = flow.record.proto === PROTO.TCP;
    const flags = refused ? TCP_FLAG.RST | TCP_FLAG.ACK : TCP_FLAG.SYN | TCP_FLAG.ACK;
    writeEvent(this.events, refused ? FLOW_EVENT.REFUSED : FLOW_EVENT.ANSWERED, flow, sec, nano, tcp ? flags : 0);
  }

  private beginPart(part: FlowRecord, second: number): void {
    const key = keyOf(part);
    const known = this.parts.get(key);
    if (known && belongs(known.record, part)) return this.continue(known, part, second);
    const flow = this.open(begun(part), part);
    this.parts.set(key, flow);
    writeEvent(this.events, FLOW_EVENT.OPEN, flow, part.sec, part.nano, firstFlags(part));
    const [source, target] = flow.record.flipped ? [flow.respHost, flow.origHost] : [flow.origHost, flow.respHost];
    this.spread.begin(part, source, target, second, flow.record.flipped);
    this.endings.push({ flow, at: part.lastSec + silenceOf(flow.record), key });
  }

  private continue(flow: OpenFlow, part: FlowRecord, second: number): void {
    const reverse = isReverse(flow.record, part);
    const first = reverse && flow.record.respPkts === 0 && flow.record.origPkts > 0;
    join(flow.record, part);
    if (first) this.tellAnswered(flow, part.sec, part.nano, wasRefused(flow.record));
    const [source, target] = reverse ? [flow.respHost, flow.origHost] : [flow.origHost, flow.respHost];
    this.spread.begin(part, source, target, second, reverse);
  }

  private twin(record: FlowRecord): number {
    const moment = `${record.sec}.${record.nano}`;
    if (moment !== this.moment) {
      this.twins.clear();
      this.moment = moment;
    }
    const key = keyOf(record);
    const before = this.twins.get(key) ?? 0;
    this.twins.set(key, before + 1);
    return before;
  }
}

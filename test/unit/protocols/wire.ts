/** A wire for tests: payloads become rows of a batch, and the stage says what it saw. */
import { makeColumns } from '../../../src-main/meter/columns.ts';
import { flowSchema, type FlowMeta, type FlowTable } from '../../../src-main/meter/flows/types.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { makePacketBatch, makeSegmentBatch, PROTO, type SegmentBatch } from '../../../src-main/meter/packets/types.ts';
import { makeProtocolStage } from '../../../src-main/meter/protocols/stage.ts';
import type { ProtocolMessage, ProtocolStage, ProtocolStageOptions } from '../../../src-main/meter/protocols/types.ts';

const SLOTS = 64;

export const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
export const hexBytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s+/g, ''), 'hex'));
export const join = (...parts: (Uint8Array | number[])[]): Uint8Array => Uint8Array.from(parts.flatMap((p) => [...p]));
export const be16 = (value: number): number[] => [(value >>> 8) & 255, value & 255];
export const be24 = (value: number): number[] => [(value >>> 16) & 255, (value >>> 8) & 255, value & 255];
export const be32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
export const le16 = (value: number): number[] => [value & 255, (value >>> 8) & 255];
export const le32 = (value: number): number[] => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
export const utf16 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'utf16le'));

export interface FlowOptions {
  proto?: number;
  origPort?: number;
  respPort?: number;
  /** Last byte of 10.0.0.x. */
  orig?: number;
  resp?: number;
  /** The SYNs were seen (default true for TCP). */
  syn?: boolean;
}

interface Row {
  slot: number;
  fromOrig: boolean;
  payload: Uint8Array;
  wire: number;
  seq: number;
  tcpFlags: number;
  flags: number;
}

/** One flow of a `Wire`. */
export class TestFlow {
  readonly slot: number;
  readonly options: Required<FlowOptions>;
  private readonly wire: Wire;
  private readonly seq: [number, number] = [1000, 5000];

  constructor(wire: Wire, slot: number, options: Required<FlowOptions>) {
    this.wire = wire;
    this.slot = slot;
    this.options = options;
    if (options.proto === PROTO.TCP && options.syn) {
      this.row(true, new Uint8Array(0), { tcpFlags: 2, seq: 999 });
      this.row(false, new Uint8Array(0), { tcpFlags: 18, seq: 4999 });
    }
  }

  private row(fromOrig: boolean, payload: Uint8Array, more: Partial<Row> = {}): void {
    const seq = this.seq[fromOrig ? 0 : 1];
    this.wire.rows.push({
      slot: this.slot,
      fromOrig,
      payload,
      wire: payload.length,
      seq,
      tcpFlags: 24,
      flags: 0,
      ...more,
    });
  }

  private say(fromOrig: boolean, payload: Uint8Array | string, size: number): this {
    const data = typeof payload === 'string' ? bytes(payload) : payload;
    for (let at = 0; at < data.length; at += size) {
      const part = data.subarray(at, at + size);
      this.row(fromOrig, part);
      this.seq[fromOrig ? 0 : 1] += part.length;
    }
    return this;
  }

  /** The originator sends; in segments of `size` bytes when given. */
  client(payload: Uint8Array | string, size = Infinity): this {
    return this.say(true, payload, size);
  }

  server(payload: Uint8Array | string, size = Infinity): this {
    return this.say(false, payload, size);
  }

  /** A segment at a stated offset after those already sent; the direction's position does not move. */
  clientAt(offset: number, payload: Uint8Array | string): this {
    const data = typeof payload === 'string' ? bytes(payload) : payload;
    this.row(true, data, { seq: this.seq[0] + offset });
    return this;
  }

  /** Bytes that the capture does not hold. */
  lose(fromOrig: boolean, count: number): this {
    this.seq[fromOrig ? 0 : 1] += count;
    return this;
  }

  /** A row as given, for what no ordinary sender does. */
  odd(more: Partial<Row> & { payload?: Uint8Array }): this {
    this.row(true, more.payload ?? new Uint8Array(0), more);
    return this;
  }
}

export class Wire {
  readonly rows: Row[] = [];
  readonly flows: TestFlow[] = [];
  readonly hosts = new HostTable();
  readonly stage: ProtocolStage;
  readonly live = makeColumns(flowSchema, SLOTS);
  readonly messages: ProtocolMessage[] = [];
  private nextId = 0;
  private readonly table: FlowTable;

  constructor(options: Omit<ProtocolStageOptions, 'hosts'> = {}) {
    this.stage = makeProtocolStage({ hosts: this.hosts, ...options });
    const { live } = this;
    this.table = { live } as unknown as FlowTable;
  }

  flow(options: FlowOptions = {}, slot = this.flows.length): TestFlow {
    const whole = { proto: PROTO.TCP, origPort: 40000, respPort: 9999, orig: 1, resp: 2, syn: true, ...options };
    const { live } = this;
    const words = (column: Uint32Array, last: number): void => column.set([0, 0, 0xffff, 0x0a000000 + last], slot * 4);
    words(live.orig, whole.orig);
    words(live.resp, whole.resp);
    live.id[slot] = this.nextId++;
    live.origHost[slot] = this.hosts.intern(live.orig, slot * 4);
    live.respHost[slot] = this.hosts.intern(live.resp, slot * 4);
    live.origPort[slot] = whole.origPort;
    live.respPort[slot] = whole.respPort;
    live.proto[slot] = whole.proto;
    const flow = new TestFlow(this, slot, whole);
    this.flows.push(flow);
    return flow;
  }

  /** Shows all rows so far to the stage, in one batch. */
  run(): this {
    const total = this.rows.reduce((sum, r) => sum + r.payload.length, 0);
    // Bytes around the payloads differ from them, so that reading too far shows.
    const data = new Uint8Array(total + 64 + this.rows.length).fill(0xee);
    const packets = makePacketBatch(data, 1);
    const segments: SegmentBatch = makeSegmentBatch(Math.max(1, this.rows.length));
    const c = segments.columns;
    let at = 32;
    this.rows.forEach((r, row) => {
      const { options } = this.flows.findLast((f) => f.slot === r.slot)!;
      data.set(r.payload, at);
      c.packet[row] = 0;
      c.outer[row] = -1;
      c.slot[row] = r.slot;
      c.fromOrig[row] = r.fromOrig ? 1 : 0;
      c.proto[row] = options.proto;
      c.srcPort[row] = r.fromOrig ? options.origPort : options.respPort;
      c.dstPort[row] = r.fromOrig ? options.respPort : options.origPort;
      c.src.set(
        r.fromOrig
          ? this.live.orig.subarray(r.slot * 4, r.slot * 4 + 4)
          : this.live.resp.subarray(r.slot * 4, r.slot * 4 + 4),
        row * 4,
      );
      c.dst.set(
        r.fromOrig
          ? this.live.resp.subarray(r.slot * 4, r.slot * 4 + 4)
          : this.live.orig.subarray(r.slot * 4, r.slot * 4 + 4),
        row * 4,
      );
      c.payload[row] = at;
      c.payloadCaptured[row] = r.payload.length;
      c.payloadLength[row] = r.wire;
      c.transport[row] = Math.max(0, at - 8);
      c.tcpSeq[row] = r.seq;
      c.tcpFlags[row] = r.tcpFlags;
      c.flags[row] = r.flags;
      c.sec[row] = 1_700_000_000 + row;
      at += r.payload.length + 1;
    });
    segments.count = this.rows.length;
    this.stage.process(packets, segments, this.table, this.messages);
    this.rows.length = 0;
    return this;
  }

  finish(flow: TestFlow): FlowMeta | undefined {
    return this.stage.finish(flow.slot, this.table, this.messages);
  }

  of<K extends ProtocolMessage['kind']>(kind: K): Extract<ProtocolMessage, { kind: K }>[] {
    return this.messages.filter((m): m is Extract<ProtocolMessage, { kind: K }> => m.kind === kind);
  }
}

/** One flow, shown whole: what the stage says of it. */
export function inspect(
  options: FlowOptions,
  script: (flow: TestFlow) => void,
): { meta: FlowMeta | undefined; wire: Wire } {
  const wire = new Wire();
  const flow = wire.flow(options);
  script(flow);
  wire.run();
  return { meta: wire.finish(flow), wire };
}

export const udp = (respPort: number, origPort = 40000): FlowOptions => ({ proto: PROTO.UDP, respPort, origPort });
export const tcp = (respPort: number, origPort = 40000): FlowOptions => ({ proto: PROTO.TCP, respPort, origPort });

/** Bytes to flows: the meter's rooms in a row, for whoever has packets to give. */
import type { Observations } from '../../detect/types.ts';
import { closeColumns } from '../../meter/columns.ts';
import { makeFlowTable } from '../../meter/flows/table.ts';
import {
  makeFlowBatch,
  makeFlowEventBatch,
  type FlowBatch,
  type FlowMeta,
  type FlowEventBatch,
  type FlowTable,
} from '../../meter/flows/types.ts';
import { Cards } from '../../meter/enrich/cards.ts';
import { HostTable } from '../../meter/hosts.ts';
import {
  makeSegmentBatch,
  type InputWarning,
  type PacketBatch,
  type PacketDecoder,
  type SegmentBatch,
} from '../../meter/packets/types.ts';
import { makeDecoder } from '../../meter/packets/decoder.ts';
import { CaptureQuality } from '../../meter/quality/quality.ts';
import { makeProtocolStage } from '../../meter/protocols/stage.ts';
import type { ProtocolMessage, ProtocolStage } from '../../meter/protocols/types.ts';
import { makeWindowStage } from '../../meter/windows/stage.ts';
import {
  makeHostWindowBatch,
  makePulseBatch,
  type WindowStage,
  type WindowStageOptions,
} from '../../meter/windows/types.ts';

/** Rows of the batches in which ended flows, windows and pulses leave the meter; they grow when needed. */
const FLOW_ROWS = 4096;
const WINDOW_ROWS = 4096;

export interface MeterOptions {
  /** Most flows alive at once, and most addresses that get an id of their own. */
  flowCeiling?: number;
  hostCeiling?: number;
}

export interface Meter {
  readonly hosts: HostTable;
  readonly table: FlowTable;
  /** Which hardware address is whose. */
  readonly cards: Cards;
  /** What tells whether the capture can be trusted. */
  readonly quality: CaptureQuality;
  /** Told of every second that closed, with what each host sent and received: for figures on screen. */
  onSecond: WindowStageOptions['onSecond'];
  /** Told of each batch once its segments have the slots of their flows, before flows that ended leave them. */
  onSegments: ((packets: PacketBatch, segments: SegmentBatch, table: FlowTable) => void) | undefined;
  /** The packets of the last `push`, taken apart; valid until the next. */
  readonly segments: SegmentBatch;
  /** Times that a flow asked for memory to be looked into deeper, and there was none. */
  readonly inspectionRefused: number;
  /** Whether protocols of flows that open are looked at (default true). */
  inspectNew(on: boolean): void;
  /** What is known by now of the flow that has this slot. */
  learned(slot: number): FlowMeta | undefined;
  /**
   * Takes one batch of packets, decoded here unless `decoded` is given. What it saw is valid until the next call.
   */
  push(packets: PacketBatch, decoded?: SegmentBatch): Observations;
  /** Time has passed without packets: `second` since 1970; what ended by it is valid until the next call. */
  advance(second: number): Observations;
  /** Ends every flow and window; what came of it is valid until the next call. */
  finish(): Observations;
  /** Gives memory back: nothing more will be pushed, and what was seen is not valid any more. */
  close(): void;
  /** Warnings of decoding for one input (empty when batches came decoded). */
  warnings(input: number): InputWarning[];
}

class PacketMeter implements Meter {
  readonly hosts: HostTable;
  readonly table: FlowTable;
  readonly cards: Cards;
  readonly quality = new CaptureQuality();
  onSecond: WindowStageOptions['onSecond'];
  onSegments: Meter['onSegments'];
  readonly segments: SegmentBatch = makeSegmentBatch();
  private readonly decoder: PacketDecoder = makeDecoder();
  private readonly protocols: ProtocolStage;
  private readonly windowing: WindowStage;
  private messages: ProtocolMessage[] = [];
  private readonly flows: FlowBatch = makeFlowBatch(FLOW_ROWS);
  private readonly windows = makeHostWindowBatch(WINDOW_ROWS);
  private readonly pulses = makePulseBatch(WINDOW_ROWS);
  private readonly noEvents = makeFlowEventBatch(1);
  private readonly finishing = (slot: number) => this.protocols.finish(slot, this.table, this.messages);
  private now = 0;

  constructor(options: MeterOptions) {
    this.hosts = options.hostCeiling === undefined ? new HostTable() : new HostTable(options.hostCeiling);
    this.cards = new Cards(this.hosts);
    const ceiling = options.flowCeiling === undefined ? {} : { ceiling: options.flowCeiling };
    this.table = makeFlowTable({ hosts: this.hosts, ...ceiling });
    this.protocols = makeProtocolStage({ hosts: this.hosts });
    this.windowing = makeWindowStage({ hosts: this.hosts, onSecond: (second, seen) => this.onSecond?.(second, seen) });
  }

  push(packets: PacketBatch, decoded?: SegmentBatch): Observations {
    const segments = decoded ?? this.segments;
    if (!decoded) this.decoder.decode(packets, segments);
    this.messages = [];
    this.table.process(packets, segments);
    this.protocols.process(packets, segments, this.table, this.messages);
    this.onSegments?.(packets, segments, this.table);
    this.windowing.process(segments, this.table, this.messages);
    this.cards.frames(segments);
    this.quality.take(packets, segments, this.table.events);
    this.cards.messages(this.messages);
    if (packets.count > 0) this.now = packets.columns.sec[packets.count - 1]!;
    return this.collect(this.table.events);
  }

  advance(second: number): Observations {
    this.messages = [];
    this.table.advance(second);
    this.windowing.advance(second);
    if (second > this.now) this.now = second;
    return this.collect(this.noEvents);
  }

  finish(): Observations {
    this.messages = [];
    this.table.finish();
    this.windowing.finish();
    return this.collect(this.noEvents);
  }

  close(): void {
    this.table.close();
    this.windowing.close();
    closeColumns(this.flows.columns);
    closeColumns(this.windows.columns);
    closeColumns(this.pulses.columns);
    this.flows.count = this.windows.count = this.pulses.count = 0;
  }

  get inspectionRefused(): number {
    return this.protocols.statistics.refused;
  }

  learned(slot: number): FlowMeta | undefined {
    return this.protocols.learned(slot, this.table);
  }

  inspectNew(on: boolean): void {
    this.protocols.inspectNew = on;
  }

  warnings(input: number): InputWarning[] {
    return this.decoder.warnings(input);
  }

  private collect(events: FlowEventBatch): Observations {
    this.flows.count = 0;
    this.flows.meta.length = 0;
    this.windows.count = 0;
    this.pulses.count = 0;
    this.table.drain(this.flows, this.finishing);
    this.quality.ended(this.flows);
    this.windowing.drain(this.windows, this.pulses);
    return {
      events,
      messages: this.messages,
      flows: this.flows,
      windows: this.windows,
      pulses: this.pulses,
      now: this.now,
    };
  }
}

export function makeMeter(options: MeterOptions = {}): Meter {
  return new PacketMeter(options);
}

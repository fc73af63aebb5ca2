/** Slices of several sensors as observations of this process: its own numbers of hosts and flows, rows in the order of time. */
import type { Observations } from '../../../detect/types.ts';

import { FLOW_EVENT, flowEventSchema, flowSchema } from '../../../meter/flows/types.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import type { ProtocolMessage } from '../../../meter/protocols/types.ts';
import { hostWindowSchema, pulseSchema } from '../../../meter/windows/types.ts';
import { appendRows, noObservations } from '../../pipeline/joined.ts';
import type { Part, WholeSlice } from './feed.ts';
import type { FlowNumbers } from './flow-numbers.ts';
import { Openers } from './openers.ts';
import { byTime, ownOrder, TIME_OF, type Row } from './rows.ts';
import { PULSE_KEYS, SumTable, WINDOW_KEYS } from './sums.ts';

/** Flows of which is known which sensor saw them. */
const OWNERS = 1 << 20;

/** One sensor's slice, with the numbers its flows have here. */
export interface Source {
  slice: WholeSlice;
  flows: FlowNumbers;
  /** Place of the sensor in the list of all. */
  sensor: number;
}

/** A card that spoke for a host, in frames that no router had touched. */
export interface Sighting {
  host: number;
  mac: number;
}

export interface Combined {
  seen: Observations;
  cards: Sighting[];
  packets: number;
}

type OwnObservations = ReturnType<typeof noObservations>;

export class Combiner {
  private readonly hosts: HostTable;
  /** Numbers of hosts here, by a batch's list of addresses. */
  private readonly numbers = new WeakMap<Uint32Array, Uint32Array>();
  /** Number of the next flow that is new. */
  nextFlow = 0;
  /** Which sensor saw a flow, by its number's remainder; of the latest ones. */
  owners = new Uint16Array(OWNERS);
  readonly openers = new Openers();
  private owner = 0;
  /** Making tables costs more than filling them with the few rows of a tenth of a second. */
  private readonly seen = noObservations();
  private readonly newFlow = (): number => {
    this.owners[this.nextFlow % OWNERS] = this.owner;
    return this.nextFlow++;
  };

  constructor(hosts: HostTable) {
    this.hosts = hosts;
  }

  /**
   * `ticks`: what ended by the clock alone before these packets; `sources`: what happened in one cell. One process would have had
   * both with the packets: flows that had timed out first, what was said last when they ended at the end. Valid until the next call.
   */
  combine(ticks: readonly Source[], sources: readonly Source[]): Combined {
    const { seen } = this;
    for (const table of [seen.events, seen.flows, seen.windows, seen.pulses]) table.count = 0;
    seen.flows.meta.length = 0;
    seen.messages = [];
    const all = [...ticks, ...sources];
    const sourceOf = new Map<Part, Source>();
    for (const source of all) for (const part of source.slice.parts) sourceOf.set(part, source);
    const numbersOf = ({ part }: Row): FlowNumbers => {
      const { flows, sensor } = sourceOf.get(part)!;
      this.owner = sensor;
      return flows;
    };
    const rows = (of: readonly Source[], list: 'events' | 'messages' | 'flows'): readonly Row[] =>
      byTime(grouped(of, list), TIME_OF[list]);
    for (const row of rows(all, 'events')) this.event(row, numbersOf(row), seen);
    for (const row of rows(sources, 'messages')) this.message(row, numbersOf(row), seen);
    for (const row of rows(ticks, 'messages')) this.message(row, numbersOf(row), seen);
    for (const row of rows(ticks, 'flows')) this.flow(row, numbersOf(row), seen);
    for (const row of rows(sources, 'flows')) this.flow(row, numbersOf(row), seen);
    this.sums(all, seen);
    const cards = all.flatMap(({ slice }) => this.sightings(slice));
    const packets = sources.reduce((sum, { slice }) => sum + slice.packets, 0);
    const times = packets > 0 ? sources.filter(({ slice }) => slice.packets > 0) : all;
    seen.now = Math.max(0, ...times.flatMap(({ slice }) => slice.parts.map((part) => part.slice.observations.now)));
    return { seen, cards, packets };
  }

  /** The places of the sensors that saw these flows, as far as is known. */
  sensorsOf(flows: Iterable<number>): Set<number> {
    const found = new Set<number>();
    for (const flow of flows) if (this.nextFlow - flow <= OWNERS) found.add(this.owners[flow % OWNERS]!);
    return found;
  }

  /** The number here of a part's host. */
  private host({ hosts }: Part, host: number): number {
    if (host === 0) return 0;
    let numbers = this.numbers.get(hosts);
    if (!numbers) this.numbers.set(hosts, (numbers = new Uint32Array(hosts.length / 4)));
    return (numbers[host] ||= this.hosts.intern(hosts, host * 4));
  }

  private event({ part, row }: Row, flows: FlowNumbers, { events }: OwnObservations): void {
    const from = part.slice.observations.events;
    const at = events.count;
    appendRows(flowEventSchema, from, events, row, row + 1);
    const c = events.columns;
    // Whose packet it was is met first.
    if (c.kind[at] === FLOW_EVENT.OPEN && c.flipped[at] === 1) this.host(part, from.columns.respHost[row]!);
    c.origHost[at] = this.host(part, from.columns.origHost[row]!);
    c.respHost[at] = this.host(part, from.columns.respHost[row]!);
    c.flow[at] = flows.of(from.columns.flow[row]!, this.newFlow);
    // Packets of an opening go to the responder, those of an answer come back.
    const isBack = (c.kind[at] === FLOW_EVENT.OPEN) === (c.flipped[at] === 1);
    const [sender, target] = isBack ? [c.respHost[at]!, c.origHost[at]!] : [c.origHost[at]!, c.respHost[at]!];
    this.openers.note(c.sec[at]!, target, this.owner, sender);
  }

  private message({ part, row }: Row, flows: FlowNumbers, { messages }: OwnObservations): void {
    const message = part.slice.observations.messages[row]!;
    const [orig, resp] = [this.host(part, message.orig), this.host(part, message.resp)];
    const flow = flows.of(message.flow, this.newFlow);
    messages.push({ ...message, orig, resp, flow } as ProtocolMessage);
  }

  private flow({ part, row }: Row, numbers: FlowNumbers, { flows }: OwnObservations): void {
    const from = part.slice.observations.flows;
    const at = flows.count;
    appendRows(flowSchema, from, flows, row, row + 1);
    flows.meta[at] = from.meta[row];
    const c = flows.columns;
    c.origHost[at] = this.host(part, from.columns.origHost[row]!);
    c.respHost[at] = this.host(part, from.columns.respHost[row]!);
    const own = from.columns.id[row]!;
    c.id[at] = numbers.of(own, this.newFlow);
    c.parent[at] = numbers.known(from.columns.parent[row]!);
    numbers.over(own);
  }

  /** What hosts came to in a stretch of time at each sensor, together. */
  private sums(sources: readonly Source[], seen: OwnObservations): void {
    const windows = new SumTable(hostWindowSchema, WINDOW_KEYS, seen.windows);
    const pulses = new SumTable(pulseSchema, PULSE_KEYS, seen.pulses);
    for (const { slice } of sources) {
      for (const { part, row } of ownOrder(slice, 'windows')) {
        windows.add(part.slice.observations.windows, row, (host) => this.host(part, host));
      }
      for (const { part, row } of ownOrder(slice, 'pulses')) {
        pulses.add(part.slice.observations.pulses, row, (host) => this.host(part, host));
      }
    }
    const { host, second, sendersIn } = seen.pulses.columns;
    for (const row of pulses.together) {
      const repeated = this.openers.repeated(second[row]!, host[row]!);
      sendersIn[row] = Math.max(1, pulses.least(row), sendersIn[row]! - repeated);
    }
  }

  private sightings(slice: WholeSlice): Sighting[] {
    return slice.parts.flatMap((part) => {
      const { host, mac } = part.slice.cards;
      return Array.from(host, (one, i) => ({ host: this.host(part, one), mac: mac[i]! }));
    });
  }
}

/** A list's rows by sensor; a sensor's slices follow each other. */
function grouped(sources: readonly Source[], list: 'events' | 'messages' | 'flows'): Row[][] {
  const bySensor = new Map<FlowNumbers, Row[]>();
  for (const { slice, flows } of sources) {
    const own = bySensor.get(flows);
    if (own) for (const row of ownOrder(slice, list)) own.push(row);
    else bySensor.set(flows, ownOrder(slice, list));
  }
  return [...bySensor.values()];
}

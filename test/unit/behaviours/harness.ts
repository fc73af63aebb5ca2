/**
 * Two ways to show behaviours something: events, flows, messages and pulses written by hand (`Stage`), and captures
 * through the whole meter (`behaviours`).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NameBook } from '../../../src-main/detect/behaviours/common/names.ts';
import { BEHAVIOURS } from '../../../src-main/detect/behaviours/registry.ts';
import { DeviceBook } from '../../../src-main/detect/devices/book.ts';
import { NO_DEVICES } from '../../../src-main/detect/devices/none.ts';
import { Watch } from '../../../src-main/detect/incidents/findings.ts';
import { makeNetworkView } from '../../../src-main/detect/incidents/network.ts';
import type {
  Behaviour,
  BehaviourContext,
  BehaviourFactory,
  Finding,
  Observations,
} from '../../../src-main/detect/types.ts';
import {
  FLOW_EVENT,
  flowEventSchema,
  flowSchema,
  makeFlowBatch,
  makeFlowEventBatch,
} from '../../../src-main/meter/flows/types.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { openCaptures } from '../../../src-main/meter/packets/open.ts';
import { PROTO } from '../../../src-main/meter/packets/types.ts';
import type { ProtocolMessage } from '../../../src-main/meter/protocols/types.ts';
import {
  hostWindowSchema,
  makeHostWindowBatch,
  makePulseBatch,
  pulseSchema,
} from '../../../src-main/meter/windows/types.ts';
import { makeMeter } from '../../../src-main/run/pipeline/meter.ts';

export const { OPEN, ANSWERED, REFUSED } = FLOW_EVENT;
export const FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 } as const;
export { PROTO };

type Numbers<S> = { [K in keyof S]?: number };

/** An event: `from` and `to` are dotted addresses, `at` is seconds. */
export interface Seen extends Numbers<Omit<typeof flowEventSchema, 'origHost' | 'respHost' | 'sec' | 'nano'>> {
  at: number;
  from: string;
  to: string;
}

/** A flow that ended. */
export interface Ended extends Numbers<Omit<typeof flowSchema, 'origHost' | 'respHost' | 'history' | 'firstSizes'>> {
  at: number;
  from: string;
  to: string;
  lasting?: number;
  history?: string;
  firstSize?: number;
  app?: string;
}

export interface Pulse extends Numbers<Omit<typeof pulseSchema, 'host' | 'topSender'>> {
  host: string;
  topSender?: string;
}

export interface Window extends Numbers<Omit<typeof hostWindowSchema, 'host'>> {
  host: string;
}

/** What one delivery holds. */
export interface Delivery {
  events?: readonly Seen[];
  flows?: readonly Ended[];
  messages?: readonly ProtocolMessage[];
  pulses?: readonly Pulse[];
  windows?: readonly Window[];
}

export const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** The n-th address of a large public network. */
export const outside = (n: number): string => `45.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;

/** One behaviour and what it reported. */
export class Stage {
  readonly hosts = new HostTable();
  readonly findings = new Map<string, Finding>();
  private readonly behaviour: Behaviour;
  private readonly context: BehaviourContext;
  private readonly book = new NameBook();
  private now = 0;

  constructor(make: BehaviourFactory) {
    this.behaviour = make();
    this.context = {
      hosts: this.hosts,
      network: makeNetworkView(this.hosts),
      devices: NO_DEVICES,
      names: this.book,
      report: (key, finding) => void this.findings.set(key, finding),
      withdraw: (key) => void this.findings.delete(key),
    };
  }

  id(address: string): number {
    const bytes = address.split('.').map(Number);
    const d = ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;
    return this.hosts.intern(new Uint32Array([0, 0, 0xffff, d]), 0);
  }

  names(hosts: readonly number[]): string[] {
    return hosts.map((host) => this.hosts.address(host));
  }

  /** Shows one delivery; returns all findings so far. */
  see(delivery: Delivery): Finding[] {
    for (const message of delivery.messages ?? []) this.book.learn(message);
    this.behaviour.observe(this.observations(delivery), this.context);
    return [...this.findings.values()];
  }

  finish(): Finding[] {
    this.behaviour.finish(this.context);
    return [...this.findings.values()];
  }

  private observations(delivery: Delivery): Observations {
    return {
      events: this.events(delivery.events ?? []),
      flows: this.flows(delivery.flows ?? []),
      messages: delivery.messages ?? [],
      pulses: this.pulses(delivery.pulses ?? []),
      windows: this.windows(delivery.windows ?? []),
      now: this.now,
    };
  }

  private time(at: number): { sec: number; nano: number } {
    this.now = Math.max(this.now, at);
    const sec = Math.floor(at);
    return { sec, nano: Math.round((at - sec) * 1e9) };
  }

  private events(list: readonly Seen[]): Observations['events'] {
    const batch = makeFlowEventBatch(Math.max(1, list.length));
    const c = batch.columns;
    for (const { at, from, to, ...rest } of list) {
      const row = batch.count++;
      const defaults = { kind: OPEN, proto: PROTO.TCP, origPort: 40_000, tcpFlags: FLAG.SYN, ttl: 64, flow: row };
      write(c, row, { ...defaults, ...rest, ...this.time(at), origHost: this.id(from), respHost: this.id(to) });
    }
    return batch;
  }

  private flows(list: readonly Ended[]): Observations['flows'] {
    const batch = makeFlowBatch(Math.max(1, list.length));
    const c = batch.columns;
    for (const { at, from, to, lasting, history, firstSize, app, ...rest } of list) {
      const row = batch.count++;
      const end = this.time(at + (lasting ?? 0));
      const start = this.time(at);
      const values = {
        proto: PROTO.TCP,
        origPort: 40_000,
        id: row,
        lastSec: end.sec,
        lastNano: end.nano,
        ...rest,
        ...start,
      };
      write(c, row, { ...values, origHost: this.id(from), respHost: this.id(to) });
      if (history) {
        c.historyLength[row] = history.length;
        c.history.set(new TextEncoder().encode(history), row * 40);
      }
      c.firstSizes[row * 4] = firstSize ?? 0;
      batch.meta[row] = app ? { app, service: '', facts: {} } : undefined;
    }
    return batch;
  }

  private pulses(list: readonly Pulse[]): Observations['pulses'] {
    const batch = makePulseBatch(Math.max(1, list.length));
    for (const { host, topSender, ...rest } of list) {
      const top = topSender === undefined ? 0 : this.id(topSender);
      this.now = Math.max(this.now, rest.second ?? 0);
      write(batch.columns, batch.count++, { ...rest, host: this.id(host), topSender: top });
    }
    return batch;
  }

  private windows(list: readonly Window[]): Observations['windows'] {
    const batch = makeHostWindowBatch(Math.max(1, list.length));
    for (const { host, ...rest } of list) write(batch.columns, batch.count++, { ...rest, host: this.id(host) });
    return batch;
  }
}

function write(columns: object, row: number, values: object): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'number') (columns as Record<string, Float64Array>)[name]![row] = value;
  }
}

/** A finding with addresses instead of ids. */
export interface Told extends Omit<Finding, 'sources' | 'targets'> {
  sources: string[];
  targets: string[];
}

/** Everything the given behaviours report about a capture given as bytes. */
export async function behaviours(
  capture: Uint8Array,
  factories: readonly BehaviourFactory[] = BEHAVIOURS,
): Promise<Told[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-behaviours-'));
  try {
    const file = join(folder, 'capture.pcap');
    writeFileSync(file, capture);
    return await behavioursOfFile(file, factories);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everything the given behaviours report about a capture file. */
export async function behavioursOfFile(
  file: string,
  factories: readonly BehaviourFactory[] = BEHAVIOURS,
): Promise<Told[]> {
  const reader = await openCaptures([file], { hash: 'inline' });
  const meter = makeMeter();
  const network = makeNetworkView(meter.hosts);
  const devices = new DeviceBook({ hosts: meter.hosts, network, cards: meter.cards });
  const watch = new Watch(factories, meter.hosts, network, devices);
  const take = (seen: Observations): void => {
    devices.observe(seen);
    watch.observe(seen);
  };
  for (let batch = await reader.read(); batch; batch = await reader.read()) {
    take(meter.push(batch));
    reader.release(batch);
  }
  take(meter.finish());
  watch.finish();
  await reader.close();
  const name = (host: number): string => meter.hosts.address(host);
  return watch.findings().map((finding) => ({
    ...finding,
    sources: finding.sources.map(name),
    targets: finding.targets.map(name),
  }));
}

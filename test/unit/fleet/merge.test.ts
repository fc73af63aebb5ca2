/** What several sensors sent, as one stream of time. */
import { describe, expect, it } from 'vitest';
import { Timeline } from '../../../src-main/run/fleet/merge/timeline.ts';
import type { Combined } from '../../../src-main/run/fleet/merge/combine.ts';
import type { Slice, SliceBatch } from '../../../src-main/run/fleet/types.ts';
import { noObservations } from '../../../src-main/run/pipeline/joined.ts';
import { FLOW_EVENT } from '../../../src-main/meter/flows/types.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';

const V4 = 0xffff;
const NO_CARDS = { host: new Uint32Array(0), mac: new Float64Array(0) };

/** Numbers 1… of addresses 10.0.0.n. */
const hosts = (...last: number[]): Uint32Array =>
  Uint32Array.from([0, 0, 0, 0, ...last.flatMap((n) => [0, 0, V4, 0x0a000000 + n])]);

interface Seen {
  number: number;
  cell: number;
  packets?: number;
  /** Flows that opened: number, nanoseconds within the cell. */
  opens?: [flow: number, nano: number][];
  /** Pulses of host 2: packets in, distinct senders, busiest sender and its packets. */
  pulses?: [packetsIn: number, senders: number, top: number, packets: number][];
}

function slice({ number, cell, packets = 1, opens = [], pulses = [] }: Seen): Slice {
  const seen = noObservations();
  seen.now = Math.floor(cell / 10);
  for (const [row, [flow, nano]] of opens.entries()) {
    const c = seen.events.columns;
    c.kind[row] = FLOW_EVENT.OPEN;
    [c.flow[row], c.sec[row], c.nano[row]] = [flow, Math.floor(cell / 10), (cell % 10) * 1e8 + nano];
    [c.origHost[row], c.respHost[row]] = [1, 2];
    seen.events.count++;
  }
  for (const [row, [into, senders, top, most]] of pulses.entries()) {
    const c = seen.pulses.columns;
    [c.host[row], c.second[row], c.packetsIn[row]] = [2, seen.now - 1, into];
    [c.sendersIn[row], c.topSender[row], c.topSenderPackets[row]] = [senders, top, most];
    seen.pulses.count++;
  }
  const places = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);
  const none = new Uint32Array(0);
  const order = {
    events: places(opens.length),
    messages: none,
    flows: none,
    windows: none,
    pulses: places(pulses.length),
  };
  return { number, cell, packets, observations: seen, cards: NO_CARDS, order };
}

const clock = { ms: 0 };

/** Sensors 'a' and 'b' with one shard, and what they send. */
function site(patienceMs = 1000): {
  line: Timeline;
  send: (sensor: string, batch: Partial<SliceBatch>) => void;
  told: () => Combined[];
  flows: () => number[][];
} {
  clock.ms = 0;
  const line = new Timeline(new HostTable(), { sensors: ['a', 'b'], shards: 1, patienceMs, now: () => clock.ms });
  let offset = 0;
  const next = { a: 0, b: 0 } as Record<string, number>;
  const send = (sensor: string, batch: Partial<SliceBatch>): void => {
    const sequence = batch.sequence ?? next[sensor]!++;
    const whole = { sensor, run: 1, shard: 0, shards: 1, until: 0, end: false, idle: false, lost: 0 };
    line.take({ ...whole, hosts: hosts(1, 2, 3), slices: [], ...batch, sequence }, `${++offset}-0`);
  };
  const told = (): Combined[] => {
    const all: Combined[] = [];
    for (let one = line.next(); one; one = line.next()) all.push(structuredClone(one));
    return all;
  };
  const flows = (): number[][] =>
    told().map(({ seen: { events } }) => [...events.columns.flow.subarray(0, events.count)]);
  return { line, send, told, flows };
}

describe('cells of several sensors', () => {
  it('are told when both have sent them, rows in the order of time', () => {
    const { send, told, flows } = site();
    send('a', {
      until: 101,
      slices: [
        slice({
          number: 0,
          cell: 100,
          opens: [
            [0, 5],
            [1, 30],
          ],
        }),
      ],
    });
    expect(told()).toEqual([]);
    send('b', { until: 101, slices: [slice({ number: 0, cell: 100, opens: [[0, 10]] })] });
    // Flows are numbered anew, as one process would have met them.
    expect(flows()).toEqual([[0, 1, 2]]);
  });

  it('are told once, however often they come', () => {
    const { line, send, flows } = site();
    const first = { until: 101, slices: [slice({ number: 0, cell: 100, opens: [[0, 5]] })] };
    send('a', { sequence: 0, ...first });
    send('a', { sequence: 0, ...first });
    send('b', { until: 200, end: true });
    expect(flows()).toEqual([[0]]);
    // The same again under a later number of the stream, as a sensor that was started again sends it.
    send('a', { sequence: 1, ...first });
    expect(flows()).toEqual([]);
    expect(line.standings()[0]).toMatchObject({ repeats: 1, missing: 0 });
  });

  it('count batches that never came', () => {
    const { line, send } = site();
    send('a', { sequence: 0, until: 10 });
    send('a', { sequence: 4, until: 20, lost: 7 });
    expect(line.standings()[0]).toMatchObject({ missing: 3, lost: 7 });
  });

  it('come together where a host was seen by both', () => {
    const { send, told } = site();
    send('a', {
      until: 120,
      slices: [slice({ number: 0, cell: 110, packets: 0, pulses: [[30, 1, 2, 30]] }), slice({ number: 1, cell: 111 })],
    });
    send('b', { until: 120, slices: [slice({ number: 0, cell: 110, packets: 0, pulses: [[50, 2, 2, 40]] })] });
    const [{ seen }] = told() as [Combined];
    expect(seen.pulses.count).toBe(1);
    const c = seen.pulses.columns;
    expect([c.packetsIn[0], c.sendersIn[0], c.topSenderPackets[0]]).toEqual([80, 3, 70]);
  });

  it('count a sender once that opened flows at both', () => {
    const { send, told } = site();
    const opens: [number, number][] = [[0, 5]];
    for (const sensor of ['a', 'b']) {
      const seen = [
        slice({ number: 0, cell: 105, opens }),
        slice({ number: 1, cell: 110, packets: 0, pulses: [[30, 1, 1, 30]] }),
        slice({ number: 2, cell: 111 }),
      ];
      send(sensor, { until: 120, slices: seen });
    }
    const { seen } = told().at(-1)!;
    expect([seen.pulses.count, seen.pulses.columns.sendersIn[0]]).toEqual([1, 1]);
  });

  it('hold what ended by the clock alone until packets come, as one process does', () => {
    const { send, told } = site();
    send('b', { until: 900, end: true });
    send('a', { until: 111, slices: [slice({ number: 0, cell: 110, packets: 0, pulses: [[30, 1, 2, 30]] })] });
    expect(told()).toEqual([]);
    send('a', { until: 400, slices: [slice({ number: 1, cell: 399, opens: [[0, 1]] })] });
    const [one, ...more] = told();
    expect(more).toEqual([]);
    expect([one?.seen.pulses.count, one?.seen.events.count, one?.seen.now]).toEqual([1, 1, 39]);
  });
});

describe('a sensor that is away', () => {
  it('is waited for as long as was said, and what it sends later is counted', () => {
    const { line, send, flows } = site(1000);
    send('b', { until: 50 });
    send('a', { until: 101, slices: [slice({ number: 0, cell: 100, opens: [[0, 5]] })] });
    expect(flows()).toEqual([]);
    clock.ms = 900;
    send('a', { until: 102 });
    expect(flows()).toEqual([]);
    clock.ms = 1100;
    expect(flows()).toEqual([[0]]);
    expect(line.leftBehind).toBe(1);
    send('b', { until: 60, slices: [slice({ number: 0, cell: 55, opens: [[0, 5]] })] });
    expect(flows()).toEqual([]);
    expect(line.standings()[1]).toMatchObject({ late: 1 });
  });

  it('begins another run where the one before ended', () => {
    const { send, flows } = site();
    send('b', { until: 900, end: true });
    send('a', { until: 101, slices: [slice({ number: 0, cell: 100, opens: [[0, 5]] })] });
    expect(flows()).toEqual([[0]]);
    // Killed, and started again: what it had told is passed over, its flows are others.
    const again = [slice({ number: 0, cell: 100, opens: [[0, 5]] }), slice({ number: 1, cell: 105, opens: [[1, 5]] })];
    send('a', { run: 2, sequence: 0, until: 106, slices: again });
    expect(flows()).toEqual([[1]]);
  });
});

describe('a timeline that goes on elsewhere', () => {
  it('reads again what it had not told, and tells nothing twice', () => {
    const first = site();
    first.send('a', { until: 101, slices: [slice({ number: 0, cell: 100, opens: [[0, 5]] })] });
    first.send('b', { until: 101 });
    expect(first.flows()).toEqual([[0]]);
    first.send('a', { until: 111, slices: [slice({ number: 1, cell: 110, opens: [[1, 5]] })] });
    const saved = structuredClone(first.line.saved);
    expect(first.line.offset('a', 0)).toBe('1-0');
    const second = site();
    second.line.restore(saved);
    second.send('a', { sequence: 0, until: 101, slices: [slice({ number: 0, cell: 100, opens: [[0, 5]] })] });
    second.send('a', { sequence: 1, until: 111, slices: [slice({ number: 1, cell: 110, opens: [[1, 5]] })] });
    second.send('b', { sequence: 1, until: 111 });
    expect(second.flows()).toEqual([[1]]);
  });
});

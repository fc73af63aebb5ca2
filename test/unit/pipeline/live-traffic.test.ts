/** What is told of an incident while it goes on: its packets and bytes so far, and what its flows tell. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LiveEvent, LiveIncident } from '../../../src-shared/domain/live.ts';
import type { BuiltIncident } from '../../../src-main/detect/incidents/build.ts';
import { makeFlowBatch, type FlowBatch, type FlowTable } from '../../../src-main/meter/flows/types.ts';
import {
  marksOfLists,
  matcher,
  type MarkLists,
  type Suppressible,
} from '../../../src-main/detect/incidents/suppressions/engine.ts';
import { LiveMarks } from '../../../src-main/run/pipeline/live/marks.ts';
import { replay } from '../../../src-main/run/pipeline/live/replay.ts';
import { watch } from '../../../src-main/run/pipeline/live/session.ts';
import { LiveTraffic } from '../../../src-main/run/pipeline/live/traffic.ts';

const SAMPLE = join(import.meta.dirname, '..', '..', '..', 'resources', 'sample', 'office-hour.pcapng.gz');

/** Flows with `10 * (id + 1)` packets and `1000 * (id + 1)` bytes. */
function flows(...ids: number[]): FlowBatch {
  const batch = makeFlowBatch(8);
  batch.count = ids.length;
  ids.forEach((id, row) => {
    const c = batch.columns;
    c.id[row] = id;
    [c.origPkts[row], c.respPkts[row]] = [6 * (id + 1), 4 * (id + 1)];
    [c.origIpBytes[row], c.respIpBytes[row]] = [900 * (id + 1), 100 * (id + 1)];
  });
  return batch;
}

function incident(ids: number[], packets = 0, bytes = 0): BuiltIncident {
  return { incident: { packets, bytes }, flowIds: new Set(ids), sourceHosts: [], targetHosts: [] } as unknown as BuiltIncident; // prettier-ignore
}

const figures = ({ incident: { packets, bytes } }: BuiltIncident): number[] => [packets, bytes];

describe('traffic of incidents so far', () => {
  it('is of flows that ended and of those that have not', () => {
    const traffic = new LiveTraffic();
    traffic.add(flows(0, 2));
    const [both, one, none] = [incident([0, 1, 2]), incident([1]), incident([7])];
    traffic.count([both, one, none], flows(1).columns);
    expect([both, one, none].map(figures)).toEqual([
      [10 + 20 + 30, 6000],
      [20, 2000],
      [0, 0],
    ]);
  });

  it("leaves a behaviour's own count alone, and adds bytes where only those are missing", () => {
    const traffic = new LiveTraffic();
    traffic.add(flows(0));
    const [counted, bytesKnown] = [incident([0], 5, 0), incident([0], 0, 77)];
    traffic.count([counted, bytesKnown], flows().columns);
    expect(figures(counted)).toEqual([5, 0]);
    expect(figures(bytesKnown)).toEqual([10, 77]);
  });

  it('forgets the oldest, and never takes one flow for another', () => {
    const traffic = new LiveTraffic(4);
    traffic.add(flows(0, 1));
    traffic.add(flows(4));
    const [gone, kept, later] = [incident([0]), incident([1]), incident([4])];
    traffic.count([gone, kept, later], flows().columns);
    expect([gone, kept, later].map(figures)).toEqual([
      [0, 0],
      [20, 2000],
      [50, 5000],
    ]);
  });
});

describe('what flows of incidents tell', () => {
  const named = (batch: FlowBatch, service: string, facts: Record<string, string> = {}): FlowBatch => {
    for (let row = 0; row < batch.count; row++) {
      batch.columns.proto[row] = 6;
      batch.meta[row] = { service, app: '', facts };
    }
    return batch;
  };
  const table = (batch: FlowBatch): FlowTable => ({ live: batch.columns }) as unknown as FlowTable;

  it('is of flows that ended and of those that have not', () => {
    const marks = new LiveMarks();
    marks.add(named(flows(0), 'HTTP,ssl', { 'tls.ja4': 'T13d' }));
    const open = named(flows(1, 5), '');
    const learned = (slot: number) => ({ service: ['ssh', 'ftp'][slot]!, app: '', facts: {} });
    expect(marks.of([new Set([0, 1]), new Set([1, 5])], table(open), learned)).toEqual([
      { protocols: ['tcp', 'http', 'ssl', 'ssh'], ja4: ['t13d'] },
      { protocols: ['tcp', 'ssh', 'ftp'], ja4: [] },
    ]);
  });

  it('is no fingerprint alone where another may be missing', () => {
    const marks = new LiveMarks(4);
    marks.add(named(flows(0), 'ssl', { 'tls.ja4': 'bad' }));
    marks.add(named(flows(4), 'ssl', { 'tls.ja4': 'good' }));
    const silencing = matcher(1, { ja4: 'good' });
    const fits = (ids: number[], batch: FlowBatch, service: string): boolean => {
      const [lists] = marks.of([new Set(ids)], table(batch), () => ({ service, app: '', facts: {} }));
      return silencing.matches({} as Suppressible, marksOfLists(lists!));
    };
    expect(fits([4], flows(), '')).toBe(true);
    // Forgotten; not read yet; read, and of another protocol.
    expect(fits([0, 4], flows(), '')).toBe(false);
    expect(fits([4, 7], named(flows(7), ''), '')).toBe(false);
    expect(fits([4, 7], named(flows(7), ''), 'http')).toBe(true);
  });

  it('is bounded, and forgets the oldest', () => {
    const marks = new LiveMarks(4);
    const many = Array.from({ length: 300 }, (_, i) => `s${i}`).join(',');
    marks.add(named(flows(0), 'http'));
    marks.add(named(flows(4), many));
    const nothing = table(flows());
    const [gone, kept] = marks.of([new Set([0]), new Set([4])], nothing, () => undefined);
    expect(gone).toEqual({ protocols: [], ja4: ['?'] });
    expect(kept!.protocols).toHaveLength(100);
  });
});

it('a live capture tells both from the first word on', { timeout: 240_000 }, async () => {
  const told: LiveIncident[] = [];
  const marked = new Map<string, MarkLists>();
  const source = await replay({ files: [SAMPLE], speed: 'max' });
  const onEvent = (event: LiveEvent, _flows?: ReadonlySet<number>, marks?: MarkLists): void => {
    if (event.event !== 'incident') return;
    told.push(event);
    if (event.state === 'open' && marks) marked.set(event.uid, marks);
  };
  const result = await watch(source, { seed: 1, onEvent });
  await source.close();
  const opened = told.filter(({ state }) => state === 'open');
  expect(opened.length).toBeGreaterThan(5);
  const silent = opened.filter(({ packets, bytes }) => packets === 0 || bytes === 0);
  // ARP has no flows, and its messages' bytes are not counted.
  expect(silent.map(({ kind }) => kind)).toEqual(['arp-spoofing']);
  expect(silent.filter(({ packets }) => packets === 0)).toEqual([]);
  const guessing = opened.find(({ kind }) => kind === 'brute-force');
  expect(marked.get(guessing!.uid)?.protocols).toEqual(expect.arrayContaining(['tcp', 'ssh']));
  // What grows does not shrink, but where a part was told apart; the end is what the report says.
  const last = new Map(told.map((one) => [one.uid, one]));
  for (const { uid, packets, bytes } of result.report.incidents)
    expect([last.get(uid)?.packets, last.get(uid)?.bytes]).toEqual([packets, bytes]);
  result.close();
});

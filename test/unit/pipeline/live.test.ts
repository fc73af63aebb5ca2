import { describe, expect, it } from 'vitest';
import { KINDS } from '../../../src-shared/domain/incident.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { formatTime, parseTime } from '../../../src-shared/domain/time.ts';
import type { BuiltIncident } from '../../../src-main/detect/incidents/build.ts';
import { makePacketBatch } from '../../../src-main/meter/packets/types.ts';
import { Arrivals } from '../../../src-main/run/pipeline/live/arrivals.ts';
import { IncidentTracker } from '../../../src-main/run/pipeline/live/tracker.ts';
import { part, sliceEnd } from '../../../src-main/run/pipeline/slices.ts';

const kind = Object.keys(KINDS)[0] as Incident['kind'];

function incident(uid: string, change: Partial<Incident> = {}): BuiltIncident {
  const of: Incident = {
    id: 1,
    uid,
    kind,
    severity: 'warning',
    confidence: 0.8,
    title: uid,
    summary: '',
    firstTs: formatTime(100, 0),
    decidedTs: formatTime(101, 0),
    lastTs: formatTime(101, 0),
    sources: ['10.0.0.1'],
    sourcesTotal: 1,
    targets: ['10.0.0.2'],
    targetsTotal: 1,
    ports: [],
    portsTotal: 0,
    domains: [],
    domainsTotal: 0,
    flows: 1,
    packets: 1,
    bytes: 1,
    technique: [],
    evidence: [],
    attributions: [],
    detectors: {},
    response: [],
    wiresharkFilter: '',
    ...change,
  };
  return { incident: of, sourceHosts: [], targetHosts: [], flowIds: new Set() };
}

const told = (changes: readonly { state: string; incident: Incident }[]): string[] =>
  changes.map((c) => `${c.state} ${c.incident.uid}`);

describe('incidents while they grow', () => {
  it('opens once, and is told again only when it has grown by a magnitude', () => {
    const tracker = new IncidentTracker();
    expect(told(tracker.update([incident('a')], 101))).toEqual(['open a']);
    expect(told(tracker.update([incident('a', { packets: 3 })], 110))).toEqual(['update a']);
    expect(told(tracker.update([incident('a', { packets: 3, title: 'more words' })], 120))).toEqual([]);
    expect(told(tracker.update([incident('a', { packets: 900 })], 120.5))).toEqual(['update a']);
    expect(told(tracker.update([incident('a', { packets: 9000 })], 121))).toEqual([]);
    expect(tracker.counts()).toEqual({ info: 0, warning: 1, critical: 0 });
  });

  it('is told again every five minutes while there is new evidence, also where it has not grown by a magnitude', () => {
    const tracker = new IncidentTracker();
    const seen = (lastTs: number) => incident('a', { lastTs: formatTime(lastTs, 0) });
    tracker.update([seen(101)], 101);
    expect(told(tracker.update([seen(399)], 400))).toEqual([]);
    expect(told(tracker.update([seen(401)], 401))).toEqual(['update a']);
    // Nothing new since.
    expect(told(tracker.update([seen(401)], 800))).toEqual([]);
    expect(told(tracker.update([seen(805)], 805))).toEqual(['update a']);
  });

  it('closes after a quarter of an hour without evidence, and does not open again', () => {
    const tracker = new IncidentTracker();
    tracker.update([incident('a')], 101);
    expect(told(tracker.update([incident('a')], 1001))).toEqual([]);
    expect(told(tracker.update([incident('a')], 1002))).toEqual(['closed a']);
    expect(told(tracker.update([incident('a')], 2000))).toEqual([]);
    expect(tracker.counts().warning).toBe(0);
  });

  it('says of one that became part of another that it was withdrawn', () => {
    const tracker = new IncidentTracker();
    tracker.update([incident('a'), incident('b')], 101);
    expect(tracker.update([incident('b')], 102)).toMatchObject([{ state: 'closed', withdrawn: true }]);
  });

  it('at the end tells the final form of all, also of what had closed before', () => {
    const tracker = new IncidentTracker();
    tracker.update([incident('a')], 101);
    tracker.update([incident('a')], 1500);
    const last = tracker.finish([incident('a', { bytes: 77 }), incident('b')], 1600);
    expect(told(last)).toEqual(['open b', 'closed a', 'closed b']);
    expect(last[1]?.incident.bytes).toBe(77);
    expect(last.some((c) => c.withdrawn)).toBe(false);
  });
});

describe('bare anomalies at the end', () => {
  it('are withdrawn where they had closed and are not among the most unusual of the capture', () => {
    const tracker = new IncidentTracker();
    const bare = { severity: 'info', detectors: { 'anomaly:size': 0.4 } } as const;
    const first = [incident('bare', bare), incident('stays', bare), incident('known')];
    tracker.update(first, 101);
    expect(told(tracker.update(first, 1500))).toEqual(['closed bare', 'closed stays', 'closed known']);
    expect(tracker.finish([incident('stays', bare)], 1600)).toMatchObject([
      { state: 'closed', withdrawn: true, incident: { uid: 'bare' } },
    ]);
  });
});

describe('slices of packet time', () => {
  const batch = (times: readonly number[]): ReturnType<typeof makePacketBatch> => {
    const made = makePacketBatch(new Uint8Array(1), times.length);
    times.forEach((ms, i) => {
      made.columns.sec[i] = Math.floor(ms / 1000);
      made.columns.nano[i] = Math.round((ms % 1000) * 1e6);
    });
    made.count = times.length;
    made.first = 40;
    return made;
  };

  it('ends at the next tenth of a second, wherever it began', () => {
    expect(sliceEnd(batch([0, 50, 99.999, 100, 150]), 0)).toBe(3);
    expect(sliceEnd(batch([0, 50, 99.999, 100, 150]), 3)).toBe(5);
    expect(sliceEnd(batch([950, 999, 1049, 1050]), 0)).toBe(2);
  });

  it('takes late packets in, and ends where the clock was set back', () => {
    expect(sliceEnd(batch([5000, 4990, 5001]), 0)).toBe(3);
    expect(sliceEnd(batch([5000, 2990, 5001]), 0)).toBe(1);
  });

  it('goes on in the next batch as it began', () => {
    expect(sliceEnd(batch([4990, 5001, 5099, 5100]), 0, 50)).toBe(3);
  });

  it('is a view of its batch, numbered as the batch is', () => {
    const whole = batch([0, 50, 200]);
    const slice = part(whole, 1, 3);
    expect([slice.count, slice.first]).toEqual([2, 41]);
    expect(slice.columns.nano[1]).toBe(200_000_000);
    expect(part(whole, 0, 3)).toBe(whole);
  });
});

describe('arrivals', () => {
  it('tells when the packet of a time came, by the batch it came with', () => {
    const arrivals = new Arrivals();
    arrivals.note(10.1, 1000);
    arrivals.note(10.2, 1100);
    expect(arrivals.of(10.05)).toBe(1000);
    expect(arrivals.of(10.15)).toBe(1100);
    expect(arrivals.of(10.2)).toBe(1100);
    expect(arrivals.of(11)).toBeNaN();
  });

  it('does not guess about what came too long ago', () => {
    const arrivals = new Arrivals();
    for (let i = 0; i < 5000; i++) arrivals.note(i, i);
    expect(arrivals.of(1)).toBeNaN();
    expect(arrivals.of(4999)).toBe(4999);
  });
});

describe('times as text', () => {
  it.each([
    [0, 0],
    [1_773_133_200, 1],
    [-5, 999_999_999],
  ])('%d s and %d ns come back as they were', (sec, nano) => {
    expect(parseTime(formatTime(sec, nano))).toEqual({ sec, nano });
  });
});

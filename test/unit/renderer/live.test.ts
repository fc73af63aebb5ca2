import { describe, expect, it } from 'vitest';
import { liveEvent, LIVE_SECONDS, type LiveDeskEvent } from '../../../src-shared/contract/topics/live.ts';
import { buckets } from '../../../src-renderer/features/live/buckets.ts';
import { asPlayed, ofPackets, spanOf } from '../../../src-renderer/features/live/span.ts';
import { EMPTY, heatOrder, next, type LiveState } from '../../../src-renderer/features/live/state.ts';

const SESSION = {
  session: 1,
  name: 'Live eth0',
  source: { kind: 'file', name: 'a.pcap', speed: 1 },
  state: 'running',
  startedBy: 'ann',
  startedAt: 0,
  endedAt: null,
  started: null,
  capture: null,
  end: null,
  error: null,
  ringFolder: null,
} as const;

const point = (at: number, anomalousFlows = 0) => ({
  at,
  packetTime: at / 1000,
  packetsPerSecond: 1,
  bitsPerSecond: 8,
  anomalousFlows,
  dropped: 0,
  sizes: [],
  opened: { critical: 0, warning: 1, info: 0 },
});

const started: LiveDeskEvent = {
  type: 'snapshot',
  session: SESSION,
  points: [],
  tick: null,
  heat: [],
  incidents: [],
  notices: [],
};

const ticked = (n: number, heat: [string, number][], session = 1): LiveDeskEvent => ({
  type: 'tick',
  session,
  tick: { tick: n } as unknown as Extract<LiveDeskEvent, { type: 'tick' }>['tick'],
  point: point(n * 1000),
  heat,
});

const shown = (uid: string, state: 'open' | 'update' | 'closed', more = {}): LiveDeskEvent => ({
  type: 'incident',
  session: 1,
  incident: {
    state,
    withdrawn: false,
    openedAt: 0,
    changedAt: 0,
    latencyMs: null,
    severity: 'info',
    incident: { uid, title: state },
    ...more,
  } as unknown as Extract<LiveDeskEvent, { type: 'incident' }>['incident'],
});

const after = (...events: LiveDeskEvent[]): LiveState => events.reduce((state, e) => next(state, e, 5), EMPTY);

describe('what the live view knows', () => {
  it('begins with a snapshot that its schema knows', () => {
    expect(liveEvent.parse(started)).toEqual(started);
    expect(after(started)).toMatchObject({ session: { session: 1 }, heardAt: 5 });
  });

  it('moves every host on by a second, and gives a new one its empty past', () => {
    const state = after(started, ticked(1, [['a', 10]]), ticked(2, [['b', 5]]), ticked(3, [['a', 1]]));
    expect([...state.heat.values()]).toEqual([
      { address: 'a', values: [10, 0, 1], sum: 11 },
      { address: 'b', values: [0, 5, 0], sum: 5 },
    ]);
  });

  it('keeps ten minutes, and forgets hosts that were silent for so long', () => {
    let state = after(started, ticked(1, [['quiet', 1]]));
    for (let n = 2; n <= LIVE_SECONDS + 1; n++) state = next(state, ticked(n, [['busy', 1]]), n);
    expect(state.points).toHaveLength(LIVE_SECONDS);
    expect([...state.heat.keys()]).toEqual(['busy']);
    expect(state.heat.get('busy')?.values).toHaveLength(LIVE_SECONDS);
  });

  it('takes no notice of a session that is over', () => {
    expect(after(started, ticked(9, [], 2)).points).toEqual([]);
  });

  it('has new incidents first, keeps the place of known ones, drops withdrawn ones', () => {
    const open = after(started, shown('a', 'open'), shown('b', 'open'), shown('a', 'update'));
    expect(open.incidents.map(({ incident: { uid, title } }) => `${uid} ${title}`)).toEqual(['b open', 'a update']);
    const left = next(open, shown('b', 'closed', { withdrawn: true }), 5);
    expect(left.incidents.map(({ incident: { uid } }) => uid)).toEqual(['a']);
  });
});

describe('hosts of the heat map', () => {
  it('keep their places while they are among the most', () => {
    const heat = (sums: Record<string, number>): LiveState['heat'] =>
      new Map(Object.entries(sums).map(([address, sum]) => [address, { address, values: [sum], sum }]));
    expect(heatOrder(heat({ a: 3, b: 2, c: 1 }), [], 2)).toEqual(['a', 'b']);
    expect(heatOrder(heat({ a: 3, b: 9, c: 1 }), ['a', 'b'], 2)).toEqual(['a', 'b']);
    expect(heatOrder(heat({ a: 3, b: 9, c: 8 }), ['a', 'b'], 2)).toEqual(['b', 'c']);
  });
});

describe('the time that is shown', () => {
  it('is two, five, then ten minutes, and always ends now', () => {
    expect(spanOf([point(0), point(60_000)])).toMatchObject({ seconds: 120, to: 60, words: 'the last two minutes' });
    expect(spanOf([point(0), point(121_000)]).seconds).toBe(300);
    expect(spanOf([point(0), point(599_000)])).toMatchObject({ seconds: 600, from: -1 });
  });

  it('is said to be of the capture, or as it is played, where that is not the time of whoever looks on', () => {
    const played = (speed: number | 'max') =>
      ({ source: { kind: 'file', name: 'a.pcap', speed } }) as unknown as NonNullable<LiveState['session']>;
    expect([ofPackets(played(60)), asPlayed(played('max'))]).toEqual([' of the capture', ', as it is played']);
    expect([ofPackets(played(1)), asPlayed(played(1)), ofPackets(null)]).toEqual(['', '', '']);
    const card = { source: { kind: 'interface' } } as unknown as NonNullable<LiveState['session']>;
    expect([ofPackets(card), asPlayed(card)]).toEqual(['', '']);
  });

  it('has bars on whole tens of seconds', () => {
    const bars = buckets([point(100_000, 2), point(109_000, 3), point(110_000, 1)]);
    expect(bars).toHaveLength(12);
    expect(bars.at(-1)).toEqual({ time: 115, anomalous: 1, incidents: 1 });
    expect(bars.at(-2)).toEqual({ time: 105, anomalous: 5, incidents: 2 });
  });
});

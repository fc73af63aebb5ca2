/** Drift of a whole network, from windows, flow events and DNS messages. */
import { describe, expect, it } from 'vitest';
import { TrafficDrift } from '../../../src-main/detect/behaviours/traffic-drift.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { ANSWERED, OPEN, Stage, times, type Delivery, type Seen } from './harness.ts';
import { faults } from './plain-words.ts';

const START = 1_767_225_600;
const A = '10.0.0.5';
const B = '10.0.0.6';
const SERVER = '93.184.216.34';

/** A minute of a small network: what A sends, and handshakes with `ms`. */
function minute(m: number, packets: number, ms: number, random: () => number, flows = 10): Delivery {
  const start = START + m * 60;
  const opened: Seen[] = times(flows, (i) => ({
    at: start + i * 5,
    from: A,
    to: SERVER,
    kind: OPEN,
    flow: m * 1000 + i,
  }));
  const answered: Seen[] = opened.map((one) => ({
    ...one,
    at: one.at + (ms / 1000) * (0.8 + 0.4 * random()),
    kind: ANSWERED,
  }));
  const some = packets * (0.7 + 0.6 * random());
  const window = { start, length: 60 };
  return {
    events: [...opened, ...answered].sort((a, b) => a.at - b.at),
    windows: [
      { host: A, ...window, packetsOut: some, bytesOut: some * 800, bytesIn: some * 80, flowsOut: flows },
      { host: B, ...window, packetsOut: 300, bytesOut: 24_000, bytesIn: 24_000 },
      { host: SERVER, ...window, packetsOut: some / 2, bytesOut: some * 80, bytesIn: some * 800 },
    ],
  };
}

describe('drift of a network', () => {
  it('is not told of while things stay as they are', () => {
    const stage = new Stage(() => new TrafficDrift());
    const random = randomSource(1);
    times(600, (m) => stage.see(minute(m, 6000, 30, random)));
    expect(stage.finish()).toEqual([]);
  });

  it('names rate, usual value and who moves most of it, as a note', () => {
    const stage = new Stage(() => new TrafficDrift());
    const random = randomSource(2);
    times(240, (m) => stage.see(minute(m, m >= 200 ? 90_000 : 6000, 30, random)));
    const found = stage.finish();
    expect(found.length).toBeGreaterThan(0);
    const packets = found.find((f) => f.detector === 'drift:ewma' && f.title.includes('packets/s'))!;
    expect(packets).toMatchObject({ kind: 'behavioural-anomaly', severity: 'info' });
    expect(packets.title).toMatch(/^The network carries 2,\d\d\d packets\/s, 1[3-7]\d packets\/s is usual$/);
    expect(stage.names(packets.sources).slice(0, 2).sort()).toEqual([A, SERVER]);
    expect(packets.flows.length).toBe(10);
    expect(packets.confidence).toBeLessThanOrEqual(0.5);
    for (const one of found) expect(faults(one)).toEqual([]);
  });

  it('sees handshakes slow down, which is a matter of timing and nobody’s doing', () => {
    const stage = new Stage(() => new TrafficDrift());
    const random = randomSource(3);
    times(260, (m) => stage.see(minute(m, 6000, m >= 200 ? 200 : 30, random)));
    const found = stage.finish();
    expect([...new Set(found.map((f) => f.kind))]).toEqual(['timing-anomaly']);
    expect(found[0]!.title).toMatch(/^A TCP handshake takes \d+(\.\d)? ms, (29|30|31)(\.\d)? ms is usual$/);
    expect(found.every((f) => f.sources.length === 0)).toBe(true);
    for (const one of found) expect(faults(one)).toEqual([]);
  });

  it('takes minutes without a packet for silence, and a long pause for nothing', () => {
    const stage = new Stage(() => new TrafficDrift());
    const random = randomSource(4);
    times(200, (m) => stage.see(minute(m, 6000, 30, random)));
    times(60, (m) => stage.see(minute(m + 600, 6000, 30, random)));
    expect(stage.finish()).toEqual([]);
  });

  it('goes on in another capture with what it knew of the network, and anew with what it cannot read', () => {
    const random = randomSource(7);
    const before = new TrafficDrift();
    const first = new Stage(() => before);
    times(200, (m) => first.see(minute(m, 6000, 30, random)));
    const saved = before.history.save();
    const told = (past: string): number => {
      const behaviour = new TrafficDrift();
      behaviour.history.resume(past);
      const stage = new Stage(() => behaviour);
      times(20, (m) => stage.see(minute(m + 5000, m >= 10 ? 90_000 : 6000, 30, random)));
      return stage.finish().length;
    };
    expect(told(saved)).toBeGreaterThan(0);
    const damaged = [
      '',
      '{"version":1,"series":[]}',
      saved.slice(0, -5),
      saved.replace('"minutes":[', '"minutes":["x",'),
      saved.replace('"version":1', '"version":2'),
    ];
    for (const text of damaged) expect(told(text)).toBe(0);
  });

  it('does not depend on how deliveries are cut', () => {
    const whole = new Stage(() => new TrafficDrift());
    const cut = new Stage(() => new TrafficDrift());
    const [random, same] = [randomSource(6), randomSource(6)];
    times(240, (m) => {
      whole.see(minute(m, m >= 200 ? 90_000 : 6000, 30, random));
      const { events = [], windows = [] } = minute(m, m >= 200 ? 90_000 : 6000, 30, same);
      for (const event of events) cut.see({ events: [event] });
      cut.see({ windows });
    });
    expect([...cut.findings]).toEqual([...whole.findings]);
  });
});

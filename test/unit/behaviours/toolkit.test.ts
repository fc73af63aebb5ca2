import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BoundedMap, BoundedSet } from '../../../src-main/detect/behaviours/common/bounded.ts';
import { Burst } from '../../../src-main/detect/behaviours/common/casebook.ts';
import { DistinctCounter, mix32, TopCounter } from '../../../src-main/detect/behaviours/common/distinct.ts';
import { FanTable, TRIED } from '../../../src-main/detect/behaviours/common/fan-table.ts';
import { makeFinding, secondsBetween } from '../../../src-main/detect/behaviours/common/finding.ts';
import { FlowIds, FlowRoom } from '../../../src-main/detect/behaviours/common/flow-ids.ts';
import { FlowMap } from '../../../src-main/detect/behaviours/common/flow-map.ts';
import { looksLikeAnswer, OPENING, openingOf } from '../../../src-main/detect/behaviours/common/tcp-flags.ts';
import {
  counted,
  formatBitRate,
  formatBytes,
  formatDuration,
  formatList,
  formatNumber,
  formatPorts,
} from '../../../src-main/detect/behaviours/common/words.ts';

describe('a bounded map', () => {
  test('drops what was used longest ago, and what is older than its lifetime', () => {
    const dropped: string[] = [];
    const map = new BoundedMap<string, number>({ ceiling: 2, lifetime: 10, dropped: (key) => dropped.push(key) });
    map.set('a', 1, 0);
    map.set('b', 2, 1);
    map.touch('a', 2);
    map.set('c', 3, 3);
    expect([map.peek('a'), map.peek('b'), map.peek('c'), map.overflowed]).toEqual([1, undefined, 3, 1]);
    expect(map.touch('a', 13)).toBeUndefined();
    expect(dropped).toEqual(['b', 'a']);
  });

  test('never holds more than its ceiling', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: -5, max: 100 }))), (steps) => {
        const map = new BoundedMap<number, number>({ ceiling: 7, lifetime: 20 });
        for (const [key, now] of steps) map.obtain(key, now, () => key);
        return map.size <= 7 && [...map].every(([key, value]) => key === value);
      }),
      { numRuns: 200 },
    );
  });

  test('has a set beside it that counts what it turned away', () => {
    const set = new BoundedSet<number>(2);
    expect([set.add(1), set.add(1), set.add(2), set.add(3), set.size, set.refused]).toEqual([
      true,
      false,
      true,
      false,
      2,
      1,
    ]);
  });

  test('holds nothing of what it has outgrown while its entries are used', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    // Room is made once; from then on nothing has to go.
    const map = new BoundedMap<number, number>({ ceiling: 4 });
    for (let key = 0; key < 5; key++) map.set(key, key, 0);
    const use = (from: number): void => {
      for (let now = from; now < from + 400_000; now++) map.touch(1 + (now % 4), now);
    };
    use(1);
    collect();
    const before = process.memoryUsage().heapUsed;
    use(400_001);
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000);
  });
});

describe('distinct counts', () => {
  test('are exact up to the bound and within 10 percent beyond', () => {
    const counter = new DistinctCounter(256);
    for (let i = 0; i < 256; i++) counter.add(i * 2_654_435_761);
    counter.add(0xffffffff);
    counter.add(0xffffffff);
    expect([counter.count, counter.isExact]).toEqual([257, true]);
    for (const total of [1_000, 20_000, 300_000]) {
      const many = new DistinctCounter();
      for (let i = 0; i < total; i++) many.add(mix32(i));
      expect(Math.abs(many.count - total) / total).toBeLessThan(0.1);
      expect(many.isExact).toBe(false);
    }
  });

  test('find the most frequent values among many', () => {
    const top = new TopCounter(16);
    for (let i = 0; i < 10_000; i++) top.add(i % 10 === 0 ? 7 : 1000 + i);
    expect(top.top(1)[0]![0]).toBe(7);
    expect([top.size, top.total]).toEqual([16, 10_000]);
  });
});

describe('fans', () => {
  test('become objects with their second member and remember how each try ended', () => {
    const table = new FanTable();
    expect(table.note(1, 2, 80, 0, 100, 0, 0, 0)).toBeUndefined();
    table.settle(1, 2, 80, TRIED.REFUSED);
    const fan = table.note(1, 2, 81, 1, 101, 0, 0, 0)!;
    table.note(1, 2, 82, 2, 101, 0, 0, 0);
    table.settle(1, 2, 82, TRIED.ANSWERED);
    table.settle(1, 2, 9999, TRIED.REFUSED);
    expect([fan.tried, fan.refused, fan.answered, fan.first.sec, fan.last.sec]).toEqual([3, 1, 1, 100, 101]);
    // 81 was tried in the current second: it may yet be answered.
    expect([fan.failed(101), fan.failed(104), fan.failed(Infinity)]).toEqual([1, 2, 2]);
  });

  test('survive the forgetting of keys with one member', () => {
    const table = new FanTable({ keys: 1 << 12, fans: 64 });
    table.note(1, 1, 1, 0, 0, 0, 0, 0);
    const fan = table.note(1, 1, 2, 1, 0, 0, 0, 0)!;
    for (let i = 0; i < 50_000; i++) table.note(100 + i, 5, 1, i, i, 0, 0, 0);
    expect(table.note(1, 1, 3, 2, 9, 0, 0, 0)).toBe(fan);
    expect(fan.tried).toBe(3);
  });

  test('stay below their ceiling', () => {
    const table = new FanTable({ keys: 1 << 12, fans: 64 });
    for (let i = 0; i < 5_000; i++) for (let member = 0; member < 3; member++) table.note(i, 1, member, i, i, 0, 0, 0);
    expect(table.all().length).toBeLessThanOrEqual(64);
  });
});

describe('the meaning of first segments', () => {
  test.each([
    [0x02, 0, OPENING.SYN],
    [0xc2, 0, OPENING.SYN],
    [0x12, 0, OPENING.ANSWER],
    [0x14, 0, OPENING.ANSWER],
    [0x00, 0, OPENING.NULL],
    [0x01, 0, OPENING.FIN],
    [0x29, 0, OPENING.XMAS],
    [0x2b, 0, OPENING.ODD],
    [0x10, 0, OPENING.ACK],
    [0x11, 0, OPENING.ACK],
    [0x18, 100, OPENING.MIDDLE],
  ])('flags %i with %i bytes', (flags, payload, opening) => {
    expect(openingOf(flags, payload)).toBe(opening);
  });

  test('answers come from servers to clients', () => {
    expect([
      looksLikeAnswer(53, 40_000),
      looksLikeAnswer(40_000, 53),
      looksLikeAnswer(443, 80),
      looksLikeAnswer(123, 123),
    ]).toEqual([true, false, false, false]);
  });
});

describe('findings', () => {
  test('flow ids beyond the first 128 of a case take of a room that is shared, and give it back', () => {
    const room = new FlowRoom(10);
    const [one, other] = [new FlowIds(), new FlowIds()];
    for (const flows of [one, other]) flows.share(room);
    for (let flow = 0; flow < 300; flow++) one.add(flow);
    expect([one.count, one.total]).toEqual([138, 300]);
    for (let flow = 0; flow < 300; flow++) other.add(flow);
    expect([other.count, other.total]).toEqual([128, 300]);
    one.release();
    for (let flow = 300; flow < 400; flow++) other.add(flow);
    expect([other.count, other.list().at(-1)]).toEqual([138, 309]);
    other.clear();
    for (let flow = 500; flow < 800; flow++) other.add(flow);
    expect([other.count, other.total, other.list()[0], other.list().at(-1)]).toEqual([138, 300, 500, 637]);
  });

  test('flow ids come back as they went in, in whatever order and however large', () => {
    const id = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 ** 52 }));
    fc.assert(
      fc.property(fc.array(id, { maxLength: 200 }), (ids) => {
        const flows = new FlowIds();
        for (const each of ids) flows.add(each);
        const different = ids.filter((each, i) => i === 0 || each !== ids[i - 1]);
        expect(flows.list()).toEqual(different);
        expect(flows.total).toBe(different.length);
      }),
    );
  });

  test('of a map with a ceiling, what is replaced is given up like what is dropped', () => {
    const gone: string[] = [];
    const map = new BoundedMap<number, string>({ ceiling: 2, dropped: (_, value) => gone.push(value) });
    map.set(1, 'a', 0);
    map.set(1, 'a', 1);
    map.set(1, 'b', 2);
    map.set(2, 'c', 2);
    map.set(3, 'd', 3);
    map.delete(2);
    expect(gone).toEqual(['a', 'b']);
  });

  test('flow ids of entries that are dropped, replaced or deleted leave their room to the others', () => {
    const room = new FlowRoom(10);
    const map = new FlowMap<number, { flows: FlowIds }>({ ceiling: 1 }, room);
    const held = (key: number): number => {
      const flows = map.obtain(key, 0, () => ({ flows: new FlowIds() })).flows;
      for (let flow = 0; flow < 300; flow++) flows.add(flow);
      return flows.count;
    };
    expect([held(1), held(2)]).toEqual([138, 138]);
    map.set(2, { flows: new FlowIds() }, 0);
    expect(held(2)).toBe(138);
    map.delete(2);
    expect(held(3)).toBe(138);
  });

  const time = { sec: 1, nano: 0 };

  test('keep the first thousand of a list and its true number, and flow ids once', () => {
    const flows = new FlowIds(3);
    for (const id of [-1, 5, 5, 6, 7, 8]) flows.add(id);
    const finding = makeFinding({
      detector: 'd',
      kind: 'port-scan',
      confidence: 2,
      title: '',
      summary: '',
      sources: Array.from({ length: 1500 }, (_, i) => i),
      targets: [1],
      targetsTotal: 9,
      first: time,
      decided: time,
      last: time,
      evidence: [],
      flows,
    });
    expect([finding.sources.length, finding.sourcesTotal, finding.targetsTotal, finding.confidence]).toEqual([
      1000, 1500, 9, 1,
    ]);
    expect([finding.flows, finding.flowsTotal]).toEqual([[5, 6, 7], 4]);
    expect('severity' in finding).toBe(false);
  });

  test('measure time across seconds', () => {
    expect(secondsBetween({ sec: 1, nano: 900_000_000 }, { sec: 2, nano: 100_000_000 })).toBeCloseTo(0.2, 9);
  });
});

describe('words', () => {
  test('are what people read', () => {
    expect([
      formatNumber(1024),
      formatNumber(2.345),
      formatNumber(-1_234_567),
      counted(1, 'port'),
      counted(2, 'address', 'addresses'),
    ]).toEqual(['1,024', '2.3', '-1,234,567', '1 port', '2 addresses']);
    expect([0, 190e-6, 0.012, 11, 300, 9000, 260_000].map(formatDuration)).toEqual([
      'an instant',
      '190 µs',
      '12 ms',
      '11 seconds',
      '5 minutes',
      '2.5 hours',
      '3 days',
    ]);
    expect([formatBytes(1), formatBytes(4200), formatBytes(1.3e9), formatBitRate(12.4e6)]).toEqual([
      '1 byte',
      '4.2 kB',
      '1.3 GB',
      '12.4 Mbit/s',
    ]);
    expect([
      formatList(['a']),
      formatList(['a', 'b']),
      formatList(['a', 'b', 'c', 'd'], 2),
      formatList(['a'], 3, 9),
    ]).toEqual(['a', 'a and b', 'a, b and 2 more', 'a and 8 more']);
    expect(formatPorts([3, 1, 2, 80, 443, 444])).toBe('1-3, 80, 443, 444');
  });
});

describe('a burst', () => {
  const alarms = (times: readonly number[]): number[] => {
    const burst = new Burst(4, 60);
    return times.filter((time) => burst.add(time));
  };

  test('is told where so many fall within the window, from the last of them on', () => {
    expect(alarms([0, 100, 110, 120, 130, 200, 210])).toEqual([130]);
    expect(alarms([0, 20, 10, 30, 40])).toEqual([30, 40]);
  });

  test('is none where only the clock of the capture went back', () => {
    // Every five minutes, and once more from the beginning.
    const regular = Array.from({ length: 12 }, (_, i) => i * 300);
    expect(alarms([...regular.slice(6), ...regular.slice(0, 6)])).toEqual([]);
    expect(alarms([1810, 1820, 1830, 5, 10, 15])).toEqual([]);
    expect(alarms([1810, 1820, 1830, 5, 10, 15, 20])).toEqual([20]);
  });
});

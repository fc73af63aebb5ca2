import { describe, expect, it } from 'vitest';
import { valueCell } from '../../../src-shared/domain/csv.ts';
import { safeName } from '../../../src-main/run/api/files.ts';
import { Timeline } from '../../../src-main/run/api/import/timeline.ts';
import { makePacketBatch } from '../../../src-main/meter/packets/types.ts';

function batch(packets: readonly [sec: number, wire: number][]): ReturnType<typeof makePacketBatch> {
  const made = makePacketBatch(new Uint8Array(0), packets.length);
  packets.forEach(([sec, wire], i) => {
    made.columns.sec[i] = sec;
    made.columns.wire[i] = wire;
  });
  made.count = packets.length;
  return made;
}

describe('the timeline of an import', () => {
  it('counts packets and bytes by the second, also out of order and before 1970', () => {
    const line = new Timeline();
    line.packets(
      batch([
        [10, 60],
        [11, 1500],
        [10, 64],
        [-1, 100],
      ]),
    );
    line.flow(11, true);
    line.flow(11, false);
    const { timeline, timelineWidth, sizes } = line.result();
    expect(timelineWidth).toBe(1);
    expect(timeline).toEqual([
      { start: -1, packets: 1, bytes: 100, flows: 0, anomalous: 0 },
      { start: 10, packets: 2, bytes: 124, flows: 0, anomalous: 0 },
      { start: 11, packets: 1, bytes: 1500, flows: 2, anomalous: 1 },
    ]);
    expect(sizes.filter((s) => s.packets > 0)).toEqual([
      { from: 0, to: 64, packets: 1, bytes: 60 },
      { from: 64, to: 65, packets: 1, bytes: 64 },
      { from: 65, to: 128, packets: 1, bytes: 100 },
      { from: 1024, to: 1519, packets: 1, bytes: 1500 },
    ]);
  });

  it('stays bounded over weeks by widening its buckets, and loses nothing', () => {
    const line = new Timeline();
    for (let day = 0; day < 70; day++)
      line.packets(batch(Array.from({ length: 1000 }, (_, i): [number, number] => [day * 86_400 + i * 86, 100])));
    const { timeline, timelineWidth } = line.result();
    expect(timeline.length).toBeLessThanOrEqual(20_000);
    expect(timelineWidth).toBeGreaterThan(86);
    expect(timeline.reduce((sum, b) => sum + b.packets, 0)).toBe(70_000);
    expect(timeline.every((b) => b.start % timelineWidth === 0)).toBe(true);
  });
});

describe('names and cells from the network', () => {
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\evil\\x.pcap', 'x.pcap'],
    ['...', 'file'],
    ['a b\u0000c.pcap', 'a b_c.pcap'],
    ['', 'file'],
  ])('%j is stored as %j', (name, safe) => expect(safeName(name)).toBe(safe));

  it.each([
    ['=cmd()', "'=cmd()"],
    ['-1+1', "'-1+1"],
    ['a,"b"', '"a,""b"""'],
    [-5, '-5'],
    [null, '-'],
    ['plain', 'plain'],
  ])('a cell of %j is %j', (value, cell) => expect(valueCell(value)).toBe(cell));
});

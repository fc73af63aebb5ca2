import { describe, expect, it } from 'vitest';
import { follow, FlowTracker } from '../../../src-main/detect/signatures/flow/tracker.ts';
import type { RuleFlow } from '../../../src-main/detect/signatures/flow/flow.ts';
import type { Scene } from '../../../src-main/detect/signatures/flow/scene.ts';
import type { FlowTable } from '../../../src-main/meter/flows/types.ts';
import { PROTO } from '../../../src-main/meter/packets/types.ts';

const MOST = 65_536;

const WORDS = new Uint32Array(4);
const COLUMNS = {
  slot: new Int32Array(1),
  proto: Uint8Array.of(PROTO.TCP),
  tcpFlags: Uint16Array.of(2),
  srcPort: Uint16Array.of(40_000),
  dstPort: Uint16Array.of(80),
  fromOrig: Uint8Array.of(1),
  src: WORDS,
  dst: WORDS,
};
const IDS = new Map<number, number>();
const TABLE = { live: { id: new Proxy([], { get: (_, slot) => IDS.get(Number(slot)) }) } } as unknown as FlowTable;

/** A packet of the flow `id`, which lies in `slot` of the flow table. */
function packet(slot: number, id: number): [Scene, FlowTable] {
  COLUMNS.slot[0] = slot;
  IDS.set(slot, id);
  return [{ columns: COLUMNS, row: 0, now: 0 } as unknown as Scene, TABLE];
}

function tracked(): { tracker: FlowTracker; ended: number[] } {
  const ended: number[] = [];
  return { tracker: new FlowTracker((flow: RuleFlow) => void ended.push(flow.id)), ended };
}

describe('the flows that rules follow', () => {
  it('are given up in the order in which they began when there are too many, each once', () => {
    const { tracker, ended } = tracked();
    for (let i = 0; i < MOST; i++) tracker.find(...packet(i, i));
    // Two that are over by themselves, one of them the oldest, make room.
    tracker.over(0);
    tracker.over(2);
    expect(ended).toEqual([0, 2]);
    for (let i = MOST; i < MOST + 4; i++) tracker.find(...packet(i, i));
    expect(ended).toEqual([0, 2, 1, 3]);
    expect([...tracker.flows()]).toHaveLength(MOST);
    tracker.finish();
    expect(new Set(ended).size).toBe(MOST + 4);
    expect(ended).toHaveLength(MOST + 4);
    expect([...tracker.flows()]).toEqual([]);
  });

  it('pass over one that talks, as long as it goes on to', () => {
    const { tracker, ended } = tracked();
    let next = 0;
    const others = (count: number): void => {
      for (let i = 0; i < count; i++, next++) tracker.find(...packet(next, next));
    };
    const talker = tracker.find(...packet(next, next++))!;
    talker.app = { data: () => {}, gap: () => {}, end: () => {} };
    others(MOST);
    expect(ended).toEqual([1]);
    talker.last += 1;
    others(MOST);
    expect(ended).not.toContain(0);
    // And then it said nothing while all others came and went.
    others(MOST);
    expect(ended).toContain(0);
  });

  it('are found again by their slot, and end where another takes it', () => {
    const { tracker, ended } = tracked();
    const first = tracker.find(...packet(7, 1));
    expect(tracker.find(...packet(7, 1))).toBe(first);
    const second = tracker.find(...packet(7, 2));
    expect(second).not.toBe(first);
    expect(ended).toEqual([1]);
    tracker.over(1);
    expect([...tracker.flows()]).toEqual([second]);
  });

  it('begin with a greeting that is only kept as they do with one that is looked at', () => {
    const columns = {
      ...COLUMNS,
      slot: Int32Array.of(9, 9),
      proto: Uint8Array.of(PROTO.TCP, PROTO.TCP),
      sec: Float64Array.of(50, 51),
      nano: Uint32Array.of(500_000_000, 0),
      // A greeting with the bits of congestion, and its answer.
      tcpFlags: Uint16Array.of(0x1c2, 0x12),
      tcpSeq: Uint32Array.of(0xffffffff, 77),
      ipLength: Uint32Array.of(60, 52),
      payloadLength: Uint32Array.of(0, 0),
      payloadCaptured: Uint32Array.of(0, 0),
      flags: Uint32Array.of(0, 0),
      srcPort: Uint16Array.of(40_000, 443),
      dstPort: Uint16Array.of(443, 40_000),
      fromOrig: Uint8Array.of(1, 0),
      src: Uint32Array.of(0, 0, 0xffff, 0x0a000001, 0, 0, 0xffff, 0xc0000201),
      dst: Uint32Array.of(0, 0, 0xffff, 0xc0000201, 0, 0, 0xffff, 0x0a000001),
    } as unknown as Scene['columns'];
    const scene = (row: number): Scene => ({ columns, row, now: [50.5, 51][row]! }) as unknown as Scene;
    IDS.set(9, 4711);

    const plain = tracked().tracker;
    follow(plain.find(scene(0), TABLE)!, columns, 0, 50.5, 0);
    const flow = plain.find(scene(1), TABLE)!;
    follow(flow, columns, 1, 51, 1);

    const { tracker, ended } = tracked();
    expect([tracker.passesOver(columns, 0, TABLE), [...tracker.flows()]]).toEqual([true, []]);
    // Neither a second greeting nor the answer is passed over.
    expect([0, 1].map((row) => tracker.passesOver(columns, row, TABLE))).toEqual([false, false]);
    const later = tracker.find(scene(1), TABLE)!;
    follow(later, columns, 1, 51, 1);
    expect(later).toEqual(flow);
    expect([later.began, later.packets, later.sides![0].start]).toEqual([50.5, [1, 1], 0]);

    // The flow is over before anything else came of it: nobody is told, and its place is another's.
    IDS.set(10, 5);
    columns.slot[0] = 10;
    expect(tracker.passesOver(columns, 0, TABLE)).toBe(true);
    tracker.over(5);
    expect(ended).toEqual([]);
    IDS.set(10, 6);
    columns.slot[1] = 10;
    expect(tracker.find(scene(1), TABLE)!.began).toBe(51);
  });
});

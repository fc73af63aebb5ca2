import { describe, expect, it } from 'vitest';
import { FlowTracker } from '../../../src-main/detect/signatures/flow/tracker.ts';
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
});

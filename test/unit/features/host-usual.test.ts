import { describe, expect, it } from 'vitest';
import { HostUsual } from '../../../src-main/detect/features/host-usual.ts';
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';

const WIDTH = FLOW_FEATURES.length;
const place = (id: string): number => FLOW_FEATURES.findIndex((feature) => feature.id === id);
const NUMBER = place('src_ports');
const CLASS = FLOW_FEATURES.findIndex(({ kind }) => kind === 'categorical');

/** Rows with a number and a class each; all else is 0. */
function rowsOf(
  flows: readonly (readonly [host: number, ports: number, category: number])[],
  leaveOut: (flow: number, host: number) => boolean = () => false,
): HostUsual {
  const data = new Float32Array(flows.length * WIDTH);
  for (const [row, [, ports, category]] of flows.entries()) {
    data[row * WIDTH + NUMBER] = ports;
    data[row * WIDTH + CLASS] = category;
  }
  const owners = Float64Array.from(flows, ([host]) => host);
  const ids = Float64Array.from(owners, (_, i) => i);
  return new HostUsual({ data, ids, owners }, leaveOut);
}

const times = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('what is usual for a host', () => {
  it('is the median of its numbers and the most frequent of its classes', () => {
    const known = rowsOf([
      ...times(12).map((i) => [7, i, i < 5 ? 3 : 1] as const),
      ...times(40).map(() => [8, 500, 2] as const),
    ]);
    expect([known.of(7)?.[NUMBER], known.of(7)?.[CLASS]]).toEqual([6, 1]);
    expect([known.of(8)?.[NUMBER], known.of(8)?.[CLASS]]).toEqual([500, 2]);
  });

  it('is the lesser of two classes that are equally frequent', () => {
    expect(rowsOf(times(20).map((i) => [7, 0, i % 2 === 0 ? 4 : 2])).of(7)?.[CLASS]).toBe(2);
  });

  it('is not known of fewer than twelve flows, of nobody, and of strangers together', () => {
    const known = rowsOf([...times(11).map(() => [7, 1, 0] as const), ...times(50).map(() => [0, 1, 0] as const)]);
    expect([known.of(7), known.of(9), known.of(0)]).toEqual([undefined, undefined, undefined]);
  });

  it('does not count flows that are left out', () => {
    const rows = times(60).map((i) => [7, i < 40 ? 618 : 2, 0] as const);
    expect(rowsOf(rows, (flow) => flow < 40).of(7)?.[NUMBER]).toBe(2);
    expect(rowsOf(rows, (_, host) => host === 7).of(7)).toBeUndefined();
  });

  it('is looked for in flows from all of the time where there are many', () => {
    const known = rowsOf(times(10_000).map((i) => [7, i < 4900 ? 1 : 9, 0]));
    expect(known.of(7)?.[NUMBER]).toBe(9);
  });
});

/** The whole state of an analysis is saved, and goes on elsewhere as if nothing had happened. */
import { describe, expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { zstdCompressSync } from 'node:zlib';
import { BoundedMap } from '../../../src-main/detect/behaviours/common/bounded.ts';
import { FlowIds } from '../../../src-main/detect/behaviours/common/flow-ids.ts';
import { saveState, STATE_VERSION, type SavedState } from '../../../src-main/run/fleet/state/save.ts';
import { restoreState } from '../../../src-main/run/fleet/state/restore.ts';
import { SiteAnalysis } from '../../../src-main/run/fleet/worker/analysis.ts';
import { openSource } from '../../../src-main/run/pipeline/source.ts';
import { removeFolder, temporaryFolder } from '../../integration/capture/network.ts';
import { busyOffice } from '../../setup/fleet-kit.ts';

const SLOW = 600_000;
const NOTHING: ReadonlyMap<object, string> = new Map();

describe('a saved state', () => {
  it('keeps classes, rings of references, order and what is shared', () => {
    const flows = new FlowIds();
    for (const id of [5, 3, 1e6]) flows.add(id);
    const list = new BoundedMap<string, FlowIds>({ ceiling: 3 });
    for (const [i, key] of ['x', 'y', 'z'].entries()) list.set(key, flows, i);
    const ring: { self?: object; values: Float64Array } = { values: Float64Array.of(1, NaN) };
    ring.self = ring;
    const from = { list, ring, same: ring.values, map: new Map([[2, new Set(['b', 'a'])]]), none: undefined, big: 1n };
    const to: Partial<typeof from> = { list: new BoundedMap<string, FlowIds>({ ceiling: 3 }) };
    restoreState(saveState(from, NOTHING), to, NOTHING);
    expect([...to.list!].map(([key, value]) => [key, value.list()])).toEqual([...list].map(([k, v]) => [k, v.list()]));
    expect(to.ring!.self).toBe(to.ring);
    expect(to.same).toBe(to.ring!.values);
    expect([...to.map!.get(2)!]).toEqual(['b', 'a']);
    // The oldest goes first, as it would have gone before.
    to.list!.set('w', flows, 9);
    expect([...to.list!].map(([key]) => key)).toEqual(['y', 'z', 'w']);
  });

  it('takes functions and what lies outside from who restores it', () => {
    const [mine, theirs] = [{ table: 1 }, { table: 2 }];
    const from = { table: mine, act: () => 'old', inner: { act: () => 'old', count: 4 } };
    const to = { table: theirs, act: () => 'new', inner: { act: () => 'new', count: 0 } };
    restoreState(saveState(from, new Map([[mine, 'table']])), to, new Map([[theirs, 'table']]));
    expect([to.table, to.act(), to.inner.act(), to.inner.count]).toEqual([theirs, 'new', 'new', 4]);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('cannot reach what all objects have in common: %s', (field) => {
    const saved: SavedState = {
      version: STATE_VERSION,
      shapes: [
        { kind: 'object', name: '', fields: [field] },
        { kind: 'object', name: '', fields: ['polluted'] },
      ],
      nodes: [
        [0, [1]],
        [1, 'yes'],
      ],
    };
    expect(() => restoreState(zstdCompressSync(serialize(saved)), {}, NOTHING)).toThrow('cannot be read');
    expect((Object.prototype as { polluted?: string }).polluted).toBeUndefined();
  });

  it('is refused where it holds a class nobody listed, and where it is no state', () => {
    class Unknown {}
    expect(() => saveState({ one: new Unknown() }, NOTHING)).toThrow('Unknown');
    expect(() => restoreState(Buffer.from('nonsense'), {}, NOTHING)).toThrow('cannot be read');
    const some = saveState({ one: { two: 2 } }, NOTHING);
    expect(() => restoreState(some.subarray(0, some.length - 4), {}, NOTHING)).toThrow('cannot be read');
  });
});

/** All of a capture through an analysis that moves to another place after every `moved` slices. */
async function told(path: string, moved: number): Promise<{ incidents: string; moves: number }> {
  const source = await openSource([path], 1, { sliced: true });
  const { hosts } = source.meter;
  let site = new SiteAnalysis({ seed: 1 });
  let moves = 0;
  let slices = 0;
  for (let next = await source.next(); next; next = await source.next()) {
    site.learnAddresses(hosts.words.slice((site.hosts.size + 1) * 4, (hosts.size + 1) * 4));
    site.take(next.observations);
    site.changes();
    if (++slices % moved !== 0) continue;
    const other = new SiteAnalysis({ seed: 1 });
    other.learnAddresses(site.addresses());
    restoreState(saveState(site.state, site.outside), other.state, other.outside);
    site = other;
    moves++;
  }
  site.take(source.finish());
  site.finish();
  await source.close();
  const all = [
    site.incidents().map(({ incident }) => incident),
    site.end().map(({ state, incident }) => [state, incident]),
  ];
  return { incidents: JSON.stringify(all), moves };
}

describe('an analysis that is moved from place to place', () => {
  it(
    'tells what it would have told at one',
    async () => {
      const folder = temporaryFolder();
      try {
        const path = join(folder, 'office.pcap');
        writeFileSync(path, busyOffice(3));
        const stays = await told(path, Infinity);
        const moves = await told(path, 211);
        expect(moves.moves).toBeGreaterThan(5);
        expect(moves.incidents).toBe(stays.incidents);
        expect(stays.incidents.length).toBeGreaterThan(1000);
      } finally {
        removeFolder(folder);
      }
    },
    SLOW,
  );
});

/** Lists that take the place of others while a run goes on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeNetworkView } from '../../../../src-main/detect/incidents/network.ts';
import { NO_DEVICES } from '../../../../src-main/detect/devices/none.ts';
import { Intel } from '../../../../src-main/detect/signatures/intel/intel.ts';
import { ListedHosts } from '../../../../src-main/detect/signatures/intel/listed-hosts.ts';
import type { BehaviourContext } from '../../../../src-main/detect/types.ts';
import { HostTable } from '../../../../src-main/meter/hosts.ts';
import { intelOf, NOW } from './lists.ts';

const none = (): void => {};

function contextOf(hosts: HostTable): BehaviourContext {
  const names = { lookups: 0, lookedUp: () => '', nameOf: () => '' };
  return { hosts, network: makeNetworkView(hosts), devices: NO_DEVICES, names, report: none, withdraw: none };
}

describe('lists that are read again', () => {
  it('find what is new, and no more what is gone, also of hosts and names that were looked up before', async () => {
    const intel = await intelOf(['203.0.113.9\nold.example\n']);
    const hosts = new HostTable();
    const old = hosts.intern(Uint32Array.of(0, 0, 0xffff, 0xcb007109), 0);
    const fresh = hosts.intern(Uint32Array.of(0, 0, 0xffff, 0xcb00710a), 0);
    const context = contextOf(hosts);
    const listed = new ListedHosts(intel);
    const seen = (): unknown[] => [
      listed.has(old, context),
      listed.has(fresh, context),
      intel.name('old.example').length,
      intel.name('new.example').length,
    ];
    expect(seen()).toEqual([true, false, 1, 0]);
    intel.replace(await intelOf(['203.0.113.10\nnew.example\n']));
    expect(seen()).toEqual([false, true, 0, 1]);
  });

  it('go on counting what each file was found for, and say what of the new is refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-intel-'));
    const path = join(folder, 'bad.txt');
    const read = (text: string): Promise<Intel> => {
      writeFileSync(path, text);
      return Intel.load({ files: [path], allowed: [], now: () => NOW * 1000 });
    };
    try {
      const intel = await read('203.0.113.9\n');
      for (const { list } of intel.address(Uint32Array.of(0, 0, 0xffff, 0xcb007109), 0)) list.hits += 3;
      intel.replace(await read('203.0.113.9\n=not an entry=\n'));
      expect(intel.report()).toMatchObject([{ indicators: 1, hits: 3, refused: 1 }]);
      expect(intel.refused).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

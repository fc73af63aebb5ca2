import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access } from '../../../src-main/meter/capture/access/state.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { openStore } from '../../../src-main/keep/store/client.ts';
import { openReaders } from '../../../src-main/keep/store/readers.ts';
import type { Store } from '../../../src-main/keep/store/types.ts';
import { liveErrorAsOurs } from '../../../src-main/run/api/live/errors.ts';
import { HostSeconds } from '../../../src-main/run/api/live/host-seconds.ts';
import { IncidentWriter } from '../../../src-main/run/api/live/incident-writer.ts';
import { installCommand } from '../../../src-main/meter/capture/access/install.ts';
import { CaptureError } from '../../../src-main/meter/capture/types.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';
import { incident } from './examples.ts';

describe('HostSeconds', () => {
  /** Two hosts; the numbers are bytes in and out. */
  const second = (rows: readonly [host: number, bytesIn: number, bytesOut: number][]) => ({
    count: rows.length,
    columns: {
      host: Uint32Array.from(rows, ([host]) => host),
      packetsIn: Uint32Array.from(rows, () => 1),
      packetsOut: Uint32Array.from(rows, () => 1),
      bytesIn: Float64Array.from(rows, ([, bytesIn]) => bytesIn),
      bytesOut: Float64Array.from(rows, ([, , bytesOut]) => bytesOut),
    },
  });
  const addresses = { address: (id: number) => `host ${id}` } as unknown as HostTable;

  it('tells of every host of a second, also the quiet ones, most first', () => {
    const seconds = new HostSeconds();
    seconds.add(100, second([[1, 1, 2], [2, 500, 100], [0, 9, 9]])); // prettier-ignore
    expect(seconds.take(addresses).heat).toEqual([
      ['host 2', 600],
      ['host 1', 3],
    ]);
    expect(seconds.take(addresses).heat).toEqual([]);
  });

  it('sums talkers over the last one to two minutes', () => {
    const seconds = new HostSeconds();
    seconds.add(100, second([[1, 10, 0]]));
    seconds.add(161, second([[1, 5, 1], [2, 1, 1]])); // prettier-ignore
    expect(seconds.take(addresses).talkers).toEqual([
      { address: 'host 1', bytesIn: 15, bytesOut: 1 },
      { address: 'host 2', bytesIn: 1, bytesOut: 1 },
    ]);
    seconds.add(400, second([[2, 1, 1]]));
    expect(seconds.take(addresses).talkers).toEqual([{ address: 'host 2', bytesIn: 1, bytesOut: 1 }]);
  });
});

describe('incidents of a running session', () => {
  let folder: string;
  let store: Store;
  let path: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-live-store-'));
    path = join(folder, 'a.db');
    store = await openStore(path, workerUrl('keep/store/store.worker'));
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are in the store within a second, keep what was decided about them, and go when withdrawn', async () => {
    const capture = await store.beginCapture({ name: 'Live', importedAt: 1, program: 'test' });
    const readers = openReaders(path, workerUrl('keep/store/reader.worker'));
    const list = async () => {
      const asked = { capture, search: '', suppressed: 'show', order: 'rank', limit: 10 } as const;
      return (await readers.ask('listIncidents', [asked])).rows.map(({ uid, title, status }) => [uid, title, status]);
    };
    let stored = 0;
    const failures: unknown[] = [];
    const writer = new IncidentWriter({
      store,
      capture,
      now: () => 1,
      onStored: () => void stored++,
      onFailure: (error) => void failures.push(error),
    });
    writer.take(incident('a'));
    writer.take(incident('b', { title: 'b' }));
    await expect.poll(() => stored, { timeout: 3000 }).toBe(1);
    expect(await list()).toEqual([
      ['a', '10.0.0.5 floods 10.0.0.9', 'new'],
      ['b', 'b', 'new'],
    ]);
    await store.setIncidentStatus(capture, 'a', { at: 2, user: 'ann', status: 'investigating', note: 'mine' });
    writer.take(incident('a', { state: 'update', title: 'it grew' }));
    writer.take(incident('b', { state: 'closed', withdrawn: true }));
    await writer.end();
    expect(await list()).toEqual([['a', 'it grew', 'investigating']]);
    const { history, incident: kept } = await readers.ask('getIncident', [{ capture, uid: 'a' }]);
    expect(history.map(({ note }) => note)).toEqual(['mine']);
    expect(kept).not.toHaveProperty('state');
    expect(failures).toEqual([]);
    await readers.close();
  });

  it('whose database fails are told of once', async () => {
    const failures: unknown[] = [];
    const fail = (): Promise<never> => Promise.reject(new Error('disk full'));
    const writer = new IncidentWriter({
      store: { addIncidents: fail, keepIncidents: fail, applySuppressions: fail },
      capture: 1,
      now: () => 1,
      onStored: () => undefined,
      onFailure: (error) => void failures.push(error),
    });
    writer.take(incident('a'));
    await writer.end();
    writer.take(incident('b'));
    await writer.end();
    expect(failures).toEqual([new Error('disk full')]);
  });
});

describe('installCommand', () => {
  const places = {
    installed: '/usr/libexec/sonde/sonde-capture',
    shipped: '/x/sonde-capture',
    installer: '/x/install.sh',
  };
  const access = { engine: null } as unknown as Access;
  const system = (there: readonly string[], env: NodeJS.ProcessEnv = { DISPLAY: ':0' }) => ({
    env,
    platform: 'linux' as const,
    exists: (path: string) => there.includes(path),
  });
  const ALL = ['/usr/bin/pkexec', '/x/sonde-capture', '/x/install.sh'];

  it('installs the shipped helper where there is a screen to ask on', () => {
    expect(installCommand(access, places, system(ALL))).toEqual(['/bin/sh', '/x/install.sh', '/x/sonde-capture']);
  });

  it('sets up the installed one where a package put it', () => {
    const setup = '/usr/libexec/sonde/sonde-capture-install';
    expect(installCommand(access, places, system([...ALL, places.installed, setup]))).toEqual([setup]);
  });

  it('offers nothing without a screen, without pkexec, or where the helper works', () => {
    expect(installCommand(access, places, system(ALL, {}))).toBeNull();
    expect(installCommand(access, places, system(ALL.slice(1)))).toBeNull();
    expect(installCommand({ engine: 'helper' } as unknown as Access, places, system(ALL))).toBeNull();
  });
});

describe('errors of a card', () => {
  it('keep their cure, under codes of the program', () => {
    const told = liveErrorAsOurs(new CaptureError('no-permission', 'not permitted', 'Install it.'), 'eth0');
    expect(told).toMatchObject({ code: 'not-permitted', message: 'not permitted', cure: 'Install it.', where: 'eth0' });
    const other = new Error('a bug');
    expect(liveErrorAsOurs(other, 'eth0')).toBe(other);
  });
});

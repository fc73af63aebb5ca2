import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { followed, testDesk, type Testing } from './desk-client.ts';
import type { ImportState } from '../../../src-shared/contract/topics/captures.ts';

let folder: string;
let t: Testing;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'sonde-imports-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => t.desk.close());

const sample = resourcePath('sample', 'office-hour.pcapng.gz');

async function imported(paths: readonly string[]): Promise<ImportState[]> {
  const { job } = await t.client.captures.import({ sources: paths.map((path) => ({ kind: 'path', path })) });
  return followed(t.client, job);
}

/** Resolves when the job first is in this stage. */
function reached(job: number, stage: ImportState['stage']): Promise<ImportState> {
  return new Promise((resolve) => {
    const end = t.client.captures.progress(
      { job },
      { next: (state) => void (state.stage === stage && (end(), resolve(state))) },
    );
  });
}

describe('an import', () => {
  it('tells of its progress through every stage', async () => {
    t = await testDesk();
    const states = await imported([sample]);
    const stages = states.map((s) => s.stage).filter((s, i, all) => s !== all[i - 1]);
    expect(stages.filter((s) => s !== 'waiting')).toEqual(['reading', 'scoring', 'keeping', 'done']);
    const last = states.at(-1)!;
    expect(last.total).toBe(readFileSync(sample).length);
    expect(last.bytes).toBe(last.total);
    expect(last.packets).toBeGreaterThan(50_000);
    expect(states.map((s) => s.packets)).toEqual([...states.map((s) => s.packets)].sort((a, b) => a - b));
  }, 60_000);

  it('that is cancelled keeps what was read, as partial', async () => {
    t = await testDesk();
    const { job } = await t.client.captures.import({ sources: [{ kind: 'path', path: sample }] });
    await new Promise<void>((resolve) => {
      const end = t.client.captures.progress({ job }, { next: (s) => void (s.packets > 0 && (end(), resolve())) });
    });
    await t.client.captures.cancelImport({ job });
    const last = (await followed(t.client, job)).at(-1)!;
    expect(last).toMatchObject({ stage: 'cancelled', error: null });
    const [row] = (await t.client.captures.list({})).captures;
    expect(row).toMatchObject({ id: last.capture, status: 'partial' });
    expect(row!.packets).toBeGreaterThan(0);
    expect((await t.client.flows.totals({ capture: row!.id })).flows).toBe(row!.flows);
  }, 60_000);

  it('says that the same file was opened before, and never gives a number twice', async () => {
    t = await testDesk();
    // A header, and one packet without IP.
    const bytes = `d4c3b2a1020004000000000000000000ffff000001000000${'00'.repeat(8)}0e0000000e000000${'00'.repeat(12)}88b5`;
    const same = join(folder, 'same.pcap');
    writeFileSync(same, Buffer.from(bytes, 'hex'));
    const one = (await imported([same])).at(-1)!.capture!;
    expect((await t.client.captures.get({ capture: one })).before).toEqual([]);
    const two = (await imported([same])).at(-1)!.capture!;
    const { before, name } = await t.client.captures.get({ capture: two });
    expect(before).toEqual([{ capture: one, name }]);
    await t.client.captures.remove({ capture: two });
    const three = (await imported([same])).at(-1)!.capture!;
    expect(three).toBeGreaterThan(two);
  }, 60_000);

  it('whose thread dies shows as an error, and the next one works', async () => {
    t = await testDesk();
    const { job } = await t.client.captures.import({ sources: [{ kind: 'path', path: sample }] });
    await reached(job, 'scoring');
    const dying = followed(t.client, job);
    await t.desk.jobs.kill(job);
    const last = (await dying).at(-1)!;
    expect(last).toMatchObject({ stage: 'failed', error: { code: 'worker-lost' } });
    const [row] = (await t.client.captures.list({})).captures;
    expect(row).toMatchObject({ id: last.capture, status: 'incomplete' });
    expect((await imported([sample])).at(-1)!.stage).toBe('done');
    expect((await t.client.captures.list({})).captures.map((c) => c.status)).toEqual(['complete', 'incomplete']);
    await t.client.captures.remove({ capture: row!.id });
    expect((await t.client.app.health({})).status).toBe('ok');
  }, 60_000);

  it('waits for its turn, and can be cancelled while it waits', async () => {
    t = await testDesk();
    const first = await t.client.captures.import({ sources: [{ kind: 'path', path: sample }] });
    const second = await t.client.captures.import({ sources: [{ kind: 'path', path: sample }], name: 'again' });
    expect((await t.client.captures.imports({})).jobs.map((j) => [j.job, j.stage])).toEqual([
      [second.job, 'waiting'],
      [first.job, 'reading'],
    ]);
    await t.client.captures.cancelImport({ job: second.job });
    expect((await followed(t.client, second.job)).at(-1)!.stage).toBe('cancelled');
    expect((await followed(t.client, first.job)).at(-1)!.stage).toBe('done');
    expect((await t.client.captures.list({})).captures).toHaveLength(1);
  }, 60_000);
});

describe('bad input', () => {
  const file = (name: string, content: string | Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('is told in words, with a way on, and leaves nothing behind', async () => {
    t = await testDesk();
    const cases: [string, string][] = [
      [file('text.pcap', 'dear diary\n'.repeat(100)), 'not-a-capture'],
      [file('empty.pcap', ''), 'empty-file'],
      [join(folder, 'gone.pcap'), 'not-found'],
      [folder, 'is-a-directory'],
    ];
    for (const [path, code] of cases) {
      const last = (await imported([path])).at(-1)!;
      expect([
        path,
        last.stage,
        last.error?.code,
        last.capture !== null && (await t.client.captures.list({})).captures.length > 0,
      ]).toEqual([path, 'failed', code, false]);
      expect(last.error!.message.length).toBeGreaterThan(10);
      expect(last.error!.cure.length).toBeGreaterThan(10);
    }
    expect((await t.client.captures.list({})).captures).toEqual([]);
  }, 60_000);

  it('that is cut is analysed as far as it goes, and says so', async () => {
    t = await testDesk();
    const path = join(folder, 'cut.pcapng.gz');
    copyFileSync(sample, path);
    truncateSync(path, 300_000);
    const last = (await imported([path])).at(-1)!;
    expect(last.stage).toBe('done');
    expect(last.warnings.map((w) => w.code)).toContain('compressed-damaged');
    const [row] = (await t.client.captures.list({})).captures;
    expect([row!.status, row!.warnings > 0]).toEqual(['partial', true]);
  }, 60_000);

  it('without IP has an overview of nothing', async () => {
    t = await testDesk();
    const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
    const record = Buffer.concat([
      Buffer.from('00000000000000000e0000000e000000', 'hex'),
      Buffer.alloc(12),
      Buffer.from('88b5', 'hex'),
    ]);
    const last = (await imported([file('no-ip.pcap', Buffer.concat([header, record]))])).at(-1)!;
    expect(last.stage).toBe('done');
    const capture = last.capture!;
    expect(await t.client.overview.get({ capture })).toMatchObject({
      packets: 1,
      flows: 0,
      hosts: 0,
      verdict: 'There is no IP traffic in this capture, so Sonde could judge next to nothing of it.',
      incidents: [],
    });
    expect((await t.client.overview.timeline({ capture })).packets).toEqual([1]);
    expect((await t.client.overview.heatmap({ capture })).rows).toEqual([]);
    expect((await t.client.flows.page({ capture })).rows).toEqual([]);
    expect((await t.client.graph.get({ capture })).nodes).toEqual([]);
    expect((await t.client.overview.mix({ capture })).protocols).toEqual([]);
  }, 60_000);
});

describe('the database', () => {
  it('holds everything after the program was started again', async () => {
    const database = join(folder, 'kept.db');
    t = await testDesk({ database });
    const capture = (await imported([sample])).at(-1)!.capture!;
    await t.client.suppressions.create({ scope: { kind: 'port-scan' }, reason: 'ours' });
    const before = await t.client.overview.get({ capture });
    await t.desk.close();
    t = await testDesk({ database });
    expect(await t.client.overview.get({ capture })).toEqual(before);
    expect((await t.client.app.session({})).kept).toBe(true);
  }, 60_000);

  it('that is a text file is refused by name', async () => {
    const path = join(folder, 'not.db');
    writeFileSync(path, 'text '.repeat(1000));
    await expect(testDesk({ database: path })).rejects.toThrow('not a database');
    t = await testDesk();
  });

  it('answers again after its readers died', async () => {
    t = await testDesk();
    expect((await t.client.captures.list({})).captures).toEqual([]);
    await (t.desk.readers as unknown as { kill(): Promise<void> }).kill();
    expect((await t.client.captures.list({})).captures).toEqual([]);
  });

  it('removes captures that are older than the settings say', async () => {
    const database = join(folder, 'old.db');
    let now = Date.UTC(2026, 0, 1);
    t = await testDesk({ database, now: () => now });
    await imported([sample]);
    await t.client.settings.set({ retentionDays: 30 });
    await t.desk.close();
    now += 29 * 86_400_000;
    t = await testDesk({ database, now: () => now });
    expect((await t.client.captures.list({})).captures).toHaveLength(1);
    await t.desk.close();
    now += 2 * 86_400_000;
    t = await testDesk({ database, now: () => now });
    expect((await t.client.captures.list({})).captures).toEqual([]);
  }, 60_000);
});

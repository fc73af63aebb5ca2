import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeClient } from '../../../src-shared/contract/client.ts';
import type { Role } from '../../../src-shared/contract/define.ts';
import { contract, type DeskClient } from '../../../src-shared/contract/index.ts';
import type { LiveDeskEvent } from '../../../src-shared/contract/topics/live.ts';
import { memoryLine } from '../../../src-shared/contract/double.ts';
import { openDesk, type OpenDesk } from '../../../src-main/run/api/desk.ts';
import { ringFolder } from '../../../src-main/run/api/rings.ts';
import { retire } from '../../../src-main/run/api/retention.ts';
import { needs } from '../../setup/skip.ts';

const HELPER = join(import.meta.dirname, '..', '..', '..', 'build', 'native', `linux-${process.arch}`, 'sonde-capture');
const canCapture = process.getuid?.() === 0 && existsSync(HELPER);
const CANNOT = 'a card is only opened by root with the built helper';
const SAMPLE = { kind: 'file', file: { kind: 'sample' }, speed: 'max' } as const;

describe('the calls of a live session', { timeout: 120_000 }, () => {
  let folder: string;
  let desk: OpenDesk;
  let now = Date.now();

  const as = (role: Role): DeskClient => {
    const [near, far] = memoryLine();
    desk.dispatcher.serve(far, { user: role, role, host: 'browser' });
    return makeClient(contract, near);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-live-calls-'));
    desk = await openDesk({
      paths: false,
      database: join(folder, 'a.db'),
      now: () => now,
      retentionEveryMs: 3_600_000,
      checkOutput: true,
    });
  });
  afterAll(async () => {
    await desk.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('list the cards with their rates, and say whether they may be opened', async () => {
    const client = as('viewer');
    await client.live.interfaces({});
    await new Promise((resolve) => setTimeout(resolve, 600));
    const { interfaces } = await client.live.interfaces({});
    const lo = interfaces.find(({ loopback }) => loopback);
    expect(lo).toMatchObject({ up: true });
    if (process.platform === 'linux') expect(lo?.packetsPerSecond).toBeGreaterThanOrEqual(0);
    const access = await client.live.access({});
    expect(access.message).not.toBe('');
    if (access.engine === null) expect(access.cure).not.toBeNull();
  });

  needs(canCapture, CANNOT)('point at what is wrong with a filter', async () => {
    const client = as('analyst');
    const check = (filter: string) => client.live.checkFilter({ interface: 'lo', filter });
    expect(await check('')).toEqual({ fault: null, at: null, checked: true });
    expect(await check('tcp port 80')).toEqual({ fault: null, at: null, checked: true });
    expect(await check('tcp port htttp')).toMatchObject({ at: { from: 9, to: 14 } });
    expect(await check('tcp or')).toMatchObject({ fault: expect.stringContaining('syntax') as string, checked: true });
    expect(await check('tcp port 80 )')).toMatchObject({ at: { from: 12, to: 13 } });
  });

  it('let a viewer look on, and do nothing', async () => {
    const client = as('viewer');
    const check = client.live.checkFilter({ interface: 'lo', filter: 'tcp' });
    await expect(check).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(client.live.start(SAMPLE)).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(client.live.stop({})).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(client.live.mark({ note: '' })).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(client.live.installHelper({})).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(as('analyst').live.installHelper({})).rejects.toMatchObject({ code: 'not-allowed' });
    expect(await client.live.session({})).toEqual({ session: null });
  });

  it('refuse a path that a browser names, and a card that is not there', async () => {
    const client = as('analyst');
    const path = { kind: 'file', file: { kind: 'path', path: '/etc/passwd' } } as const;
    await expect(client.live.start(path)).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(client.live.start({ kind: 'interface', name: 'nosuch0' })).rejects.toThrow();
    expect((await client.captures.list({})).captures).toEqual([]);
  });

  it('play a capture, keep it, and find what reading it finds', async () => {
    const client = as('analyst');
    const events: LiveDeskEvent[] = [];
    const end = client.live.ticks({}, { next: (event) => void events.push(event) });
    await client.settings.set({ retentionDays: 1 });
    const { state, name } = await client.live.start(SAMPLE);
    expect(state).toBe('running');
    await expect.poll(() => desk.live.session()?.capture, { timeout: 10_000 }).not.toBeNull();
    const capture = desk.live.session()?.capture ?? 0;
    // What runs is neither removed by hand nor by age.
    await expect(client.captures.remove({ capture })).rejects.toMatchObject({ code: 'not-allowed' });
    now += 10 * 86_400_000;
    expect(await retire(desk)).toBe(0);
    now -= 10 * 86_400_000;
    await expect.poll(() => desk.live.session()?.state, { timeout: 90_000 }).toBe('ended');
    end();
    expect(desk.live.session()).toMatchObject({ end: 'end-of-file', error: null, capture });
    const { job } = await client.captures.import({ sources: [{ kind: 'sample' }] });
    await desk.jobs.whenEnded(job);
    const { captures } = await client.captures.list({});
    const [read, watched] = captures;
    expect(watched).toMatchObject({ id: capture, name, status: 'complete' });
    for (const what of ['packets', 'bytes', 'flows', 'hosts', 'firstTs', 'lastTs'] as const) {
      expect([what, watched?.[what]]).toEqual([what, read?.[what]]);
    }
    const kinds = async (id: number): Promise<string[]> =>
      (await client.incidents.list({ capture: id })).rows.map(({ kind }) => kind).sort();
    const seen = await kinds(capture);
    expect(seen.length).toBeGreaterThan(5);
    expect(events[0]).toMatchObject({ type: 'snapshot', points: [], incidents: [] });
    const told = new Map<string, boolean>();
    for (const event of events) {
      if (event.type === 'incident') told.set(event.incident.incident.uid, !event.incident.withdrawn);
    }
    const kept = (await client.incidents.list({ capture })).rows.map(({ uid }) => uid).sort();
    expect([...told].flatMap(([uid, stayed]) => (stayed ? [uid] : [])).sort()).toEqual(kept);
    const { rows } = await client.audit.list({ actions: ['watch'] });
    expect(rows).toMatchObject([{ user: 'analyst', object: name }]);
  });

  it('have flows and what incidents are about in the store while it runs, and keep them when its thread is killed', async () => {
    const client = as('analyst');
    await client.live.start({ ...SAMPLE, speed: 20 });
    await expect.poll(() => desk.live.session()?.capture, { timeout: 10_000 }).not.toBeNull();
    const capture = desk.live.session()?.capture ?? 0;
    const aboutFlows = async (): Promise<number> => {
      const { rows } = await client.incidents.list({ capture });
      const totals = rows.map(({ uid }) => client.flows.totals({ capture, incident: uid }));
      return Math.max(0, ...(await Promise.all(totals)).map(({ flows }) => flows));
    };
    await expect.poll(aboutFlows, { timeout: 60_000, interval: 500 }).toBeGreaterThan(0);
    expect(desk.live.session()?.state).toBe('running');
    const before = (await client.flows.totals({ capture })).flows;
    await desk.live.kill();
    await expect.poll(() => desk.live.session()?.state).toBe('failed');
    const { rows } = await client.flows.page({ capture });
    expect(rows[0]).toMatchObject({ origH: expect.stringMatching(/[.:]/) as string });
    expect((await client.flows.totals({ capture })).flows).toBeGreaterThanOrEqual(before);
    const kept = (await client.captures.list({})).captures.find(({ id }) => id === capture);
    expect(kept).toMatchObject({ status: 'incomplete' });
    expect(kept?.flows).toBeGreaterThan(0);
    expect(kept?.hosts).toBeGreaterThan(0);
    const { packets, bytes } = await client.captures.get({ capture });
    expect(packets).toBeGreaterThan(before);
    expect(bytes).toBeGreaterThan(packets * 28);
    await client.captures.remove({ capture });
  });

  it('leave nothing of a session that is thrown away', async () => {
    const client = as('analyst');
    const before = (await client.captures.list({})).captures.length;
    await client.live.start({ ...SAMPLE, speed: 1 });
    await expect(client.live.start(SAMPLE)).rejects.toMatchObject({ code: 'not-allowed' });
    await client.live.mark({ note: 'seen' });
    expect(await client.live.stop({ keep: false })).toMatchObject({ state: 'ended', capture: null });
    expect((await client.captures.list({})).captures).toHaveLength(before);
    await expect(client.live.stop({})).rejects.toMatchObject({ code: 'not-found' });
  });

  needs(canCapture, CANNOT)('keep packets on disk where asked to, which go with their capture', async () => {
    const client = as('analyst');
    const server = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await client.live.start({
      kind: 'interface',
      name: 'lo',
      filter: `tcp port ${port}`,
      ring: 'full',
      ringMegabytes: 16,
    });
    await fetch(`http://127.0.0.1:${port}/`).then((response) => response.text());
    await expect.poll(() => desk.live.tick()?.received ?? 0, { timeout: 5000 }).toBeGreaterThan(5);
    await new Promise((resolve) => server.close(resolve));
    const session = await client.live.stop({});
    const capture = session.capture ?? 0;
    expect(session.ringFolder).toBe(ringFolder(desk.rings, capture));
    const made = await client.exports.packets({ capture });
    expect(made.flows).toBe(1);
    expect(made.packets).toBe((await client.captures.get({ capture })).packets);
    await client.captures.remove({ capture });
    expect(existsSync(ringFolder(desk.rings, capture))).toBe(false);
  });

  needs(canCapture, CANNOT)('say that no packets were kept where none were asked for', async () => {
    const client = as('analyst');
    await client.live.start({ kind: 'interface', name: 'lo', filter: 'tcp port 1' });
    const { capture } = await client.live.stop({});
    const asked = client.exports.packets({ capture: capture ?? 0 });
    await expect(asked).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('were kept') as string,
    });
  });
});

describe('a program that ends while a session runs', { timeout: 60_000 }, () => {
  it('keeps it first', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-live-end-'));
    const database = join(folder, 'a.db');
    const first = await openDesk({ paths: false, database });
    const [near, far] = memoryLine();
    first.dispatcher.serve(far, { user: 'ann', role: 'analyst', host: 'browser' });
    await makeClient(contract, near).live.start({ ...SAMPLE, speed: 100 });
    await expect.poll(() => first.live.tick()?.received ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
    await first.close();
    const second = await openDesk({ paths: false, database });
    const kept = await second.store.captures();
    expect(kept).toMatchObject([{ name: expect.stringMatching(/^Replay of Sample/) as string, status: 'partial' }]);
    expect(kept[0]?.flows).toBeGreaterThan(0);
    await second.close();
    rmSync(folder, { recursive: true, force: true });
  });
});

import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../../src-shared/contract/topics/settings.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { readSettings } from '../../../src-main/run/api/topics/settings.ts';
import { importSample, testDesk, type Testing } from './desk-client.ts';

const SCANNER = '192.168.10.51';
const UPLOADER = '192.168.10.57';
const CLIENT = '192.168.10.58';

/** All that can be set at once: roles are decided one by one. */
const { roles: _, ...ORDINARY } = DEFAULT_SETTINGS;

let t: Testing;
let before: number;

/** A capture judged by these settings. */
async function judgedBy(settings: Partial<Settings>): Promise<number> {
  await t.client.settings.set({ ...ORDINARY, ...settings });
  return importSample(t.client);
}

const incidentsOf = async (capture: number) => (await t.client.incidents.list({ capture, limit: 100 })).rows;
const found = async (capture: number, kind: string) => (await incidentsOf(capture)).find((i) => i.kind === kind);

beforeAll(async () => {
  t = await testDesk();
  before = await judgedBy({});
});
afterAll(() => t.desk.close());

describe('networks that are ours', () => {
  it('decide what leaves them, for captures imported from then on', async () => {
    expect((await found(before, 'data-exfiltration'))?.sources).toEqual([UPLOADER]);
    const after = await judgedBy({ networks: ['10.99.0.0/16', '2001:db8::/32'] });
    expect(await found(after, 'data-exfiltration')).toBeUndefined();
    expect((await t.client.captures.get({ capture: after })).networks).toEqual(['10.99.0.0/16', '2001:db8::/32']);
  });

  it('mark its hosts as they were when it was judged, whatever the settings say now', async () => {
    const after = await judgedBy({ networks: ['192.168.10.0/25'] });
    await t.client.settings.set({ networks: [] });
    const { rows } = await t.client.hosts.list({ capture: after, limit: 1000 });
    const low = (address: string): boolean => address.startsWith('192.168.10.') && Number(address.split('.')[3]) < 128;
    const linkLocal = (address: string): boolean => /^(fe80:|169\.254\.|0\.0\.0\.0$|::$)/.test(address);
    expect(rows.filter((r) => r.local).length).toBeGreaterThan(50);
    for (const r of rows) expect([r.address, r.local]).toEqual([r.address, low(r.address) || linkLocal(r.address)]);
    const high = rows.find(
      (r) => r.address.startsWith('192.168.10.') && !low(r.address) && !r.address.endsWith('.255'),
    );
    const old = async (address: string): Promise<boolean> =>
      (await t.client.hosts.get({ capture: before, address })).host.local;
    expect(await old(high!.address)).toBe(true);
    // To it is sent, and it never sends: the broadcast of a network of ours, and no host.
    expect(await old('192.168.10.255')).toBe(false);
    expect((await t.client.captures.get({ capture: before })).networks).toEqual([]);
  });
});

describe('known devices', () => {
  const scanner = { address: SCANNER, name: 'Test bench', role: 'Vulnerability scanner' };

  it('have their normal work shown less severe, with the reason, and nothing else', async () => {
    const after = await judgedBy({ devices: [scanner] });
    const [was, is] = await Promise.all([found(before, 'port-scan'), found(after, 'port-scan')]);
    expect([was?.severity, is?.severity]).toEqual(['warning', 'info']);
    const { incident } = await t.client.incidents.get({ capture: after, uid: is!.uid });
    expect(incident.evidence[0]?.fact).toBe(
      `Shown as info instead of warning: ${SCANNER} is known to you as “Vulnerability scanner”, and trying ports is its work`,
    );
    expect((await found(after, 'arp-spoofing'))?.severity).toBe('critical');
    expect(await incidentsOf(after)).toHaveLength((await incidentsOf(before)).length);
    const { host } = await t.client.hosts.get({ capture: after, address: SCANNER });
    expect(host.roles[0]).toBe('Vulnerability scanner');
  });

  it('are named wherever their host is, at once and in every capture', async () => {
    await t.client.settings.set({ ...ORDINARY, devices: [scanner] });
    const { rows } = await t.client.hosts.list({ capture: before, search: 'test BENCH' });
    expect(rows.map((r) => [r.address, r.known])).toEqual([
      [SCANNER, { name: 'Test bench', role: 'Vulnerability scanner' }],
    ]);
    expect((await t.client.hosts.get({ capture: before, address: CLIENT })).host.known).toBeNull();
    expect(await t.client.hosts.known({ capture: before })).toEqual({ devices: [scanner] });
  });

  it('are found by their card', async () => {
    const { cards } = await t.client.hosts.get({ capture: before, address: CLIENT });
    expect(cards).toHaveLength(1);
    await t.client.settings.set({
      devices: [{ address: cards[0]!.mac.toUpperCase().replaceAll(':', '-'), name: 'Desk 8', role: 'Client' }],
    });
    const { rows } = await t.client.hosts.list({ capture: before, search: 'desk 8' });
    expect(rows.map((r) => r.address)).toContain(CLIENT);
    expect((await t.client.hosts.get({ capture: before, address: CLIENT })).host.known?.name).toBe('Desk 8');
    await t.client.settings.set({ devices: [] });
    expect((await t.client.hosts.get({ capture: before, address: CLIENT })).host.known).toBeNull();
  });
});

describe('a host’s card', () => {
  it('is known for every host of the segment that spoke, and says who made it or that it was made up', async () => {
    const { rows } = await t.client.hosts.list({ capture: before, limit: 1000 });
    const clients = rows.filter((r) => r.address.startsWith('192.168.10.') && r.bytesOut > 0);
    const pages = await Promise.all(clients.map(({ address }) => t.client.hosts.get({ capture: before, address })));
    expect(pages.filter((p) => p.cards.length > 0).length / pages.length).toBeGreaterThan(0.9);
    for (const { cards, macs, vendor } of pages) {
      expect(cards.map((card) => card.mac)).toEqual(macs);
      expect(vendor).toBe(cards.find((card) => card.vendor !== null)?.vendor ?? null);
      for (const card of cards) if (card.kind === 'group') expect(card.vendor).toBeNull();
    }
    const outside = rows.find((r) => !r.local && r.flows > 10)!;
    expect((await t.client.hosts.get({ capture: before, address: outside.address })).cards).toEqual([]);
  });
});

describe('what a host is taken for', () => {
  it('stands in the list and on its page, with the reasons; of strangers nothing does', async () => {
    const { rows } = await t.client.hosts.list({ capture: before, limit: 1000 });
    const camera = rows.find(({ device }) => device?.kind === 'camera')!;
    expect(camera.device!.why[0]).toMatch(/^its card is made by .*Hikvision/);
    expect((await t.client.hosts.get({ capture: before, address: camera.address })).host.device).toEqual(camera.device);
    expect(rows.filter(({ local, device }) => !local && device !== null)).toEqual([]);
  });
});

describe('environment and alarm budget', () => {
  it('are recognised, with the reason, where nobody said', async () => {
    const { profile, budget } = await t.client.captures.get({ capture: before });
    expect(profile?.name).toBe('office');
    expect(profile?.reason).toMatch(/^Recognised by what the capture shows: \d+ hosts of yours, /);
    expect(budget).toEqual({ perDay: 3, allowed: 0, raised: 0 });
  });

  it('are what the settings say, and the environment’s budget holds where none is given', async () => {
    const home = await t.client.captures.get({ capture: await judgedBy({ profile: 'home' }) });
    expect([home.profile, home.budget?.perDay]).toEqual([{ name: 'home', reason: 'Chosen by you.' }, 1]);
  });

  it('make the most unusual anomaly a warning where the budget is larger than what was found', async () => {
    expect((await found(before, 'behavioural-anomaly'))?.severity).toBe('info');
    const after = await judgedBy({ budget: 500 });
    const anomaly = await found(after, 'behavioural-anomaly');
    expect(anomaly?.severity).toBe('warning');
    const { budget } = await t.client.captures.get({ capture: after });
    expect(budget).toMatchObject({ perDay: 500, raised: 1 });
    expect(budget!.allowed).toBeGreaterThan(6);
    expect((await incidentsOf(after)).filter((i) => i.severity !== 'info').length).toBeLessThanOrEqual(budget!.allowed);
  });
});

describe('settings that an older Sonde kept', () => {
  it('stay as they were, with defaults for what is new', async () => {
    const kept = { ...DEFAULT_SETTINGS, budget: 1, theme: 'dark' };
    const { tourSeen: _, ...older } = kept;
    expect(await readSettings({ setting: () => Promise.resolve(older) })).toEqual({ ...kept, tourSeen: false });
  });
});

describe('retention', () => {
  let other: Testing;
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'sonde-retention-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => other.desk.close());

  const until = async (done: () => Promise<boolean>): Promise<void> => {
    for (let n = 0; !(await done()); n++) {
      if (n > 200) throw new Error('it never came to be');
      await new Promise((resolve) => void setTimeout(resolve, 50));
    }
  };

  it('holds while the program runs for days, tells the desk, and leaves a line in the audit log', async () => {
    let now = Date.UTC(2026, 0, 1);
    other = await testDesk({ database: join(folder, 'days.db'), now: () => now, retentionEveryMs: 20 });
    const { client } = other;
    const capture = await importSample(client);
    await client.settings.set({ retentionDays: 7 });
    const told: (number | null)[] = [];
    const end = client.app.changes(
      {},
      { next: ({ what, capture: of }) => void (what === 'captures' && told.push(of)) },
    );
    now += 6.9 * 86_400_000;
    await new Promise((resolve) => void setTimeout(resolve, 200));
    expect((await client.captures.list({})).captures).toHaveLength(1);
    now += 0.2 * 86_400_000;
    await until(async () => (await client.captures.list({})).captures.length === 0);
    await until(() => Promise.resolve(told.includes(capture)));
    end();
    await until(async () => (await client.audit.list({})).rows.some((e) => e.action === 'remove'));
    const [entry] = (await client.audit.list({})).rows.filter((e) => e.action === 'remove');
    expect(entry).toMatchObject({ user: 'sonde', detail: 'older than 7 days' });
  });

  it('removes the uploaded file with the capture', async () => {
    let now = Date.UTC(2026, 0, 1);
    const database = join(folder, 'files.db');
    other = await testDesk({ database, now: () => now, retentionEveryMs: 20 });
    const { client, desk } = other;
    const { id, path } = desk.uploads.place('office-hour.pcapng.gz');
    copyFileSync(resourcePath('sample', 'office-hour.pcapng.gz'), path);
    await client.captures.import({ sources: [{ kind: 'upload', id }] });
    await until(async () => (await client.captures.list({})).captures[0]?.status === 'complete');
    const uploads = `${database}.captures`;
    expect(readdirSync(uploads)).toHaveLength(1);
    await client.settings.set({ retentionDays: 1 });
    now += 1.1 * 86_400_000;
    await until(async () => (await client.captures.list({})).captures.length === 0);
    await until(() => Promise.resolve(!existsSync(uploads) || readdirSync(uploads).length === 0));
  });
});

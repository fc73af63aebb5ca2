/** Roles decided and cases opened on the desk, by the contract. */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeClient } from '../../../src-shared/contract/client.ts';
import { memoryLine } from '../../../src-shared/contract/double.ts';
import { contract, type DeskClient } from '../../../src-shared/contract/index.ts';
import type { Role } from '../../../src-shared/contract/define.ts';
import type { OpenedCase } from '../../../src-shared/contract/topics/cases.ts';
import type { PacketEvent } from '../../../src-shared/contract/topics/packets.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { inCase } from '../../../src-renderer/lib/in-case.ts';
import { NAME_SERVER, NETWORK, PUBLIC, SCANNER, smallOffice } from '../../unit/roles/small-office.ts';
import { followed, testDesk, type Testing } from './desk-client.ts';

const SLOW = 120_000;

let folder: string;
let t: Testing;
let ann: DeskClient;
let capture: number;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-roles-'));
  t = await testDesk({ database: join(folder, 'desk.db') });
  ann = t.as({ user: 'ann', role: 'analyst' });
  writeFileSync(join(folder, 'office.pcap'), smallOffice());
  capture = await imported();
}, SLOW);
afterAll(async () => {
  await t.desk.close();
  rmSync(folder, { recursive: true });
}, SLOW);

async function imported(): Promise<number> {
  const { job } = await t.client.captures.import({ sources: [{ kind: 'path', path: join(folder, 'office.pcap') }] });
  return (await followed(t.client, job)).at(-1)!.capture!;
}

const errorOf = async (asked: Promise<unknown>): Promise<SondeError> =>
  (await asked.then(
    () => null,
    (error: unknown) => error,
  )) as SondeError;

const severities = async (of: number): Promise<Record<string, string>> => {
  const { rows } = await ann.incidents.list({ capture: of });
  return Object.fromEntries(rows.map(({ kind, severity }) => [kind, severity]));
};

describe('roles', () => {
  it('are proposed with evidence, and decided by who may; the log says so', { timeout: SLOW }, async () => {
    const { proposed, networks } = await ann.roles.list({ capture });
    expect(proposed!.map(({ address, role }) => `${address} ${role}`).sort()).toEqual([
      `${NAME_SERVER} dns-server`,
      `${SCANNER} scanner`,
    ]);
    const facts = proposed!.map(({ evidence }) => evidence[0]!.fact).sort();
    expect(facts).toEqual([
      'answered 60 DNS questions of 6 hosts',
      'tried 120 ports in all, at 4 hosts; 0 % of it was answered',
    ]);
    expect(networks.map(({ network, ours, cards }) => [network, ours, cards])).toEqual([
      [NETWORK, true, 12],
      [PUBLIC, false, 3],
    ]);
    const viewer = t.as({ user: 'eve', role: 'viewer' });
    const decision = { capture, address: SCANNER, role: 'scanner', decision: 'confirmed' } as const;
    expect((await errorOf(viewer.roles.decide(decision))).code).toBe('not-allowed');
    await ann.roles.decide(decision);
    expect((await ann.settings.get({})).roles).toEqual([
      { address: SCANNER, role: 'scanner', decision: 'confirmed', within: [NETWORK] },
    ]);
    const { rows } = await ann.audit.list({ actions: ['role'] });
    expect(rows[0]).toMatchObject({ user: 'ann', object: SCANNER, detail: `Vulnerability scanner: confirmed in ${NETWORK}` }); // prettier-ignore
  });

  it('quiet what is their work from then on', { timeout: SLOW }, async () => {
    expect(await severities(capture)).toMatchObject({ 'port-scan': 'warning' });
    const { job } = await ann.captures.readAgain({ capture });
    const again = (await followed(t.client, job)).at(-1)!.capture!;
    expect(await severities(again)).toMatchObject({ 'port-scan': 'info' });
    const { proposed } = await ann.roles.list({ capture: again });
    expect(proposed!.find(({ role }) => role === 'scanner')!.decision).toBe('confirmed');
    const { host } = await ann.hosts.get({ capture: again, address: SCANNER });
    expect(host.known).toEqual({ name: '', role: 'Vulnerability scanner' });
  });

  it('are not asked for twice where a file is gone: reading it again is refused', { timeout: SLOW }, async () => {
    const path = join(folder, 'gone.pcap');
    copyFileSync(join(folder, 'office.pcap'), path);
    const { job } = await t.client.captures.import({ sources: [{ kind: 'path', path }] });
    const read = (await followed(t.client, job)).at(-1)!.capture!;
    rmSync(path);
    expect(await errorOf(ann.captures.readAgain({ capture: read }))).toMatchObject({
      code: 'not-found',
      message: `${path}: the capture is not where it was when it was imported`,
    });
    const viewer = t.as({ user: 'eve', role: 'viewer' });
    expect((await errorOf(viewer.captures.readAgain({ capture: read }))).code).toBe('not-allowed');
  });

  it('are taken back, and never decided of what was not seen', { timeout: SLOW }, async () => {
    await ann.roles.decide({ capture, address: SCANNER, role: 'scanner', decision: null });
    expect((await ann.settings.get({})).roles).toEqual([]);
    const error = await errorOf(ann.roles.decide({ capture, address: SCANNER, role: 'backup', decision: 'confirmed' }));
    expect(error).toMatchObject({ code: 'bad-request', message: `${SCANNER} does not seem to be a Backup in this capture` }); // prettier-ignore
    expect((await errorOf(ann.roles.addNetwork({ capture, network: '8.8.8.0/24' }))).code).toBe('bad-request');
    const { networks } = await ann.roles.addNetwork({ capture, network: PUBLIC });
    expect(networks).toContain('192.168.0.0/16');
    expect((await ann.roles.list({ capture })).networks[1]).toMatchObject({ ours: false, oursNow: true });
  });

  it('of a running session are written into its capture as they are found', { timeout: SLOW }, async () => {
    const before = await ann.roles.list({ capture });
    const network = { network: '10.1.2.0/24', hosts: 3, cards: 1, ours: true };
    expect(await t.desk.store.noteRoles(capture, [], [network])).toBe(true);
    expect(await ann.roles.list({ capture })).toMatchObject({ proposed: [], networks: [network] });
    expect(await t.desk.store.noteRoles(999, [], [])).toBe(false);
    const { named: _named, ...rest } = before;
    const roles = (rest.proposed ?? []).map(({ name: _name, ...each }) => each);
    const networks = rest.networks.map(({ oursNow: _now, ...each }) => each);
    await t.desk.store.noteRoles(capture, roles, networks);
    expect(await ann.roles.list({ capture })).toEqual(before);
  });

  it('leave with the settings document and come in again', { timeout: SLOW }, async () => {
    await ann.roles.decide({ capture, address: NAME_SERVER, role: 'dns-server', decision: 'rejected' });
    const boss = t.as({ user: 'boss' });
    const { document } = await boss.alerts.export({});
    await ann.roles.decide({ capture, address: NAME_SERVER, role: 'dns-server', decision: null });
    const all = { document, allowPrivate: [], allowExports: [], allowSuppressions: false };
    expect((await boss.alerts.previewImport(all)).roles).toBe(1);
    await boss.alerts.import(all);
    expect((await ann.settings.get({})).roles).toMatchObject([{ role: 'dns-server', decision: 'rejected' }]);
  });
});

describe('a case', () => {
  let path: string;
  let opened: OpenedCase;

  /** As a page that looks at a case: every call names it. */
  function within(id: string, role: Role = 'admin', user = 'ann'): DeskClient {
    const [near, far] = memoryLine();
    t.desk.dispatcher.serve(far, { user, role, host: 'browser' });
    return makeClient(contract, inCase(near, id));
  }

  beforeAll(async () => {
    const { rows } = await ann.incidents.list({ capture });
    const incidents = rows.slice(0, 1).map(({ uid }) => ({ capture, uid }));
    const { download, sha256 } = await ann.cases.export({ incidents, title: 'Theft', note: 'look' });
    path = join(folder, 'theft.sondecase');
    writeFileSync(path, readFileSync(t.desk.downloads.get(download).path));
    opened = await ann.cases.open({ file: { kind: 'path', path } });
    expect(opened).toMatchObject({ title: 'Theft', note: 'look', sha256, file: 'theft.sondecase', createdBy: 'ann' });
  }, SLOW);

  it('leaves nothing behind where its export is called off', { timeout: SLOW }, async () => {
    const { rows } = await ann.incidents.list({ capture });
    const incidents = rows.slice(0, 1).map(({ uid }) => ({ capture, uid }));
    const made = await ann.cases.export({ incidents, title: 'Whole', note: '' });
    const there = dirname(t.desk.downloads.get(made.download).path);
    const before = readdirSync(there);
    // From before it begins to when it is over.
    for (const after of [0, 100, 300, 600]) {
      const stop = new AbortController();
      const asked = ann.cases.export({ incidents, title: 'Late', note: '' }, { signal: stop.signal });
      const over = asked.then(
        ({ download }) => t.desk.downloads.remove(download),
        (error: unknown) => expect(error).toMatchObject({ code: 'cancelled' }),
      );
      await new Promise((done) => setTimeout(done, after));
      stop.abort();
      await over;
      await vi.waitFor(() => expect(readdirSync(there)).toEqual(before), { timeout: 10_000, interval: 50 });
    }
  });

  it('is looked at beside the desk: its incidents, hosts and log, and nothing else', { timeout: SLOW }, async () => {
    const there = within(opened.id);
    expect(await there.app.session({})).toMatchObject({ role: 'viewer', packets: true, isCase: true });
    expect((await there.cases.current({})).case!.sha256).toBe(opened.sha256);
    const { captures } = await there.captures.list({});
    expect(captures).toHaveLength(1);
    expect(captures[0]!.name).toContain('(from a case)');
    expect(opened.captures[0]!.capture).toBe(captures[0]!.id);
    const { packets, bytes, flows } = await ann.captures.get({ capture });
    expect(captures[0]).toMatchObject({ packets, bytes, flows });
    expect(opened.captures[0]!.packets).toBeLessThan(packets);
    expect((await there.overview.get({ capture: captures[0]!.id })).packets).toBe(packets);
    const { rows: listed } = await there.flows.page({ capture: captures[0]!.id, limit: 1000 });
    expect((await there.flows.totals({ capture: captures[0]!.id, filter: '' })).flows).toBe(listed.length);
    expect(listed.length).toBeLessThan(flows);
    expect((await there.incidents.list({ capture: captures[0]!.id })).rows).toHaveLength(1);
    const { rows } = await there.audit.list({});
    expect(rows.some(({ action }) => action === 'import')).toBe(true);
    expect(rows.some(({ action }) => action === 'open-case')).toBe(false);
    expect((await ann.captures.list({})).captures.length).toBeGreaterThan(1);
  });

  it(
    'shows and gives out its packets to whom the desk would; the log of the desk says so',
    { timeout: SLOW },
    async () => {
      const there = within(opened.id, 'analyst', 'eve');
      const [{ id } = { id: 0 }] = (await there.captures.list({})).captures;
      const [{ uid } = { uid: '' }] = (await there.incidents.list({ capture: id })).rows;
      const log = (await there.audit.list({})).total;
      let seen = 0;
      let view = '';
      await new Promise<void>((resolve, reject) => {
        const next = (event: PacketEvent): void => {
          if (event.type === 'begun') view = event.view;
          if (event.type === 'packets') seen += event.packets.length;
        };
        there.packets.look({ capture: id, incident: uid }, { next, error: reject, end: resolve });
      });
      expect(seen).toBe(opened.captures[0]!.packets);
      expect((await there.packets.one({ view, frame: 1 })).layers.length).toBeGreaterThan(1);
      const made = await there.exports.packets({ capture: id, incident: uid });
      expect(made.packets).toBe(seen);
      expect(readFileSync(t.desk.downloads.get(made.download).path).readUInt32LE(0)).toBe(0x0a0d0d0a);
      expect((await there.exports.flows({ capture: id })).flows).toBeGreaterThan(0);
      expect((await there.audit.list({})).total).toBe(log);
      const { rows } = await ann.audit.list({ search: 'eve', actions: ['open', 'export'] });
      expect(rows.map(({ action, detail }) => [action, detail.endsWith('in the case Theft')])).toEqual([
        ['export', true],
        ['export', true],
        ['open', true],
      ]);
    },
  );

  it('keeps its packets from viewers of the desk', { timeout: SLOW }, async () => {
    const there = within(opened.id, 'viewer', 'vic');
    expect(await there.app.session({})).toMatchObject({ role: 'viewer', packets: false, isCase: true });
    const [{ id } = { id: 0 }] = (await there.captures.list({})).captures;
    const refused = { code: 'not-allowed', message: 'this needs the role analyst; yours is viewer' };
    expect(await errorOf(there.exports.packets({ capture: id }))).toMatchObject(refused);
    expect(await errorOf(there.exports.flows({ capture: id }))).toMatchObject(refused);
    const looked = new Promise((resolve, reject) => {
      there.packets.look({ capture: id }, { next: () => undefined, error: reject, end: () => resolve(null) });
    });
    expect(await errorOf(looked)).toMatchObject(refused);
  });

  it('is not changed by anyone, whatever they may do on the desk', { timeout: SLOW }, async () => {
    const there = within(opened.id);
    const [{ id } = { id: 0 }] = (await there.captures.list({})).captures;
    expect(await errorOf(there.captures.remove({ capture: id }))).toMatchObject({ code: 'not-allowed', message: 'a case is looked at, and nothing changed in it' }); // prettier-ignore
    expect((await errorOf(there.alerts.export({}))).code).toBe('not-allowed');
    expect((await errorOf(there.settings.set({ theme: 'dark' }))).code).toBe('not-allowed');
    expect((await errorOf(there.cases.putAway({ id: opened.id }))).code).toBe('not-allowed');
  });

  it('is the same one where it is opened twice, and one of four at most', { timeout: SLOW }, async () => {
    const again = await ann.cases.open({ file: { kind: 'path', path } });
    expect(again.id).toBe(opened.id);
    expect((await ann.cases.opened({})).cases).toHaveLength(1);
  });

  it(
    'that was changed is refused with the part that is wrong, and nothing of it stays',
    { timeout: SLOW },
    async () => {
      const tar = gunzipSync(readFileSync(path));
      tar[tar.indexOf('SQLite format 3') + 200]! ^= 1;
      const bad = join(folder, 'bad.sondecase');
      writeFileSync(bad, gzipSync(tar));
      const error = await errorOf(ann.cases.open({ file: { kind: 'path', path: bad } }));
      expect(error.code).toBe('damaged-case');
      expect(error.message).toContain('its part database.sqlite was changed');
      expect(error.cure).toContain('do not rely on this file');
      writeFileSync(bad, 'no case at all');
      expect((await errorOf(ann.cases.open({ file: { kind: 'path', path: bad } }))).code).toBe('damaged-case');
      expect((await ann.cases.opened({})).cases).toHaveLength(1);
    },
  );

  it('that is put away is gone, and who looks at it is told', { timeout: SLOW }, async () => {
    const there = within(opened.id);
    await there.captures.list({});
    const kept = join(t.desk.cases.folder, opened.id);
    expect(existsSync(kept)).toBe(true);
    await ann.cases.putAway({ id: opened.id });
    expect(readdirSync(t.desk.cases.folder)).toEqual([]);
    expect(await errorOf(there.captures.list({}))).toMatchObject({ code: 'not-found', message: 'this case is no longer open' }); // prettier-ignore
    expect((await ann.captures.list({})).captures.length).toBeGreaterThan(1);
  });

  it('that came without packets says so', { timeout: SLOW }, async () => {
    const { rows } = await ann.incidents.list({ capture });
    const office = join(folder, 'office.pcap');
    renameSync(office, `${office}.away`);
    const incidents = [{ capture, uid: rows[0]!.uid }];
    const { download } = await ann.cases.export({ incidents, title: 'Bare', note: '' }).finally(() => renameSync(`${office}.away`, office)); // prettier-ignore
    writeFileSync(join(folder, 'bare.sondecase'), readFileSync(t.desk.downloads.get(download).path));
    const { id, captures } = await ann.cases.open({ file: { kind: 'path', path: join(folder, 'bare.sondecase') } });
    expect(captures).toMatchObject([{ capture, packets: 0 }]);
    const { packets } = await ann.captures.get({ capture });
    expect(await within(id).captures.get({ capture })).toMatchObject({ packets });
    const error = await errorOf(within(id).exports.packets({ capture }));
    expect(error).toMatchObject({ code: 'not-found', cure: 'The list of opened cases says why.' });
    expect(error.message).toContain('this case came without its packets');
    await ann.cases.putAway({ id });
  });
});

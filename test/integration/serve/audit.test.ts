import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contract, type DeskClient } from '../../../src-shared/contract/index.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { MemorySecrets } from '../../../src-main/keep/alerts/secrets.ts';
import { callsByName } from '../../../src-shared/contract/define.ts';
import { labelledFlows, labelledRecords } from '../../unit/lab/records.ts';
import { experimentEnded, followed, importSample, testDesk, type Testing } from './desk-client.ts';

let folder: string;
let t: Testing;
let ann: DeskClient;
let capture: number;
let uid: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-audit-'));
  t = await testDesk({ secrets: new MemorySecrets(), database: join(folder, 'desk.db') });
  ann = t.as({ user: 'ann', role: 'analyst' });
  capture = await importSample(t.as({ user: 'setup' }));
  uid = (await t.as({ user: 'setup' }).incidents.list({ capture })).rows[0]!.uid;
}, 180_000);
afterAll(async () => {
  await t.desk.close();
  rmSync(folder, { recursive: true });
});

/** A case of the first incident, as a file. */
async function caseFile(title: string): Promise<{ kind: 'path'; path: string }> {
  const { download } = await t.as({ user: 'setup' }).cases.export({ incidents: [{ capture, uid }], title });
  return { kind: 'path', path: t.desk.downloads.get(download).path };
}

async function suppression(): Promise<number> {
  return (await t.as({ user: 'setup' }).suppressions.create({ scope: { kind: 'dga' }, reason: 'test' })).id;
}

async function secondCapture(): Promise<number> {
  return importSample(t.as({ user: 'setup' }));
}

const REPLAY = { kind: 'file', file: { kind: 'sample' }, speed: 1 } as const;

/** What an experiment with generated records needs. */
function records(): Parameters<DeskClient['lab']['start']>[0] {
  const path = join(folder, 'records.txt');
  writeFileSync(path, labelledRecords(400, 1));
  return { train: [{ kind: 'path', path }], detectors: ['mean-z2'], seeds: [1] };
}

/** Its id, once it is kept. */
async function experiment(client: DeskClient): Promise<number> {
  const { job } = await client.lab.start(records());
  return (await experimentEnded(client, job)).experiment!;
}

/** A model that flows can be scored by; its id. */
async function model(client: DeskClient, name: string): Promise<number> {
  const path = join(folder, 'flows.log');
  writeFileSync(path, labelledFlows(300, 0));
  const data = { kind: 'files' as const, files: [{ kind: 'path' as const, path }] };
  const { job } = await client.models.train({ name, data, options: { detector: 'one-rule' } });
  return (await experimentEnded(client, job)).model!;
}

/** … that scores as lab:`slot`. */
async function promoted(slot: string): Promise<void> {
  await t.client.models.promote({ id: await model(t.client, slot), slot });
}

/** Flows that are scored by the model that ships; the number of the scored file. */
async function scored(client: DeskClient): Promise<number> {
  const file = { kind: 'path' as const, path: resourcePath('models', 'reference.csv') };
  const { job } = await client.scoring.start({ file, model: { kind: 'base' } });
  return (await experimentEnded(client, job)).scores!;
}

/** Who may change alerts. */
const boss = (): DeskClient => t.as({ user: 'ann', role: 'admin' });

/** A continuous export to a file of its own; its id. */
async function lines(name: string): Promise<string> {
  return (await boss().siem.set({ name, target: join(folder, `${name}.log`) })).id;
}

/** A channel that asks for nothing; its id. */
async function channel(name: string): Promise<string> {
  return (await boss().alerts.setChannel({ name, kind: 'desktop', settings: {} })).id;
}

/** A set of rules that the desk keeps; its id. */
async function ruleSet(client: DeskClient): Promise<number> {
  const path = join(folder, 'some.rules');
  writeFileSync(path, 'alert tcp any any -> any any (msg:"one"; content:"x"; classtype:misc-attack; sid:1;)');
  return (await client.rules.add({ kind: 'rules', name: 'some set', sources: [{ kind: 'path', path }] })).source.id;
}

/** A report that is sent by a channel of its own, which leads nowhere; its id. */
async function schedule(name: string): Promise<string> {
  const settings = { host: '127.0.0.1', port: 9, from: 'a@example.com', to: ['b@example.com'], allowPrivate: true };
  const { id } = await boss().alerts.setChannel({ name: `Mail of ${name}`, kind: 'email', settings });
  return (await boss().reports.set({ name, every: 'day', channels: [id] })).id;
}

/** Every command of the contract, the entry it must leave, and the words that must be in it. */
const COMMANDS: Record<string, [action: string, words: string, run: () => Promise<unknown>]> = {
  'captures.import': [
    'import',
    'Sample',
    async () => followed(ann, (await ann.captures.import({ sources: [{ kind: 'sample' }] })).job),
  ],
  'captures.cancelImport': [
    'cancel',
    'called off',
    async () => {
      const { job } = await t.client.captures.import({ sources: [{ kind: 'sample' }], name: 'called off' });
      await ann.captures.cancelImport({ job });
      await followed(t.client, job);
    },
  ],
  'captures.remove': ['remove', 'Sample', async () => ann.captures.remove({ capture: await secondCapture() })],
  'roles.decide': [
    'role',
    'DNS server: confirmed',
    async () => ann.roles.decide({ capture, address: '192.168.10.10', role: 'dns-server', decision: 'confirmed' }),
  ],
  'roles.addNetwork': [
    'settings',
    '2a0d:3344:5:10::/64',
    async () => ann.roles.addNetwork({ capture, network: '2a0d:3344:5:10::/64' }),
  ],
  'cases.open': ['open-case', 'SHA-256', async () => ann.cases.open({ file: await caseFile('opened') })],
  'cases.putAway': [
    'open-case',
    'put away',
    async () => ann.cases.putAway({ id: (await t.client.cases.open({ file: await caseFile('away') })).id }),
  ],
  'captures.readAgain': [
    'import',
    'read again',
    async () => ann.captures.readAgain({ capture: await secondCapture() }),
  ],
  'captures.rename': [
    'rename',
    'before: Sample',
    async () => ann.captures.rename({ capture: await secondCapture(), name: 'new name' }),
  ],
  'captures.dismissQuality': [
    'quality',
    'too-short: put away',
    async () => ann.captures.dismissQuality({ capture: await secondCapture(), code: 'too-short', dismissed: true }),
  ],
  'health.bundle': ['diagnostics', 'sonde-diagnostics-', () => boss().health.bundle({})],
  // The entry goes with the rest, unless something keeps the data from going.
  'health.deleteAll': [
    'delete-data',
    'asked for',
    async () => {
      t.desk.endings.leave = () => undefined;
      await boss().health.deleteAll({ word: 'delete' });
    },
  ],
  'rules.add': ['rules', 'added: rules, 1 new', () => ruleSet(ann)],
  'rules.update': ['rules', '0 new, 0 changed, 0 gone', async () => ann.rules.update({ id: await ruleSet(t.client) })],
  'rules.remove': ['rules', 'removed', async () => ann.rules.remove({ id: await ruleSet(t.client) })],
  'rules.setEnabled': [
    'rules',
    'switched off',
    async () => ann.rules.setEnabled({ id: await ruleSet(t.client), enabled: false }),
  ],
  'rules.setRules': ['rules', 'sid 1, 2', () => ann.rules.setRules({ sids: [1, 2], enabled: false })],
  'rules.setClass': [
    'rules',
    'class misc-attack',
    () => ann.rules.setClass({ classtype: 'misc-attack', enabled: false }),
  ],
  'exports.flows': [
    'export',
    'flows as csv',
    () => ann.exports.flows({ capture, filter: 'id.resp_p == 22', format: 'csv' }),
  ],
  'cases.export': [
    'export',
    '1 incident as a case, SHA-256',
    () => ann.cases.export({ incidents: [{ capture, uid }], title: 'theft' }),
  ],
  'exports.packets': ['export', 'packets of', () => ann.exports.packets({ capture, incident: uid })],
  'flows.saveFilter': [
    'filter',
    'saved: id.resp_p == 22',
    () => ann.flows.saveFilter({ name: 'ssh', filter: 'id.resp_p == 22' }),
  ],
  'flows.removeFilter': [
    'filter',
    'removed',
    async () => {
      await t.client.flows.saveFilter({ name: 'gone', filter: 'anomalous' });
      await ann.flows.removeFilter({ name: 'gone' });
    },
  ],
  'incidents.setStatus': [
    'status',
    'investigating: asked',
    () => ann.incidents.setStatus({ capture, uid, status: 'investigating', note: 'asked' }),
  ],
  'lab.start': ['experiment', 'normal-only', async () => void (await experiment(ann))],
  'lab.ablate': [
    'experiment',
    'with shortcuts',
    async () => {
      const { job } = await ann.lab.ablate({ id: await experiment(t.client) });
      await experimentEnded(t.client, job!);
    },
  ],
  'lab.cancel': [
    'cancel',
    'records.txt',
    async () => {
      const { job } = await t.client.lab.start(records());
      await ann.lab.cancel({ job });
    },
  ],
  'lab.remove': ['remove', 'experiment', async () => ann.lab.remove({ id: await experiment(t.client) })],
  'lab.export': ['export', 'experiment', async () => ann.lab.export({ id: await experiment(t.client) })],
  'lab.figure': ['export', 'curve.csv figure', () => ann.lab.figure({ name: 'curve', kind: 'csv', text: 'x\r\n' })],
  'live.start': [
    'watch',
    'Replay of Sample',
    async () => {
      await ann.live.start(REPLAY);
      await t.client.live.stop({ keep: false });
    },
  ],
  'live.mark': [
    'mark',
    'router restarted',
    async () => {
      await t.client.live.start(REPLAY);
      await ann.live.mark({ note: 'router restarted' });
      await t.client.live.stop({ keep: false });
    },
  ],
  'live.stop': [
    'watch-end',
    'thrown away',
    async () => {
      await t.client.live.start(REPLAY);
      await ann.live.stop({ keep: false });
    },
  ],
  // Where it cannot be done, the entry says that it was asked for.
  'live.installHelper': [
    'install-helper',
    'asked for',
    () =>
      t
        .as({ user: 'ann', role: 'admin' })
        .live.installHelper({})
        .catch(() => undefined),
  ],
  'models.train': ['model-train', 'mine one-rule', () => model(ann, 'mine')],
  'models.retrain': [
    'model-train',
    'again as old',
    async () => {
      const files = [{ kind: 'path' as const, path: join(folder, 'flows.log') }];
      const { job } = await ann.models.retrain({ model: await model(t.client, 'old'), name: 'again', files });
      await experimentEnded(t.client, job);
    },
  ],
  'models.import': [
    'model-import',
    'brought SHA-256',
    async () => {
      const { download } = await t.client.models.export({ id: await model(t.client, 'away') });
      const { path } = t.desk.downloads.get(download);
      await ann.models.import({ name: 'brought', file: { kind: 'path', path } });
    },
  ],
  'models.rename': [
    'model-rename',
    'new before: former',
    async () => ann.models.rename({ id: await model(t.client, 'former'), name: 'new' }),
  ],
  'models.remove': ['model-remove', 'useless', async () => ann.models.remove({ id: await model(t.client, 'useless') })],
  'models.export': ['export', 'home model', async () => ann.models.export({ id: await model(t.client, 'home') })],
  'models.promote': [
    'model-promote',
    'best lab:best; because',
    async () => ann.models.promote({ id: await model(t.client, 'best'), slot: 'best', why: 'because' }),
  ],
  'models.rollBack': [
    'model-roll-back',
    'lab:back',
    async () => {
      await promoted('back');
      await ann.models.rollBack({ slot: 'back' });
    },
  ],
  'models.withdraw': [
    'model-withdraw',
    'lab:off',
    async () => {
      await promoted('off');
      await ann.models.withdraw({ slot: 'off' });
    },
  ],
  'models.setSchedule': ['settings', 'every day at 5:00', () => ann.models.setSchedule({ enabled: true, hour: 5 })],
  'models.retrainNow': ['model-retrain', 'asked for', () => ann.models.retrainNow({})],
  'scoring.start': ['score', 'reference.csv base', () => scored(ann)],
  'scoring.download': [
    'export',
    'reference.csv predictions',
    async () => ann.scoring.download({ id: await scored(t.client) }),
  ],
  'scoring.remove': [
    'remove',
    'reference.csv predictions',
    async () => ann.scoring.remove({ id: await scored(t.client) }),
  ],
  'settings.set': ['settings', 'timeZone', () => ann.settings.set({ timeZone: 'UTC' })],
  'suppressions.create': [
    'suppress',
    'created: ours',
    () => ann.suppressions.create({ scope: { kind: 'dga' }, reason: 'ours' }),
  ],
  'suppressions.setEnabled': [
    'suppress',
    'switched off',
    async () => ann.suppressions.setEnabled({ id: await suppression(), enabled: false }),
  ],
  'suppressions.add': [
    'suppress',
    'brought in: anything port 7',
    () => ann.suppressions.add({ suppressions: [{ scope: { port: 7 } }] }),
  ],
  'suppressions.export': ['export', 'suppression', () => ann.suppressions.export({})],
  'suppressions.removeAll': [
    'suppress',
    'removed: ',
    async () => ann.suppressions.removeAll({ ids: [await suppression()] }),
  ],
  'alerts.setChannel': ['settings', 'alert channel Here', () => channel('Here')],
  'alerts.removeChannel': [
    'settings',
    'removed',
    async () => boss().alerts.removeChannel({ id: await channel('Gone') }),
  ],
  'alerts.test': [
    'settings',
    'tested: ',
    () => boss().alerts.test({ draft: { name: 'Tried', kind: 'desktop', settings: {} } }),
  ],
  'alerts.setRoutes': ['settings', '0 of them', () => boss().alerts.setRoutes({ routes: [] })],
  'alerts.setPolicy': ['settings', 'quietMinutes: 30', () => boss().alerts.setPolicy({ quietMinutes: 30 })],
  'reports.make': [
    'export',
    'incidents as html',
    () => ann.reports.make({ from: 0, to: 86_400_000, timeZone: 'UTC', format: 'html' }),
  ],
  'reports.makeOfCapture': [
    'export',
    'incidents as html',
    () => ann.reports.makeOfCapture({ capture, format: 'html' }),
  ],
  'reports.set': ['settings', 'report Idle', () => schedule('Idle')],
  'reports.remove': ['settings', 'removed', async () => boss().reports.remove({ id: await schedule('Gone') })],
  'reports.send': ['settings', 'sent to 1', async () => boss().reports.send({ id: await schedule('Sent') })],
  'siem.set': ['settings', 'continuous export Lines', () => lines('Lines')],
  'siem.remove': ['settings', 'removed', async () => boss().siem.remove({ id: await lines('Gone lines') })],
  'siem.test': ['settings', 'tested: written', () => boss().siem.test({ target: join(folder, 'tested.log') })],
  'alerts.retry': ['settings', '0 tried again', () => ann.alerts.retry({ ids: [999_999] })],
  'alerts.drop': ['settings', '0 dead letters', () => ann.alerts.drop({ ids: [1] })],
  'alerts.import': [
    'settings',
    'routes: 0',
    () => boss().alerts.import({ document: JSON.stringify({ schema: 'sonde.settings/1', channels: [] }) }),
  ],
  'enrichment.setRadar': [
    'settings',
    'Cloudflare Radar enabled: false; token set',
    () => boss().enrichment.setRadar({ enabled: false, token: 'a token' }),
  ],
  'enrichment.testRadar': [
    'settings',
    'tested: no token is set',
    async () => {
      await boss().enrichment.setRadar({ enabled: true, token: '' });
      await boss().enrichment.testRadar({});
    },
  ],
  'fleet.test': [
    'settings',
    'fleet redis://127.0.0.1:1 tested: not reached',
    () => boss().fleet.test({ address: 'redis://127.0.0.1:1' }),
  ],
  // With a server test/integration/fleet/connect.test.ts has it.
  'fleet.connect': [
    'settings',
    'fleet redis://127.0.0.1:1 not connected: ',
    () =>
      boss()
        .fleet.connect({ address: 'redis://127.0.0.1:1' })
        .catch(() => undefined),
  ],
  'fleet.disconnect': ['settings', 'fleet disconnected', () => boss().fleet.disconnect({})],
  'suppressions.remove': ['suppress', 'removed', async () => ann.suppressions.remove({ id: await suppression() })],
};

/** Changes nothing that others see: when somebody last looked. */
const SILENT = ['incidents.visit'];

it('every command of the contract is known here', () => {
  const commands = [...callsByName(contract)].filter(([, { kind }]) => kind === 'command').map(([name]) => name);
  expect([...Object.keys(COMMANDS), ...SILENT].sort()).toEqual(commands.sort());
});

it.each(Object.keys(COMMANDS))(
  '%s leaves an entry that says who and what',
  async (name) => {
    const [action, words, run] = COMMANDS[name]!;
    const entries = async (): Promise<{ id: number; user: string; action: string; object: string; detail: string }[]> =>
      (await t.client.audit.list({ limit: 500 })).rows.filter((row) => row.user === 'ann');
    const before = (await entries())[0]?.id ?? 0;
    await run();
    const fresh = (await entries()).filter(({ id }) => id > before);
    expect(fresh.map((row) => row.action)).toContain(action);
    const entry = fresh.find((row) => row.action === action)!;
    expect(`${entry.object} ${entry.detail}`).toContain(words);
  },
  60_000,
);

it('whoever asks about a capture first, in whatever way, has opened it; once an hour', async () => {
  const ways: [string, (client: DeskClient) => Promise<unknown>][] = [
    ['get', (c) => c.captures.get({ capture })],
    ['overview', (c) => c.overview.get({ capture })],
    ['flows', (c) => c.flows.page({ capture })],
    ['incident', (c) => c.incidents.get({ capture, uid })],
    ['hosts', (c) => c.hosts.list({ capture })],
    ['graph', (c) => c.graph.get({ capture })],
  ];
  for (const [way, ask] of ways) {
    const user = `by ${way}`;
    const viewer = t.as({ user, role: 'viewer' });
    await ask(viewer);
    await ask(viewer);
    const { rows } = await t.client.audit.list({ actions: ['open'], limit: 500 });
    expect(rows.filter((row) => row.user === user).map((row) => row.object)).toEqual([
      'Sample: an hour in a small office',
    ]);
  }
});

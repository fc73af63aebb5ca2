import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeClient } from '../../../src-shared/contract/client.ts';
import type { Role } from '../../../src-shared/contract/define.ts';
import { contract, type DeskClient } from '../../../src-shared/contract/index.ts';
import { memoryLine } from '../../../src-shared/contract/double.ts';
import { DEFAULT_ALERT_POLICY } from '../../../src-shared/contract/topics/alerts.ts';
import { KeyFileSecrets } from '../../../src-main/keep/alerts/key-file.ts';
import type { Alert } from '../../../src-main/keep/alerts/types.ts';
import { openDesk, type OpenDesk } from '../../../src-main/run/api/desk.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';

const SLOW = 240_000;
const SECRET = 'planted-secret-8d41f0';
const OTHER = 'another-secret-77aa';

interface Taken {
  path: string;
  headers: IncomingHttpHeaders;
  alert: Alert;
}

let folder: string;
let server: Server;
let taken: Taken[];
let status: (path: string) => number;
let desk: OpenDesk;
let client: DeskClient;

const openAt = (name: string): Promise<OpenDesk> =>
  openDesk({
    paths: false,
    database: join(folder, name),
    checkOutput: true,
    secrets: new KeyFileSecrets(join(folder, `${name}.secrets`)),
    backOff: { baseMs: 5, capMs: 20, mostAttempts: 3 },
  });
function as(role: Role, of = desk): DeskClient {
  const [near, far] = memoryLine();
  of.dispatcher.serve(far, { user: role, role, host: 'browser' });
  return makeClient(contract, near);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-desk-alerts-'));
  taken = [];
  status = () => 200;
  server = createServer((request, answer) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const path = request.url ?? '';
      const code = status(path);
      if (code === 200) taken.push({ path, headers: request.headers, alert: JSON.parse(body) as Alert });
      answer.writeHead(code).end(`answer of ${path}, ${String(request.headers.authorization)}`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  desk = await openAt('a.db');
  client = as('admin');
});
afterEach(async () => {
  await desk.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const hook = (name: string, path = '/hook') => ({
  name,
  kind: 'webhook',
  settings: { url: `${origin()}${path}`, allowPrivate: true },
  secrets: { authorization: `Bearer ${SECRET}` },
});

/** Everything below a folder, as one text. */
function everything(): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

describe('channels of the desk', { timeout: SLOW }, () => {
  it('are none at first; the kinds say what each has to know', async () => {
    expect(await client.alerts.get({})).toEqual({
      channels: [],
      damaged: [],
      routes: [],
      policy: DEFAULT_ALERT_POLICY,
    });
    const { kinds } = await client.alerts.kinds({});
    expect(kinds.map(({ id }) => id)).toContain('webhook');
    expect(await client.alerts.queue({})).toEqual({ channels: [], latest: [], dead: [] });
  });

  it('never show a secret again, keep it where it is left out, and forget it where that is asked for', async () => {
    const made = await client.alerts.setChannel(hook('Ops & more'));
    expect(made).toMatchObject({ id: 'ops-more', enabled: true, secretsSet: ['authorization'] });
    expect((await client.alerts.setChannel(hook('Ops & more'))).id).toBe('ops-more-2');
    const change = {
      id: made.id,
      name: 'Night',
      kind: 'webhook',
      settings: { ...made.settings, url: `${origin()}/other` },
    };
    expect(await client.alerts.setChannel(change)).toMatchObject({ name: 'Night', secretsSet: ['authorization'] });
    expect(await client.alerts.test({ id: made.id })).toMatchObject({ ok: true });
    expect(taken[0]).toMatchObject({ path: '/other', headers: { authorization: `Bearer ${SECRET}` } });
    const without = await client.alerts.setChannel({ ...change, forget: ['authorization'] });
    expect(without.secretsSet).toEqual([]);
    await client.alerts.test({ id: made.id });
    expect(taken[1]?.headers.authorization).toBeUndefined();
    const said = JSON.stringify([made, without, await client.alerts.get({}), await client.alerts.export({})]);
    expect(said).not.toContain(SECRET);
  });

  it('do not take their secrets to another place', async () => {
    const { id, settings } = await client.alerts.setChannel(hook('Ops'));
    const away = { ...settings, url: 'https://elsewhere.example.com/' };
    const draft = { name: 'Ops', kind: 'webhook', settings: away };
    const change = { id, ...draft };
    await expect(client.alerts.setChannel(change)).rejects.toThrow('enter Authorization again');
    await expect(client.alerts.test({ id, draft })).rejects.toThrow('enter Authorization again');
    const proxied = { ...change, settings: { ...settings, proxy: 'http://proxy.example.com:3128' } };
    await expect(client.alerts.setChannel(proxied)).rejects.toThrow('enter Authorization again');
    const secretAddress = { ...change, settings: { allowPrivate: true }, secrets: { urlSecret: 'https://x.example/' } };
    await expect(client.alerts.setChannel(secretAddress)).rejects.toThrow('enter Authorization again');
    const given = { ...change, secrets: { authorization: OTHER } };
    expect(await client.alerts.setChannel(given)).toMatchObject({ settings: away });
  });

  it('are tried before they are kept, with the answer of the other side', async () => {
    status = (path) => (path === '/no' ? 403 : 200);
    const { ok, words, ms } = await client.alerts.test({ draft: hook('Ops', '/no') });
    expect({ ok, words }).toEqual({ ok: false, words: '403 answer of /no, [secret]' });
    expect(ms).toBeLessThan(15_000);
    const inside = { ...hook('Ops'), settings: { url: `${origin()}/hook` } };
    const refused = await client.alerts.test({ draft: inside });
    expect(refused.ok).toBe(false);
    expect(taken).toEqual([]);
    expect((await client.alerts.get({})).channels).toEqual([]);
    expect((await client.alerts.queue({})).latest).toEqual([]);
  });

  it('are refused where they cannot work', async () => {
    for (const [change, words] of [
      [{ kind: 'pigeon' }, 'there is no kind of channel pigeon'],
      [{ settings: { url: 'nonsense' } }, 'Address has to be an address'],
      [{ settings: { url: 'https://example.com', colour: 'red' } }, 'Webhook has no field colour'],
      [{ id: 'none' }, 'this channel is no longer there'],
      [{ secrets: { url: 'https://example.com' } }, 'url is no secret of Webhook'],
      // Nothing could ever be sent there.
      [{ settings: { url: `${origin()}/hook` } }, 'Ops: Address is of this machine or of a private network'],
      [{ settings: { url: 'https://[::ffff:10.0.0.1]/' } }, 'without “Allow private targets” (allowPrivate)'],
      [{ settings: {}, secrets: { urlSecret: 'http://localhost:1/x' } }, 'Secret address is of this machine'],
      [{ kind: 'syslog', settings: { host: '0x7f.1', transport: 'udp' }, secrets: {} }, 'is of this machine'],
      [{ settings: { url: 'https://example.com', proxy: 'http://192.168.1.1:3128' } }, 'Proxy is of this machine'],
    ] as const) {
      await expect(client.alerts.setChannel({ ...hook('Ops'), ...change })).rejects.toThrow(words);
      expect((await client.alerts.get({})).channels).toEqual([]);
    }
  });

  it('may be kept switched off where they cannot work, and are held to it when they are switched on', async () => {
    const inside = { ...hook('Ops'), settings: { url: `${origin()}/hook` } };
    const { id } = await client.alerts.setChannel({ ...inside, enabled: false });
    await expect(client.alerts.setChannel({ ...inside, id })).rejects.toThrow('Allow private targets');
    // A name is judged by what it resolves to when something is sent.
    await client.alerts.setChannel({ ...inside, id, settings: { url: 'https://alerts.corp.example/x' } });
  });

  it('are for administrators to change, for analysts to look at, for viewers nothing', async () => {
    const analyst = as('analyst');
    await expect(as('viewer').alerts.get({})).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(analyst.alerts.setChannel(hook('Ops'))).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(analyst.alerts.setPolicy({ sensor: 'x' })).rejects.toMatchObject({ code: 'not-allowed' });
    expect((await analyst.alerts.get({})).policy.sensor).toBe('sonde');
    expect(await analyst.alerts.drop({ channel: 'ops' })).toEqual({ count: 0 });
  });

  it('leave nothing behind when they are removed', async () => {
    const { id } = await client.alerts.setChannel(hook('Ops'));
    await client.alerts.setRoutes({ routes: [{ channels: [id] }] });
    await client.alerts.removeChannel({ id });
    const { channels, routes } = await client.alerts.get({});
    expect([channels, routes.map((route) => route.channels)]).toEqual([[], [[]]]);
    expect(readFileSync(join(folder, 'a.db.secrets', 'alerts.secrets'), 'utf8')).toBe('{}');
    await expect(client.alerts.removeChannel({ id })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('routes and policy of the desk', { timeout: SLOW }, () => {
  it('are kept as they are set, and refused where they name what is not there', async () => {
    const { id } = await client.alerts.setChannel(hook('Ops'));
    const route = { channels: [id], severity: 'critical', hosts: ['10.0.0.0/8'] } as const;
    const { routes } = await client.alerts.setRoutes({ routes: [{ ...route, channels: [id], hosts: ['10.0.0.0/8'] }] });
    expect(routes).toMatchObject([route]);
    expect((await client.alerts.get({})).routes).toEqual(routes);
    await expect(client.alerts.setRoutes({ routes: [{ channels: ['none'] }] })).rejects.toThrow(
      'names the channel none',
    );
    const hours = { days: [1], from: '08:00', to: '17:00', timeZone: 'Atlantis/Capital' };
    await expect(client.alerts.setRoutes({ routes: [{ channels: [id], hours }] })).rejects.toThrow('no time zone');
    expect(await client.alerts.setPolicy({ quietMinutes: 5 })).toEqual({ ...DEFAULT_ALERT_POLICY, quietMinutes: 5 });
    await expect(client.alerts.setPolicy({ timeZone: 'Mars' })).rejects.toThrow('no time zone');
  });
});

describe('a live session of the desk', { timeout: SLOW }, () => {
  const play = async (): Promise<void> => {
    await client.live.start({ kind: 'file', file: { kind: 'sample' }, speed: 'max' });
    await expect.poll(() => desk.live.session()?.state, { timeout: SLOW - 30_000 }).toBe('ended');
  };

  it('raises alerts, but none of what is suppressed; no secret is ever written', async () => {
    await client.suppressions.create({ scope: { kind: 'port-scan' }, reason: 'ours' });
    const { id } = await client.alerts.setChannel(hook('Ops'));
    await client.alerts.setRoutes({ routes: [{ channels: [id], severity: 'info' }] });
    await client.alerts.setPolicy({ sensor: 'attic', hourlyCeiling: 1000 });
    await play();
    const { rows } = await client.incidents.list({ capture: desk.live.session()?.capture ?? 0, suppressed: 'show' });
    const heard = rows.filter((row) => row.suppressedBy === null);
    expect(rows.length).toBeGreaterThan(heard.length);
    await expect.poll(async () => (await client.alerts.queue({})).channels[0]?.waiting, { timeout: 30_000 }).toBe(0);
    const uids = new Set(taken.map(({ alert }) => alert.incident?.uid));
    for (const { uid } of heard) expect(uids).toContain(uid);
    expect(taken.some(({ alert }) => alert.incident?.kind === 'port-scan')).toBe(false);
    expect(new Set(taken.map(({ alert }) => alert.key)).size).toBe(taken.length);
    expect(taken[0]?.alert.sensor).toBe('attic');
    const { rows: audit } = await client.audit.list({ actions: ['settings'] });
    expect(audit.map(({ object }) => object)).toContain('alert channel Ops');
    expect(everything()).not.toContain(SECRET);
  });

  it('fills a queue that can be looked at, tried again and emptied', async () => {
    status = () => 403;
    await client.alerts.setChannel(hook('Ops'));
    await play();
    await expect.poll(async () => (await client.alerts.queue({})).channels[0]?.waiting, { timeout: 30_000 }).toBe(0);
    const { channels, dead, latest } = await client.alerts.queue({});
    expect(channels).toMatchObject([
      { channel: 'ops', name: 'Ops', delivered: 0, lastAnswer: '403 answer of /hook, [secret]' },
    ]);
    expect(channels[0]?.failingSince).not.toBeNull();
    expect(dead.length).toBeGreaterThan(1);
    expect(latest.length).toBe(dead.length);
    const ids = dead.slice(0, 1).map((each) => each.id);
    status = () => 200;
    expect(await client.alerts.retry({ ids })).toEqual({ count: 1 });
    await expect.poll(() => taken.map(({ alert }) => alert.key), { timeout: 30_000 }).toEqual([dead[0]?.key]);
    expect(await client.alerts.drop({ channel: 'ops' })).toEqual({ count: dead.length - 1 });
    await expect.poll(async () => (await client.alerts.queue({})).channels[0]?.delivered, { timeout: 30_000 }).toBe(1);
    expect((await client.alerts.queue({})).dead).toEqual([]);
  });

  it('goes on with the queue after a restart', async () => {
    status = () => 503;
    await desk.close();
    desk = await openDesk({
      paths: false,
      database: join(folder, 'a.db'),
      secrets: new KeyFileSecrets(join(folder, 'a.db.secrets')),
      backOff: { baseMs: 500, capMs: 500, mostAttempts: 1000 },
    });
    client = as('admin');
    await client.alerts.setChannel(hook('Ops'));
    await play();
    expect((await client.alerts.queue({})).channels[0]?.waiting).toBeGreaterThan(0);
    await desk.close();
    status = () => 200;
    desk = await openAt('a.db');
    client = as('admin');
    await expect.poll(async () => (await client.alerts.queue({})).channels[0]?.waiting, { timeout: 30_000 }).toBe(0);
    expect(taken.length).toBeGreaterThan(0);
    expect(taken[0]?.headers.authorization).toBe(`Bearer ${SECRET}`);
  });
});

describe('settings of a desk as a document', { timeout: SLOW }, () => {
  let other: OpenDesk | undefined;
  afterEach(async () => {
    await other?.close();
    other = undefined;
  });

  it('go to another desk without secrets; what leads inside needs a yes', async () => {
    const { id } = await client.alerts.setChannel(hook('Ops'));
    await client.alerts.setRoutes({ routes: [{ channels: [id], severity: 'info' }] });
    await client.alerts.setPolicy({ sensor: 'attic' });
    await client.settings.set({ networks: ['10.0.0.0/8'] });
    await client.suppressions.create({ scope: { kind: 'port-scan' }, reason: 'ours' });
    const { document } = await client.alerts.export({});
    expect(document).not.toContain(SECRET);
    expect(JSON.parse(document)).toMatchObject({
      schema: 'sonde.settings/1',
      channels: [{ id: 'ops', settings: { authorization: { key: 'ops.authorization' } } }],
    });
    const ajv = new Ajv({ allErrors: true, strict: false });
    formats.default(ajv);
    const schema = readFileSync(resourcePath('schemas', 'sonde.settings-1.schema.json'), 'utf8');
    expect(ajv.compile(JSON.parse(schema) as object)(JSON.parse(document)), JSON.stringify(ajv.errors)).toBe(true);
    other = await openAt('b.db');
    const there = as('admin', other);
    const preview = await there.alerts.previewImport({ document });
    expect(preview).toMatchObject({
      channels: [
        { id: 'ops', change: 'new', asksPrivate: true, target: '127.0.0.1', secretsMissing: ['authorization'] },
      ],
      routes: { count: 1, comes: ['info or worse to Ops'], goes: [] },
      policy: true,
      networks: 1,
      suppressions: [{ text: 'Port scan', reason: 'ours', author: 'admin', change: 'new', silences: { total: 0 } }],
    });
    await expect(there.alerts.import({ document })).rejects.toThrow('Ops (127.0.0.1)');
    expect((await there.alerts.get({})).channels).toEqual([]);
    await there.alerts.import({ document, allowPrivate: ['ops'] });
    const got = await there.alerts.get({});
    expect(got.channels).toMatchObject([{ id: 'ops', secretsSet: [], settings: { allowPrivate: true } }]);
    expect(got.policy.sensor).toBe('attic');
    expect(got.routes).toMatchObject([{ channels: ['ops'], severity: 'info' }]);
    expect((await there.settings.get({})).networks).toEqual(['10.0.0.0/8']);
    expect((await there.suppressions.list({})).suppressions).toHaveLength(1);
    await there.alerts.import({ document, allowPrivate: ['ops'] });
    expect((await there.suppressions.list({})).suppressions).toHaveLength(1);
  });

  it('come back to the desk they are of with the secrets it has', async () => {
    await client.alerts.setChannel(hook('Ops'));
    const { document } = await client.alerts.export({});
    const { channels } = await client.alerts.previewImport({ document });
    expect(channels).toMatchObject([{ change: 'same', secretsMissing: [] }]);
    const moved = document.replace(origin(), 'https://elsewhere.example.com');
    expect((await client.alerts.previewImport({ document: moved })).channels).toMatchObject([
      { change: 'replaced', secretsMissing: ['authorization'] },
    ]);
  });

  it('tell what each suppression would silence, and bring in none that silences without a yes', async () => {
    const { job } = await client.captures.import({ sources: [{ kind: 'sample' }] });
    await expect
      .poll(async () => (await client.incidents.list({})).total, { timeout: SLOW - 30_000 })
      .toBeGreaterThan(0);
    expect(job).toBeDefined();
    const all = { scope: { source: '0.0.0.0/0' }, reason: 'hm' };
    const off = { scope: { kind: 'port-scan' }, enabled: false };
    const document = JSON.stringify({ schema: 'sonde.settings/1', suppressions: [all, all, off] });
    const would = await client.suppressions.preview({ scope: all.scope });
    expect(would.total).toBeGreaterThan(0);
    const { suppressions } = await client.alerts.previewImport({ document });
    const counts = ({ total, severities: { critical } }: typeof would.recent) => ({ total, critical });
    expect(suppressions).toMatchObject([
      { text: 'anything from 0.0.0.0/0', author: null, silences: counts(would), recent: counts(would.recent) },
      { change: 'same', silences: { total: 0 } },
      { inForce: false, silences: { total: 0, critical: 0 } },
    ]);
    await expect(client.alerts.import({ document })).rejects.toThrow('anything from 0.0.0.0/0');
    expect((await client.suppressions.list({})).suppressions).toEqual([]);
    const { suppressionsAdded } = await client.alerts.import({ document, allowSuppressions: true });
    const { suppressions: there } = await client.suppressions.list({});
    expect(there).toMatchObject([
      { enabled: false, hits: 0 },
      { author: 'admin', enabled: true, hits: would.total },
    ]);
    const { rows } = await client.audit.list({ actions: ['suppress'] });
    expect(rows).toMatchObject([{ user: 'admin', object: '2 suppressions' }]);
    expect(await client.suppressions.removeAll({ ids: suppressionsAdded })).toEqual({ removed: 2 });
    expect(await client.suppressions.preview({ scope: all.scope })).toMatchObject({ total: would.total });
  });

  it('name what comes and what goes, and call no two channels alike', async () => {
    const first = await client.alerts.setChannel({ ...hook('Boss'), secrets: {} });
    const route = { severity: 'warning', channels: [first.id] } as const;
    await client.alerts.setRoutes({ routes: [{ ...route, channels: [first.id], name: 'Day' }] });
    await client.siem.set({ name: 'Lines', target: join(folder, 'lines.log') });
    const document = JSON.stringify({
      schema: 'sonde.settings/1',
      channels: [{ id: 'chief', name: 'Boss', kind: 'webhook', settings: { url: 'https://example.com' } }],
      routes: [{ channels: ['chief'], name: 'Night' }, { channels: ['boss', 'chief'] }],
      reports: [],
      exports: [],
    });
    const preview = await client.alerts.previewImport({ document });
    expect(preview).toMatchObject({
      channels: [{ id: 'chief', name: 'Boss (chief)', renamedFrom: 'Boss' }],
      routes: { count: 2, comes: ['Night', 'warning or worse to Boss, Boss (chief)'], goes: ['Day'] },
      reports: { count: 0, comes: [], goes: [] },
      exportsGone: ['Lines'],
    });
    await client.alerts.import({ document });
    const { channels } = await client.alerts.get({});
    expect(channels.map(({ name }) => name).toSorted()).toEqual(['Boss', 'Boss (chief)']);
    const again = await client.alerts.previewImport({ document });
    expect(again).toMatchObject({
      channels: [{ name: 'Boss (chief)' }],
      routes: { comes: [], goes: [] },
      exportsGone: [],
    });
    expect((await client.alerts.previewImport({ document: '{"schema":"sonde.settings/1"}' })).routes).toBeNull();
  });

  it('are seen through where they lead inside', async () => {
    for (const [url, target] of [
      ['http://0x7f.1/', '127.0.0.1'],
      ['http://2130706433/', '127.0.0.1'],
      ['http://[::ffff:10.0.0.1]/', '::ffff:a00:1'],
      ['http://169.254.169.254/latest', '169.254.169.254'],
      ['http://localhost:8080/', 'localhost'],
      ['https://nas/', 'nas'],
      ['https://printer.local/', 'printer.local'],
    ] as const) {
      const document = JSON.stringify({
        schema: 'sonde.settings/1',
        channels: [{ id: 'ops', kind: 'webhook', settings: { url } }],
      });
      const { channels } = await client.alerts.previewImport({ document });
      expect([url, channels]).toMatchObject([url, [{ asksPrivate: true, target }]]);
    }
  });

  it('are refused whole where they are wrong', async () => {
    const planted = { id: 'ops', kind: 'webhook', settings: { signingSecret: SECRET } };
    for (const [document, words] of [
      ['{"schema": ', 'this is not JSON'],
      ['{"schema": "sonde.settings/2"}', 'has to be "sonde.settings/1"'],
      [JSON.stringify({ schema: 'sonde.settings/1', channels: [planted] }), 'has to be a reference'],
      ['{"schema": "sonde.settings/1", "channels": [{"id": "ops", "kind": "pigeon"}]}', 'no kind of channel pigeon'],
    ] as const) {
      const error = (await client.alerts.import({ document }).catch((caught: unknown) => caught)) as Error;
      expect(error.message).toContain(words);
      expect(error.message).not.toContain(SECRET);
    }
  });

  it('never read files or variables of this machine for whoever imports them', async () => {
    process.env['SONDE_TEST_LEAK'] = SECRET;
    const document = JSON.stringify({
      schema: 'sonde.settings/1',
      channels: [
        {
          id: 'ops',
          kind: 'webhook',
          settings: {
            url: `${origin()}/`,
            authorization: { env: 'SONDE_TEST_LEAK' },
            signingSecret: { file: '/etc/hostname' },
          },
        },
      ],
    });
    const { channels } = await client.alerts.import({ document, allowPrivate: ['ops'] });
    expect(channels).toMatchObject([{ secretsMissing: ['signingSecret', 'authorization'] }]);
    await client.alerts.test({ id: 'ops' });
    expect(taken[0]?.headers.authorization).toBeUndefined();
    delete process.env['SONDE_TEST_LEAK'];
  });
});

describe('a database that is damaged', { timeout: SLOW }, () => {
  async function damaged(sql: string): Promise<void> {
    await client.alerts.setChannel({ ...hook('Good'), secrets: {} });
    await client.alerts.setChannel(hook('Bad'));
    await client.alerts.setRoutes({ routes: [route(['good']), route(['bad'])] });
    await desk.close();
    const db = new Database(join(folder, 'a.db'));
    db.exec(sql);
    db.close();
  }
  const route = (channels: string[]) => ({ name: channels.join(), channels });

  it('in one channel or route: the others work, and a channel of the same name takes its place', async () => {
    await damaged(
      "UPDATE alert_channels SET settings = '{' WHERE id = 'bad'; UPDATE alert_routes SET body = '{' WHERE position = 1",
    );
    desk = await openAt('a.db');
    client = as('admin');
    const { channels, routes } = await client.alerts.get({});
    expect(channels.map(({ id }) => id)).toEqual(['good']);
    expect(routes.map((each) => each.channels)).toEqual([['good']]);
    expect(await client.alerts.test({ id: 'good' })).toMatchObject({ ok: true });
    await client.alerts.setChannel({ ...hook('Bad'), secrets: {} });
    expect((await client.alerts.get({})).channels.map(({ id }) => id)).toEqual(['bad', 'good']);
  });

  it('in a channel: it is named, and can be removed with its secrets and all that waits for it', async () => {
    await damaged("UPDATE alert_channels SET secrets = '{' WHERE id = 'bad'");
    desk = await openAt('a.db');
    client = as('admin');
    expect((await client.alerts.get({})).damaged).toEqual([{ id: 'bad', name: 'Bad' }]);
    await client.alerts.removeChannel({ id: 'bad' });
    const { damaged: left, channels, routes } = await client.alerts.get({});
    expect([left, channels.map(({ id }) => id)]).toEqual([[], ['good']]);
    expect(routes.map((each) => each.channels)).toEqual([['good'], []]);
    expect((await client.alerts.queue({})).channels.map(({ channel }) => channel)).toEqual(['good']);
    expect(readFileSync(join(folder, 'a.db.secrets', 'alerts.secrets'), 'utf8')).toBe('{}');
    await expect(client.alerts.removeChannel({ id: 'bad' })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('documents', { timeout: SLOW }, () => {
  const fault = async (document: object): Promise<string> => {
    const text = JSON.stringify({ schema: 'sonde.settings/1', ...document });
    return String(await client.alerts.previewImport({ document: text }).catch((error: unknown) => error));
  };

  it('with names of any length are refused in few words', async () => {
    expect((await fault({ ['Q'.repeat(100_000)]: 1 })).length).toBeLessThan(300);
    const settings = { ['Q'.repeat(100_000)]: 1 };
    expect((await fault({ channels: [{ id: 'x', kind: 'webhook', settings }] })).length).toBeLessThan(400);
  });

  it('are held to what a kind itself asks for, where no secret is to come', async () => {
    expect(await fault({ channels: [{ id: 'empty', kind: 'webhook', settings: {} }] })).toContain('channel empty');
  });
});

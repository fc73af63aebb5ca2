/** A fleet that is connected in the desk itself: over a real server, through restarts, by administrators alone. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FleetAnswer } from '../../../src-shared/contract/topics/fleet.ts';
import { KeyFileSecrets } from '../../../src-main/keep/alerts/key-file.ts';
import { names } from '../../../src-main/run/fleet/names.ts';
import { prepared } from '../../../src-main/run/api/fleet/prepare.ts';
import { connectServer } from '../../../src-main/run/fleet/transport/connect.ts';
import { RedisTransport } from '../../../src-main/run/fleet/transport/redis.ts';
import { redisSettings } from '../../../src-main/run/fleet/transport/settings.ts';
import { publicText } from '../../../src-main/run/fleet/wire/keys.ts';
import { sealHealth } from '../../../src-main/run/fleet/wire/health.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { health, publish, tellWorker, told, workerHealth } from '../../unit/fleet/desk-kit.ts';
import { failure, testDesk, type Testing } from '../serve/desk-client.ts';
import { NO_REDIS, REDIS, RedisServer } from './transport-server.ts';

const SLOW = 60_000;
const SOON = { timeout: 20_000, interval: 100 };
const GROUP = 'office';
const PASSWORD = 'planted-password-5b1d77';
const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/fleet-wire.md'), 'utf8');

/** The rights that the page gives a desk, and somebody who may do all. */
function rights(): string[] {
  const desk = PAGE.split('\n').find((line) => line.startsWith('user sonde-desk'))!;
  return [desk.replace(/>\S+/, `>${PASSWORD}`), 'user default off', 'user sonde-all on >secret ~* &* +@all'];
}

function sensorsOf(...keys: [name: string, key: KeyObject][]): string {
  const sensors = keys.map(([name, key]) => ({ name, key: publicText(key) }));
  return JSON.stringify({ schema: 'sonde.sensors/1', sensors });
}

suiteNeeds(REDIS, NO_REDIS)('a fleet that is connected in the desk', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const packets = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const sensors = sensorsOf(['berlin', privateKey]);
  let folder: string;
  let server: RedisServer;
  let all: RedisTransport;
  let t: Testing | undefined;

  const openHere = async (more: Parameters<typeof testDesk>[0] = {}): Promise<Testing> =>
    (t = await testDesk({ database: join(folder, 'desk.db'), secrets: new KeyFileSecrets(folder), ...more }));
  const draft = (more: Record<string, unknown> = {}) => ({
    address: server.url,
    user: 'sonde-desk',
    group: GROUP,
    allowPrivate: true,
    sensors,
    password: PASSWORD,
    packetsKey: packets,
    ...more,
  });
  const state = (): Promise<FleetAnswer> => t!.client.fleet.state({});
  const kept = async () => (await t!.client.fleet.source({})).source;
  const connected = () => expect.poll(async () => (await state()).fleet?.connected, SOON).toBe(true);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-fleet-connect-'));
    server = await RedisServer.start(rights());
    all = new RedisTransport(await redisSettings(`redis://sonde-all:secret@127.0.0.1:${server.port}`, '--fleet'));
    await all.ready(10_000);
    await all.put(names.health('berlin'), sealHealth(health('berlin', { at: Date.now() }), privateKey), 10 * SLOW);
    await all.takeLease(names.correlatorRole(GROUP), 'w1', 10 * SLOW);
    await tellWorker(all, GROUP, workerHealth('w1', { at: Date.now() }));
    await publish(all, GROUP, [told('flood', ['berlin'])]);
  }, SLOW);
  afterEach(async () => {
    await t?.client.fleet.disconnect({ forget: true }).catch(() => undefined);
    await t?.desk.close();
    t = undefined;
  });
  afterAll(async () => {
    await all?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is asked what it is before it is followed', { timeout: SLOW }, async () => {
    await openHere();
    const tested = await t!.client.fleet.test(draft());
    expect(tested).toMatchObject({ ok: true });
    expect(tested.words).toBe(
      'The server answers. Sensors of the list that were heard: 1 of 1. The group office is analysed by w1.',
    );
    const other = generateKeyPairSync('ed25519').privateKey;
    const wrong = draft({ group: 'nowhere', sensors: sensorsOf(['berlin', other], ['rome', other]) });
    expect((await t!.client.fleet.test(wrong)).words).toMatch(
      /0 of 2 \(not berlin, rome\).*for berlin is not signed.*No worker of the group nowhere was heard/,
    );
    expect(await state()).toEqual({ fleet: null, from: null, fault: null });
    expect(await kept()).toBeNull();
  });

  it('is followed at once and after a restart, and no more once it is disconnected', { timeout: SLOW }, async () => {
    await openHere();
    const watched: FleetAnswer[] = [];
    const end = t!.as({ role: 'viewer' }).fleet.watch({}, { next: (answer) => void watched.push(answer) });
    const source = await t!.client.fleet.connect(draft());
    expect(source).toMatchObject({ enabled: true, group: GROUP, sensors: ['berlin'], hasPassword: true });
    expect(JSON.stringify(source)).not.toContain(PASSWORD);
    await connected();
    const incidents = async (): Promise<string[]> => {
      const capture = (await state()).fleet?.capture;
      return capture ? (await t!.client.incidents.list({ capture })).rows.map(({ uid }) => uid) : [];
    };
    await expect.poll(incidents, SOON).toEqual(['flood']);
    await expect.poll(() => watched.at(-1)?.fleet?.connected, SOON).toBe(true);
    expect(watched[0]).toEqual({ fleet: null, from: null, fault: null });
    end();
    await t!.desk.close();

    await openHere();
    await connected();
    expect(await state()).toMatchObject({ from: 'desk', fault: null, fleet: { group: GROUP } });
    await t!.client.fleet.disconnect({});
    expect(await state()).toEqual({ fleet: null, from: null, fault: null });
    const { rows } = await t!.client.audit.list({ limit: 500 });
    const fleetRows = rows.filter(({ object }) => object.startsWith('fleet redis')).slice(0, 2);
    expect(fleetRows.map(({ object, detail }) => `${object}: ${detail}`)).toEqual([
      `fleet ${server.url}: disconnected`,
      `fleet ${server.url}: connected; group office; user sonde-desk; 1 sensor; private targets allowed`,
    ]);
    // What it told stays, and what is kept of it is there for the next time.
    expect(await kept()).toMatchObject({ enabled: false, hasPassword: true, hasPacketsKey: true });
    expect((await t!.client.captures.list({})).captures.map(({ name }) => name)).toEqual([`Fleet ${GROUP}`]);
    await t!.desk.close();

    await openHere();
    expect((await state()).fleet).toBeNull();
    const { password: _, packetsKey: __, sensors: ___, ...again } = draft();
    await t!.client.fleet.connect(again);
    await connected();
    await t!.client.fleet.disconnect({ forget: true });
    expect(await kept()).toBeNull();
    expect(JSON.parse(readFileSync(join(folder, 'alerts.secrets'), 'utf8'))).toEqual({});
  });

  it('keeps no secret in the database, the log or what is exported', { timeout: SLOW }, async () => {
    await openHere();
    await t!.client.fleet.connect(draft());
    await connected();
    const { document } = await t!.client.alerts.export({});
    const { rows } = await t!.client.audit.list({ limit: 500 });
    const stored = JSON.stringify(await t!.desk.store.setting('fleetSource'));
    await t!.desk.close();
    const files = ['desk.db', 'desk.db-wal', 'alerts.secrets'].flatMap((name) => {
      try {
        return [readFileSync(join(folder, name), 'latin1')];
      } catch {
        return [];
      }
    });
    const [, secretLine] = packets.split('\n');
    expect(stored).toContain('sonde-desk');
    for (const text of [...files, stored, document, JSON.stringify(rows)]) {
      expect(text.includes(PASSWORD)).toBe(false);
      expect(text.includes(secretLine!)).toBe(false);
    }
    await openHere();
  });

  it('is connected by administrators alone', { timeout: SLOW }, async () => {
    await openHere();
    for (const role of ['viewer', 'analyst'] as const) {
      const client = t!.as({ role });
      for (const asked of [
        () => client.fleet.connect(draft()),
        () => client.fleet.test(draft()),
        () => client.fleet.disconnect({ forget: true }),
        () => client.fleet.source({}),
      ]) {
        expect(await failure(asked())).toMatchObject({ code: 'not-allowed' });
      }
    }
    expect((await state()).fleet).toBeNull();
  });

  it('does not lead inside unless that is meant', { timeout: SLOW }, async () => {
    await openHere();
    for (const address of [server.url, server.url.replace('127.0.0.1', 'localhost'), `redis://[::1]:${server.port}`]) {
      const refused = await failure(t!.client.fleet.connect(draft({ address, allowPrivate: false })));
      expect(refused).toMatchObject({ code: 'bad-request', where: 'address' });
      expect(refused.message).toContain('private network');
    }
  });

  it('is judged again each time that it is connected to', { timeout: SLOW }, async () => {
    const address = server.url.replace('127.0.0.1', 'localhost');
    const wanted = {
      ...draft({ address, allowPrivate: false }),
      packetsKey: '',
      ca: '',
      certificate: '',
      certificateKey: '',
    };
    const { settings } = prepared(wanted);
    await expect(connectServer(settings)).rejects.toThrow('not an address of the open Internet');
  });

  it('sends no secret to another server than the one it was entered for', { timeout: SLOW }, async () => {
    await openHere();
    await t!.client.fleet.connect(draft());
    const { password: _, ...rest } = draft();
    for (const other of [
      { address: 'redis://127.0.0.1:1' },
      { address: server.url.replace('redis:', 'rediss:') },
      { user: 'sonde-all' },
    ]) {
      const refused = await failure(t!.client.fleet.connect({ ...rest, ...other }));
      expect(refused).toMatchObject({ code: 'bad-request', where: 'password' });
    }
    // The one before is followed all the while.
    await connected();
  });

  it.each([
    ['a wrong password', { password: 'wrong' }, 'not-permitted', /refuses: WRONGPASS.*/, /name and password/],
    ['nobody there', { address: 'redis://127.0.0.1:1' }, 'connection-lost', /cannot be reached/, /whether it runs/],
    ['a password in the address', { address: 'redis://a:b@127.0.0.1' }, 'bad-request', /password stands/, /“Password”/],
    ['another scheme', { address: 'http://127.0.0.1' }, 'usage', /Address: this is no address/, /rediss:\/\//],
    ['no list of sensors', { sensors: '' }, 'bad-request', /list of sensors is missing/, /Choose the list/],
    ['another list', { sensors: '{"schema":"x"}' }, 'unknown-format', /^Sensors: /, /new-key/],
    ['no name of a group', { group: 'Büro' }, 'bad-request', /Büro is no name/, /a-z/],
    ['no certificate', { ca: 'hello' }, 'bad-request', /TLS CA: this is no certificate/, /BEGIN CERTIFICATE/],
    ['no key for packets', { packetsKey: 'hello' }, 'bad-request', /Key for packets/, /--new-key/],
    ['half of our certificate', { certificateKey: packets }, 'bad-request', /belong together/, /both/],
  ])('says what is wrong, and how to mend it: %s', { timeout: SLOW }, async (_, more, code, message, cure) => {
    await openHere();
    const refused = await failure(t!.client.fleet.connect(draft(more)));
    expect(refused).toMatchObject({ code, message: expect.stringMatching(message), cure: expect.stringMatching(cure) });
    expect(await t!.client.fleet.test(draft(more))).toMatchObject({ ok: false });
    expect(await kept()).toBeNull();
    const { rows } = await t!.client.audit.list({ limit: 2 });
    expect(rows.map(({ detail }) => detail)).toEqual(['tested: not reached', expect.stringContaining('not connected')]);
    expect(JSON.stringify(rows)).not.toContain(':b@');
  });

  it('says when another service answers there, or nobody does, within seconds', { timeout: SLOW }, async () => {
    await openHere();
    const ask = async (answer: string, who = { user: '', password: '' }): Promise<string> => {
      const other = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', () => answer !== '' && socket.write(answer));
      }).listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      const began = performance.now();
      const { words } = await t!.client.fleet.test(draft({ address: `redis://127.0.0.1:${port}`, ...who }));
      expect(performance.now() - began).toBeLessThan(10_000);
      other.close();
      return words;
    };
    expect(await ask('HTTP/1.1 400 Bad Request\r\n\r\n')).toContain('does not speak the protocol of Redis');
    expect(await ask('')).toContain('does not answer');
    const repeated = `-ERR unknown command 'AUTH', with args beginning with: 'sonde-desk' '${PASSWORD}'\r\n`;
    const words = await ask(repeated, { user: 'sonde-desk', password: PASSWORD });
    expect(words).toContain("unknown command 'AUTH'");
    expect(words).not.toContain(PASSWORD);
    expect(JSON.stringify((await t!.client.audit.list({ limit: 1 })).rows)).not.toContain(PASSWORD);
  });

  it('sends no secret where somebody changed the address in the database', { timeout: SLOW }, async () => {
    await openHere();
    await t!.client.fleet.connect(draft());
    await t!.desk.close();
    await openHere();
    const source = (await t!.desk.store.setting('fleetSource')) as object;
    await t!.desk.store.setSetting('fleetSource', { ...source, address: 'redis://127.0.0.1:1/' });
    await t!.desk.close();
    await openHere();
    await expect.poll(async () => (await state()).fault?.message, SOON).toContain('the password of the fleet is not');
    await t!.desk.store.setSetting('fleetSource', source);
    await t!.desk.close();
    await openHere();
    await connected();
  });

  it.each([
    'default:planted-1@127.0.0.1',
    'redis:u:planted-1@h',
    'redis://127.0.0.1:1?password=planted-1',
    'redis://u:planted-1@h',
    'redis://%zz@h',
  ])('keeps nothing of what may be a password in the log: %s', { timeout: SLOW }, async (address) => {
    await openHere();
    expect(await t!.client.fleet.test(draft({ address }))).toMatchObject({ ok: false });
    await failure(t!.client.fleet.connect(draft({ address })));
    expect(JSON.stringify((await t!.client.audit.list({ limit: 2 })).rows)).not.toMatch(/planted|%zz/);
  });

  it('opens without the server, and follows when it is there', { timeout: SLOW }, async () => {
    await openHere();
    await t!.client.fleet.connect(draft());
    await t!.desk.close();
    await server.kill();
    await openHere();
    await expect.poll(async () => (await state()).fleet?.trouble?.message, SOON).toContain('cannot be reached');
    await server.up();
    await connected();
    await all.ready(10_000);
  });

  it('says after a start which secret is gone', { timeout: SLOW }, async () => {
    await openHere();
    await t!.client.fleet.connect(draft());
    await t!.desk.close();
    rmSync(join(folder, 'alerts.secrets'));
    await openHere();
    await expect.poll(async () => (await state()).fault?.message, SOON).toContain('the password of the fleet is not');
    expect(await state()).toMatchObject({
      fleet: null,
      from: 'desk',
      fault: { cure: expect.stringContaining('again') },
    });
    await t!.client.fleet.connect(draft());
    expect((await state()).fault).toBeNull();
  });

  it('is not connected where the program was started with another', { timeout: SLOW }, async () => {
    const keys = new Map<string, KeyObject>();
    const way = async () => {
      const transport = new RedisTransport(
        await redisSettings(`redis://sonde-all:secret@127.0.0.1:${server.port}`, ''),
      );
      return { transport, group: 'other', keys };
    };
    await openHere({ fleet: way });
    await connected();
    expect(await state()).toMatchObject({ from: 'command-line', fleet: { group: 'other' } });
    for (const asked of [() => t!.client.fleet.connect(draft()), () => t!.client.fleet.disconnect({})]) {
      expect(await failure(asked())).toMatchObject({ code: 'not-allowed', cure: expect.stringContaining('--fleet') });
    }
  });
});

const OPENSSL = spawnSync('openssl', ['version']).status === 0;

suiteNeeds(REDIS && OPENSSL, REDIS ? 'openssl is not installed' : NO_REDIS)('a server with TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-fleet-connect-tls-'));
  let server: RedisServer;
  let t: Testing;
  const [cert, key] = [join(folder, 'server.pem'), join(folder, 'server-key.pem')];

  beforeAll(async () => {
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync('openssl', [...made, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const tls = ['tls-port PORT', `tls-cert-file ${cert}`, `tls-key-file ${key}`, 'tls-auth-clients no'];
    server = await RedisServer.start([...tls, `tls-ca-cert-file ${cert}`, `requirepass ${PASSWORD}`]);
    t = await testDesk();
  }, SLOW);
  afterAll(async () => {
    await t?.desk.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const draft = (more: Record<string, unknown> = {}) => ({
    address: `rediss://localhost:${server.port}`,
    allowPrivate: true,
    sensors: sensorsOf(['berlin', generateKeyPairSync('ed25519').privateKey]),
    password: PASSWORD,
    ca: readFileSync(cert, 'utf8'),
    ...more,
  });

  describe('is reached', () => {
    it('with the certificate that signed its own, which is shown', { timeout: SLOW }, async () => {
      const source = await t.client.fleet.connect(draft());
      expect(source.ca).toMatch(/^CN=localhost, until .*GMT$/);
      await t.client.fleet.disconnect({ forget: true });
    });
  });

  it.each([
    ['without it', () => ({ ca: '' }), /self-signed/, /TLS CA/],
    ['by another name', () => ({ address: `rediss://127.0.0.1:${server.port}` }), /altnames/, /in its certificate/],
  ])('is not reached %s, and the cure is told', { timeout: SLOW }, async (_, more, message, cure) => {
    const asked = draft(more());
    const refused = await failure(t.client.fleet.connect(asked));
    expect(refused).toMatchObject({ message: expect.stringMatching(message), cure: expect.stringMatching(cure) });
  });
});

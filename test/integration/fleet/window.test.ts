/** A fleet in the desk's window: as its command line names it, and as it is connected in the desk. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { DeskClient } from '../../../src-shared/contract/index.ts';
import { RedisTransport } from '../../../src-main/run/fleet/transport/redis.ts';
import { redisSettings } from '../../../src-main/run/fleet/transport/settings.ts';
import { publicText } from '../../../src-main/run/fleet/wire/keys.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { publish, told } from '../../unit/fleet/desk-kit.ts';
import { runDesktop, until, type Running } from '../../unit/shell/double/desktop.ts';
import { NO_REDIS, REDIS, RedisServer } from './transport-server.ts';

const SLOW = 120_000;
const SOON = { timeout: 20_000, interval: 100 };
const PASSWORD = 'planted-password-2c90aa';

suiteNeeds(REDIS, NO_REDIS)('the desk in a window', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const sensors = JSON.stringify({
    schema: 'sonde.sensors/1',
    sensors: [{ name: 'berlin', key: publicText(privateKey) }],
  });
  let server: RedisServer;
  let folder: string;
  let running: Running | undefined;

  beforeAll(async () => {
    server = await RedisServer.start([`requirepass ${PASSWORD}`]);
    const all = new RedisTransport(await redisSettings(`redis://:${PASSWORD}@127.0.0.1:${server.port}`, '--fleet'));
    await all.ready(10_000);
    await publish(all, 'office', [told('flood', ['berlin'])]);
    await all.close();
  }, SLOW);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-fleet-window-'));
    writeFileSync(join(folder, 'sensors.json'), sensors);
    writeFileSync(join(folder, 'password'), `${PASSWORD}\n`);
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    rmSync(folder, { recursive: true, force: true });
  });
  afterAll(() => server?.stop());

  const options = (): string[] => [
    '--fleet-sensors=sensors.json',
    '--fleet-group',
    'office',
    '--fleet-password-file',
    'password',
    `--fleet=${server.url}`,
  ];

  /** Uids of the incidents of the fleet. */
  async function seen(client: DeskClient): Promise<string[]> {
    const { fleet } = await client.fleet.state({});
    const capture = fleet?.capture ?? null;
    return capture === null ? [] : (await client.incidents.list({ capture })).rows.map(({ uid }) => uid);
  }

  it(
    'follows the fleet of its command line, whose files are no captures, and shows it',
    { timeout: SLOW },
    async () => {
      running = await runDesktop({ folder, argv: options() });
      expect(running.double.engines[0]!.args.slice(1)).toEqual([
        `--fleet-sensors=${join(folder, 'sensors.json')}`,
        '--fleet-group=office',
        `--fleet-password-file=${join(folder, 'password')}`,
        `--fleet=${server.url}`,
      ]);
      const client = await running.connect();
      await expect.poll(() => seen(client), SOON).toEqual(['flood']);
      expect(await client.fleet.state({})).toMatchObject({ from: 'command-line', fleet: { connected: true } });
      expect((await client.captures.list({})).captures.map(({ name }) => name)).toEqual(['Fleet office']);
      expect(running.told('sonde:go')).toEqual([{ view: 'fleet' }]);
      // Another engine follows the same.
      await running.double.engines[0]!.crash();
      const again = await running.connect();
      await expect.poll(async () => (await again.fleet.state({})).fleet?.connected, SOON).toBe(true);
    },
  );

  it('opens all the same where that fleet cannot be followed, and says why', { timeout: SLOW }, async () => {
    const argv = [`--fleet=${server.url}`, '--fleet-sensors', 'gone.json'];
    running = await runDesktop({ folder, argv });
    const client = await running.connect();
    await expect
      .poll(async () => (await client.fleet.state({})).fault, SOON)
      .toMatchObject({
        message: expect.stringContaining(`${join(folder, 'gone.json')} cannot be read`),
        cure: expect.stringContaining('Look at the name'),
      });
  });

  it('follows the fleet that was connected in it, its password in the keychain', { timeout: SLOW }, async () => {
    running = await runDesktop({ folder });
    const client = await running.connect();
    const draft = { address: server.url, group: 'office', allowPrivate: true, sensors, password: PASSWORD };
    await client.fleet.connect(draft);
    await expect.poll(() => seen(client), SOON).toEqual(['flood']);
    const kept = readFileSync(join(folder, 'userData', 'secrets.json'), 'utf8');
    expect(Object.keys(JSON.parse(kept) as object)).toEqual([expect.stringMatching(/^alert-/)]);
    expect(kept).not.toContain(PASSWORD);
    await running.stop();
    running = await runDesktop({ folder });
    const again = await running.connect();
    await expect.poll(async () => (await again.fleet.state({})).fleet?.connected, SOON).toBe(true);
    expect(await again.fleet.state({})).toMatchObject({ from: 'desk', fault: null });
  });

  it(
    'that runs already leads to where a fleet is connected, when it is started with one again',
    { timeout: SLOW },
    async () => {
      const second = await runDesktop({ argv: options(), taken: true });
      expect(second.double.app.lockData).toEqual({ files: [], fleet: true });
      running = await runDesktop({ folder });
      running.double.app.emit('second-instance', {}, [], '/', second.double.app.lockData);
      await until(() => running!.told('sonde:go').length > 0, 'the word to the page');
      expect(running.told('sonde:go')).toEqual([{ view: 'fleet' }]);
      expect(JSON.stringify(running.double.dialogs)).toContain('Sonde runs already');
      rmSync(second.folder, { recursive: true, force: true });
    },
  );
});

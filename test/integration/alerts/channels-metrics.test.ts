/** Metrics as the desk and `watch --settings` serve them, with their channels. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { MAIN } from '../cli/run.ts';
import { testDesk, type Testing } from '../serve/desk-client.ts';
import { listening, portOf, says, web, type Web } from './channels-servers.ts';

const SLOW = 60_000;

/** The page; '' where nothing answers. */
function page(port: number): Promise<string> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path: '/metrics' }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve(text));
    });
    asked.on('error', () => resolve(''));
    asked.end();
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await listening(server);
  const port = portOf(server);
  await new Promise((done) => server.close(done));
  return port;
}

async function until(port: number, found: (text: string) => boolean): Promise<string> {
  const end = Date.now() + SLOW;
  for (;;) {
    const text = await page(port);
    if (found(text)) return text;
    if (Date.now() > end) throw new Error(`waited in vain; the last page:\n${text}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

describe('metrics of the desk', { timeout: 2 * SLOW }, () => {
  let t: Testing;
  let broken: Web;
  beforeAll(async () => {
    broken = await web(says(500, 'out of order'));
    t = await testDesk();
  });
  afterAll(async () => {
    await t.desk.close();
    await broken.close();
  });

  it('are served where the settings say, and only there', async () => {
    const [first, second] = [await freePort(), await freePort()];
    await t.client.alerts.setPolicy({ metricsPort: first });
    expect(await page(first)).toContain('sonde_build_info');
    await t.client.alerts.setPolicy({ metricsPort: second });
    expect(await page(first)).toBe('');
    expect(await page(second)).toContain('sonde_build_info');
    await t.client.alerts.setPolicy({ metricsPort: null });
    expect(await page(second)).toBe('');
  });

  it('are not promised where the port is taken', async () => {
    const port = await freePort();
    await t.client.alerts.setPolicy({ metricsPort: port });
    const refused = t.client.alerts.setPolicy({ metricsPort: broken.port });
    await expect(refused).rejects.toMatchObject({ code: 'address-in-use' });
    expect((await t.client.alerts.get({})).policy.metricsPort).toBe(port);
    expect(await page(port)).toContain('sonde_build_info');
    await t.client.alerts.setPolicy({ metricsPort: null });
  });

  it('count a live session, its incidents, and what becomes of alerts', async () => {
    const port = await freePort();
    const { id } = await t.client.alerts.setChannel({
      name: 'Ops',
      kind: 'webhook',
      settings: { url: `http://127.0.0.1:${broken.port}/`, allowPrivate: true },
    });
    await t.client.alerts.setRoutes({ routes: [{ channels: [id], severity: 'warning' }] });
    await t.client.alerts.setPolicy({ metricsPort: port });
    await t.client.live.start({ kind: 'file', file: { kind: 'sample' }, speed: 600 });
    const text = await until(
      port,
      (found) =>
        /sonde_alert_failures_total\{channel="ops"\} [1-9]/.test(found) && found.includes('sonde_incidents_total'),
    );
    expect(text).toMatch(/sonde_packets_total\{interface="[^"]+"\} [1-9]/);
    expect(text).toMatch(/sonde_alerts_waiting\{channel="ops"\} [1-9]/);
    expect(text).toMatch(/sonde_alert_channel_failing_seconds\{channel="ops"\} [0-9]/);
    await t.client.live.stop({ keep: false }).catch(() => undefined);
    await until(port, (found) => !found.includes('sonde_capture_up'));
  });
});

describe('metrics of watch', { timeout: 2 * SLOW }, () => {
  it('are served on the port of the settings, with the channels of that file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-metrics-'));
    const [port, server] = [await freePort(), await web(says(200))];
    const settings = join(folder, 'settings.json');
    const url = `http://127.0.0.1:${server.port}/`;
    writeFileSync(
      settings,
      JSON.stringify({
        schema: 'sonde.settings/1',
        channels: [{ id: 'ops', kind: 'webhook', settings: { url, allowPrivate: true } }],
        routes: [{ channels: ['ops'] }],
        alerts: { metricsPort: port },
      }),
    );
    const args = ['watch', '--replay', resourcePath('sample', 'office-hour.pcapng.gz'), '--speed', '120'];
    const child = spawn(process.execPath, [MAIN, ...args, '--settings', settings], {
      stdio: 'ignore',
      env: { ...process.env, XDG_DATA_HOME: folder },
    });
    const ended = new Promise((done) => child.once('close', done));
    try {
      await until(port, (text) => /sonde_alerts_delivered_total\{channel="ops"\} [1-9]/.test(text));
      expect(server.seen.length).toBeGreaterThan(0);
    } finally {
      child.kill();
      await ended;
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { familiesOf } from '../../../src-main/run/metrics/families.ts';
import { LiveFigures } from '../../../src-main/run/metrics/live-figures.ts';
import { serveMetrics, type MetricsServer } from '../../../src-main/run/metrics/server.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { needs, suiteNeeds } from '../../setup/skip.ts';
import { INCIDENT } from '../../unit/alerts/channels-example.ts';
import { MAIN } from '../cli/run.ts';
import { listening, portOf } from './channels-servers.ts';

const PROMETHEUS = spawnSync('prometheus', ['--version']).status === 0;
const PROMTOOL = spawnSync('promtool', ['--version']).status === 0;
const SLOW = 60_000;
const grafana = (name: string): string => resourcePath('grafana', name);

interface Got {
  status: number;
  type: string;
  text: string;
}
function get(port: number, path = '/metrics', headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, type: String(answer.headers['content-type']), text }),
      );
    });
    asked.on('error', reject);
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

/** Of a capture that lost packets, told of a critical incident, and whose only channel fails. */
function figures(): LiveFigures {
  const found = new LiveFigures({
    startedAt: Date.now(),
    now: Date.now,
    model: { name: 'network', madeAt: Date.now() - 100 * 86_400_000 },
    channels: () => [
      {
        channel: 'ops "mail"\\n',
        waiting: 3,
        dead: 2,
        delivered: 7,
        refused: 0,
        failingSince: Date.now() - 3_600_000,
        failures: 9,
      },
    ],
  });
  found.take({ event: 'started', interface: 'eth0', linkType: 'ETHERNET', engine: 'helper', kernelTimestamps: true });
  found.take({
    event: 'stats',
    ts: '2026-03-10T09:00:00.000000000Z',
    received: 1000,
    droppedKernel: 50,
    droppedInterface: null,
    shed: 4,
    packetsPerSecond: 10,
    bitsPerSecond: 1000,
    flows: 12,
  });
  found.take({ ...INCIDENT, event: 'incident', state: 'open', latencyMs: 3 });
  found.takeScores({ count: 4, score: Float32Array.of(0.1, 0.995, 1, NaN) });
  return found;
}

describe('the page of metrics', { timeout: SLOW }, () => {
  let server: MetricsServer;
  beforeAll(async () => {
    const counted = figures();
    server = await serveMetrics({ port: 0, collect: () => counted.figures() });
  });
  afterAll(() => server.close());

  it('tells figures in the text format', async () => {
    const { status, type, text } = await get(server.port);
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    for (const line of [
      'sonde_packets_total{interface="eth0"} 1000',
      'sonde_packets_dropped_total{interface="eth0",where="kernel"} 50',
      'sonde_packets_dropped_total{interface="eth0",where="shed"} 4',
      'sonde_flows_total{interface="eth0"} 12',
      'sonde_incidents_total{kind="brute-force",severity="critical"} 1',
      'sonde_incidents_open{severity="critical"} 1',
      'sonde_alerts_waiting{channel="ops \\"mail\\"\\\\n"} 3',
      'sonde_alert_failures_total{channel="ops \\"mail\\"\\\\n"} 9',
      'sonde_flow_score_bucket{le="0.25"} 1',
      'sonde_flow_score_bucket{le="0.99"} 1',
      'sonde_flow_score_bucket{le="0.999"} 2',
      'sonde_flow_score_bucket{le="+Inf"} 3',
      'sonde_flow_score_count 3',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).not.toContain('where="interface"');
  });

  it('answers this machine only, and nothing but that page', async () => {
    const own = `127.0.0.1:${server.port}`;
    for (const host of [
      'evil.example',
      `evil.example:${server.port}`,
      '127.0.0.1:1',
      '127.0.0.1.evil.example',
      `[::1]:${server.port}:1`,
    ])
      expect(await get(server.port, '/metrics', { Host: host })).toMatchObject({ status: 403 });
    expect(await get(server.port, '/metrics?x=1', { Host: `LOCALHOST:${server.port}` })).toMatchObject({ status: 200 });
    for (const method of ['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])
      expect(await get(server.port, '/metrics', { Host: own }, method)).toMatchObject({ status: 405 });
    for (const path of ['/', '/metrics/', '/../metrics', '//metrics'])
      expect(await get(server.port, path)).toMatchObject({ status: 404 });
  });

  it('says that figures cannot be had, without saying why', async () => {
    const broken = await serveMetrics({ port: 0, collect: () => Promise.reject(new Error('/home/secret')) });
    const { status, text } = await get(broken.port);
    await broken.close();
    expect(status).toBe(503);
    expect(text).not.toContain('secret');
  });

  it('needs a port that is free', async () => {
    await expect(serveMetrics({ port: server.port, collect: () => figures().figures() })).rejects.toMatchObject({
      code: 'address-in-use',
    });
  });

  needs(PROMTOOL, 'prometheus is not installed')('is what promtool finds no fault with', async () => {
    const { text } = await get(server.port);
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });
});

describe('counters', () => {
  it('never fall: what worsens counts again, what is withdrawn stays counted', async () => {
    const found = figures();
    const told = { ...INCIDENT, event: 'incident', latencyMs: null } as const;
    const sums = async (): Promise<unknown> => {
      const { incidents, open } = await found.figures();
      return [Object.fromEntries(incidents.map(({ kind, severity, count }) => [`${kind} ${severity}`, count])), open];
    };
    found.take({ ...told, uid: 'b', severity: 'warning', state: 'open' });
    found.take({ ...told, uid: 'b', severity: 'critical', state: 'update' });
    found.take({ ...told, uid: 'b', severity: 'warning', state: 'update' });
    found.take({ ...told, uid: 'b', severity: 'critical', state: 'update' });
    expect(await sums()).toEqual([
      { 'brute-force critical': 2, 'brute-force warning': 1 },
      { info: 0, warning: 0, critical: 2 },
    ]);
    found.take({ ...told, uid: 'b', severity: 'critical', state: 'closed', withdrawn: true });
    expect(await sums()).toEqual([
      { 'brute-force critical': 2, 'brute-force warning': 1 },
      { info: 0, warning: 0, critical: 1 },
    ]);
  });

  it('follow the card', async () => {
    const found = figures();
    const notice = { event: 'notice', ts: '', message: '' } as const;
    found.take({ ...notice, code: 'interface-gone' });
    expect((await found.figures()).captures).toMatchObject([{ up: false }]);
    found.take({ ...notice, code: 'interface-back' });
    expect((await found.figures()).captures).toMatchObject([{ up: true }]);
  });
});

describe('what ships for Grafana', { timeout: SLOW }, () => {
  needs(PROMTOOL, 'prometheus is not installed')('passes promtool', () => {
    for (const args of [
      ['check', 'rules', grafana('alerts.rules.yml')],
      ['check', 'config', grafana('prometheus.yml')],
    ]) {
      const { status, stdout } = spawnSync('promtool', args, { encoding: 'utf8' });
      expect(status, stdout).toBe(0);
    }
  });

  it('asks for metrics that there are, and for no label that they do not have', async () => {
    const known = new Set(
      familiesOf(await figures().figures()).flatMap(({ name, type }) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    );
    for (const name of ['dashboard.json', 'alerts.rules.yml']) {
      const text = readFileSync(grafana(name), 'utf8');
      const asked = new Set(text.match(/\bsonde_\w+/g));
      expect(asked.size).toBeGreaterThan(5);
      expect([...asked].filter((each) => !known.has(each))).toEqual([]);
    }
  });

  it('is a dashboard whose panels have queries and places of their own', () => {
    interface Panel {
      id: number;
      targets: { expr: string }[];
      gridPos: { x: number; y: number; w: number; h: number };
    }
    const { panels } = JSON.parse(readFileSync(grafana('dashboard.json'), 'utf8')) as { panels: Panel[] };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { targets } of panels) for (const { expr } of targets) expect(expr).not.toBe('');
  });
});

suiteNeeds(PROMETHEUS, 'prometheus is not installed')('Prometheus', () => {
  let folder = '';
  let child: ChildProcess | undefined;
  let server: MetricsServer;
  let port = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-prometheus-'));
    const counted = figures();
    server = await serveMetrics({ port: 0, collect: () => counted.figures() });
    port = await freePort();
    const shipped = readFileSync(grafana('prometheus.yml'), 'utf8');
    const config = shipped.replaceAll('15s', '1s').replace('127.0.0.1:9477', `127.0.0.1:${server.port}`);
    expect(config).not.toContain('127.0.0.1:9477');
    writeFileSync(join(folder, 'prometheus.yml'), config);
    copyFileSync(grafana('alerts.rules.yml'), join(folder, 'alerts.rules.yml'));
    const args = [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    child = spawn('prometheus', args, { stdio: 'ignore' });
  }, SLOW);
  afterAll(async () => {
    if (child) {
      const ended = new Promise((done) => child?.once('close', done));
      child.kill();
      await ended;
    }
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + SLOW;
    for (;;) {
      const found = await ask().catch(() => undefined);
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error('waited in vain');
      await new Promise((done) => setTimeout(done, 250));
    }
  }
  const ask = async (path: string): Promise<{ data: Record<string, unknown> }> =>
    JSON.parse((await get(port, path)).text) as { data: Record<string, unknown> };
  const value = (query: string): Promise<string> =>
    until(async () => {
      const { data } = await ask(`/api/v1/query?query=${encodeURIComponent(query)}`);
      const [first] = data['result'] as { value: [number, string] }[];
      return first?.value[1];
    });

  it('scrapes the metrics and loads the shipped rules, which tell what is wrong', { timeout: SLOW * 2 }, async () => {
    expect(await value('up{job="sonde"}')).toBe('1');
    expect(await value('sonde_packets_total{interface="eth0"}')).toBe('1000');
    expect(await value('sonde_incidents_open{severity="critical"}')).toBe('1');
    expect(Number(await value('sonde_alert_channel_failing_seconds'))).toBeGreaterThan(3599);
    expect(await value('sonde_flow_score_count')).toBe('3');
    const rules = await until(async () => {
      const { data } = await ask('/api/v1/rules');
      const [group] = data['groups'] as { rules: { name: string; health: string; state: string }[] }[];
      const found = new Map(group?.rules.map((rule) => [rule.name, rule]));
      return found.get('SondeCriticalIncident')?.state === 'firing' ? found : undefined;
    });
    expect([...rules.values()].filter(({ health }) => health !== 'ok')).toEqual([]);
    const loud = [...rules.values()].filter(({ state }) => state !== 'inactive').map(({ name }) => name);
    expect(loud.sort()).toEqual(
      ['SondeAlertsGivenUp', 'SondeAlertsNotDelivered', 'SondeCriticalIncident', 'SondeModelOld'].sort(),
    );
  });
});

describe('watch --metrics', { timeout: SLOW }, () => {
  it('serves the figures of the run', async () => {
    const port = await freePort();
    const sample = resourcePath('sample', 'office-hour.pcapng.gz');
    const child = spawn(
      process.execPath,
      [MAIN, 'watch', '--replay', sample, '--speed', '60', '--metrics', String(port)],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    try {
      const end = Date.now() + SLOW;
      let text = '';
      while (!/sonde_packets_total\{.*\} [1-9]/.test(text) || !/sonde_flow_score_count [1-9]/.test(text)) {
        if (Date.now() > end || child.exitCode !== null) throw new Error(`no figures came: ${said}`);
        await new Promise((done) => setTimeout(done, 200));
        text = (await get(port).catch(() => ({ text: '' }))).text;
      }
      expect(text).toContain('sonde_model_age_seconds{model="base"}');
    } finally {
      const ended = new Promise((done) => child.once('close', done));
      child.kill();
      await ended;
    }
  });

  it('says when the port is not to be had', async () => {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, 'watch', '--replay', 'x', '--metrics', '70000'], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('--metrics 70000');
  });
});

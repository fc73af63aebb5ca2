import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readApiToken } from '../../../src-main/run/serve/api-token.ts';
import { trained } from '../../unit/lab/lab-records.ts';
import { Served, type Answered } from './browser.ts';

const { model } = await trained();
const API_TOKEN = 'a-token-of-scripts-that-is-long-enough-0123';
const recordModel = { model, name: 'made-up.model', sha256: 'cd'.repeat(32) };
const RECORD = { proto: 'tcp', conn_state: 'S0', orig_pkts: 1 };

let s: Served;
beforeAll(async () => {
  s = await Served.start({ recordModel, apiToken: API_TOKEN });
});
afterAll(() => s.stop());

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const parsed = (answered: Answered): Record<string, unknown> => JSON.parse(answered.body) as Record<string, unknown>;

function post(body: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  const all = { 'content-type': 'application/json', ...bearer(API_TOKEN), ...headers };
  return s.ask('POST', '/api/v1/score', all, typeof body === 'string' ? body : JSON.stringify(body));
}

describe('what scripts may ask', () => {
  it('is said by an OpenAPI document, with the columns of the model', async () => {
    const { status, body } = await s.ask('GET', '/api/v1/openapi.json');
    expect(status).toBe(200);
    const document = JSON.parse(body) as { openapi: string; paths: Record<string, unknown> };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(['/score', '/incidents', '/health']);
    expect(body).toContain('"conn_state"');
    expect(body).toContain('"name":"severities","in":"query"');
    expect(body).not.toContain(API_TOKEN);
  });

  it('health says the version and the model', async () => {
    const answered = await s.ask('GET', '/api/v1/health', bearer(API_TOKEN));
    expect(answered.status).toBe(200);
    expect(parsed(answered)).toMatchObject({
      schema: 'sonde.health/1',
      status: 'ok',
      model: { name: 'made-up.model', detector: 'random-forest' },
    });
  });

  it('scores records in the order given, each in less than a tenth of a second', async () => {
    await post({ records: [RECORD] });
    const from = performance.now();
    const answered = await post({ records: [RECORD, { proto: 'icmp', conn_state: 'REJ', duration: null }] });
    expect((performance.now() - from) / 2).toBeLessThan(100);
    expect(answered.status).toBe(200);
    expect(parsed(answered)).toMatchObject({
      schema: 'sonde.record-scores/1',
      model: { sha256: recordModel.sha256 },
      results: [
        { verdict: 'anomalous', unknown: ['orig_bytes', 'duration'], impossible: [] },
        { impossible: [{ message: 'ICMP has no flags: conn_state REJ belongs to TCP' }] },
      ],
    });
  });

  it('lists incidents as the desk does', async () => {
    const answered = await s.ask('GET', '/api/v1/incidents?severities=warning,critical&limit=5', bearer(API_TOKEN));
    expect(answered.status).toBe(200);
    expect(parsed(answered)).toEqual({ rows: [], total: 0, ofSample: 0, next: null });
    const wrong = await s.ask('GET', '/api/v1/incidents?severities=dire', bearer(API_TOKEN));
    expect(wrong.status).toBe(400);
    expect((await s.ask('GET', '/api/v1/incidents?what=x', bearer(API_TOKEN))).status).toBe(400);
  });

  it.each([
    ['no JSON', 'records'],
    ['nothing', { records: [] }],
    ['too many', { records: Array.from({ length: 33 }, () => RECORD) }],
    ['more than is asked for', { records: [RECORD], model: '/etc/passwd' }],
    ['a value that is none', { records: [RECORD, { orig_pkts: 'many' }] }],
    ['a list for a value', { records: [{ proto: ['tcp'] }] }],
    ['nothing known', { records: [{ colour: 'red' }] }],
    ['too long', { records: [{ proto: 'x'.repeat(300_000) }] }],
  ])('refuses a body with %s', async (_, body) => {
    const answered = await post(body);
    expect(answered.status).toBe(400);
    expect(parsed(answered)['code']).toBe('bad-request');
  });

  it('says which record is wrong', async () => {
    const { body } = await post({ records: [RECORD, { orig_pkts: 'many' }] });
    expect(body).toContain('records[1]: orig_pkts: is not a number');
  });

  it('is not found under other names and methods', async () => {
    for (const [method, path] of [
      ['GET', '/api'],
      ['GET', '/api/v2/health'],
      ['GET', '/api/v1/score'],
      ['DELETE', '/api/v1/incidents'],
      ['OPTIONS', '/api/v1/score'],
    ] as const) {
      expect([path, (await s.ask(method, path, bearer(API_TOKEN))).status]).toEqual([path, 404]);
    }
  });
});

describe('who may ask', () => {
  it('nobody without a token, nor with a cookie alone', async () => {
    const cookie = await s.cookie();
    for (const path of ['/api/v1/health', '/api/v1/incidents']) {
      expect((await s.ask('GET', path)).status).toBe(401);
      expect((await s.ask('GET', path, { cookie })).status).toBe(401);
      expect((await s.ask('GET', path, { authorization: `Basic ${API_TOKEN}` })).status).toBe(401);
    }
    expect((await post({ records: [RECORD] }, { authorization: '' })).status).toBe(401);
  });

  it('who has the token of the printed address', async () => {
    expect((await s.ask('GET', '/api/v1/health', bearer(s.token))).status).toBe(200);
  });

  it('no page of a browser, ours or another, even with the token', async () => {
    for (const origin of [s.origin, 'http://evil.example', 'null']) {
      expect((await post({ records: [RECORD] }, { origin })).status).toBe(403);
    }
    const headers = { ...bearer(API_TOKEN), 'sec-fetch-site': 'cross-site' };
    expect((await s.ask('GET', '/api/v1/incidents', headers)).status).toBe(403);
    const form = await post('records=1', { 'content-type': 'text/plain' });
    expect(form.status).toBe(400);
  });

  it('nobody under a name that is not this server’s', async () => {
    const headers = { ...bearer(API_TOKEN), host: `evil.example:${s.server.port}` };
    expect((await s.ask('GET', '/api/v1/health', headers)).status).toBe(403);
  });

  it('who guesses has to wait; who knows has not', async () => {
    const own = await Served.start({ apiToken: API_TOKEN });
    try {
      const statuses: number[] = [];
      for (let i = 0; i < 8; i++) statuses.push((await own.ask('GET', '/api/v1/health', bearer(`wrong${i}`))).status);
      expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
      expect(statuses.at(-1)).toBe(429);
      expect((await own.ask('GET', '/api/v1/health', bearer(API_TOKEN))).status).toBe(200);
    } finally {
      await own.stop();
    }
  });
});

describe('without a model of records', () => {
  it('flows are scored by the model that ships with Sonde', async () => {
    const own = await Served.start({ apiToken: API_TOKEN });
    try {
      const said = bearer(API_TOKEN);
      const asked = async (record: object): Promise<{ status: number; body: string }> =>
        own.ask('POST', '/api/v1/score', { ...said, 'content-type': 'application/json' }, JSON.stringify({ records: [record] })); // prettier-ignore
      const scored = await asked({ protocol: 'tcp', conn_state: 'S0', orig_packets: 1, orig_bytes: 0 });
      expect(scored.status).toBe(200);
      const { model, results } = JSON.parse(scored.body) as {
        model: object;
        results: { score: number; verdict: string; nearest: unknown[] }[];
      };
      expect(model).toMatchObject({ name: 'base', format: 'sonde-features', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }); // prettier-ignore
      expect(results[0]!.nearest).toHaveLength(5);
      expect(results[0]!.score).toBeGreaterThan(0);
      const bad = await asked({ orig_packets: 'many' });
      expect([bad.status, bad.body]).toEqual([400, expect.stringContaining('records[0]')]);
      const health = await own.ask('GET', '/api/v1/health', said);
      expect((JSON.parse(health.body) as { model: object }).model).toEqual(model);
      const document = JSON.parse((await own.ask('GET', '/api/v1/openapi.json', {})).body) as object;
      expect(JSON.stringify(document)).toContain('"conn_state"');
    } finally {
      await own.stop();
    }
  });
});

describe('the file of a token', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-api-token-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is made for its owner alone where it is missing, and is the same at the next start', () => {
    const path = join(folder, 'made');
    const token = readApiToken(path);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(readApiToken(path)).toBe(token);
    expect(readFileSync(path, 'utf8')).toBe(`${token}\n`);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is refused when it is no token, or others may read it', () => {
    const path = join(folder, 'short');
    writeFileSync(path, 'short', { mode: 0o600 });
    expect(() => readApiToken(path)).toThrow('holds no token');
    const open = join(folder, 'open');
    writeFileSync(open, API_TOKEN);
    chmodSync(open, 0o644);
    if (process.platform !== 'win32') expect(() => readApiToken(open)).toThrow('others may read it');
    expect(() => readApiToken(join(folder, 'no', 'folder'))).toThrow('the token cannot be written');
  });
});

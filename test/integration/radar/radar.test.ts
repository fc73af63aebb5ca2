import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Radar, RADAR_SERVER, serverFault, type RadarOptions } from '../../../src-main/keep/radar/radar.ts';
import { radarLine } from '../../../src-shared/domain/radar.ts';
import { radarDouble, TOKEN, type Double } from './double.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 22, 12);
const EXPECTED = [
  '/client/v4/radar/attacks/layer7/top/ases/origin?limit=10&dateRange=7d&format=JSON',
  '/client/v4/radar/attacks/layer7/top/locations/origin?limit=10&dateRange=7d&format=JSON',
  '/client/v4/radar/attacks/layer3/top/locations/origin?limit=10&dateRange=7d&format=JSON',
  '/client/v4/radar/attacks/layer3/summary/vector?dateRange=7d&format=JSON',
  '/client/v4/radar/attacks/layer7/summary/mitigation_product?dateRange=7d&format=JSON',
];

let double: Double;
let folder: string;
let now = START;
const open: Radar[] = [];

beforeEach(async () => {
  double = await radarDouble();
  folder = mkdtempSync(join(tmpdir(), 'sonde-radar-'));
  now = START;
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((radar) => radar.close()));
  await double.close();
  rmSync(folder, { recursive: true, force: true });
});

const file = (): string => join(folder, 'kept', 'radar.json');
function radar(options: Partial<RadarOptions> = {}): Radar {
  const made = new Radar({ server: double.server, token: () => Promise.resolve(TOKEN), file: file(), now: () => now, ...options }); // prettier-ignore
  open.push(made);
  return made;
}

describe('what is asked', () => {
  it('are five fixed requests with the token, and nothing else', async () => {
    const outcome = await radar().fetch();
    expect(outcome).toEqual({ at: START, ok: true, words: '200: 10 networks, 3 countries' });
    expect(double.asked.map(({ method, url }) => `${method} ${url}`)).toEqual(EXPECTED.map((url) => `GET ${url}`));
    for (const { headers, body } of double.asked) {
      expect(body).toBe('');
      expect(Object.keys(headers).sort()).toEqual(['accept', 'authorization', 'connection', 'host', 'user-agent']);
      expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
      expect(headers['user-agent']).toBe('Sonde');
    }
  });

  it('is nothing without a token', async () => {
    expect(await radar({ token: () => Promise.resolve(null) }).fetch()).toMatchObject({
      ok: false,
      words: 'no token is set',
    });
    expect(double.asked).toEqual([]);
  });

  it('goes in the clear to this machine only', () => {
    expect(serverFault(RADAR_SERVER)).toBeNull();
    expect(serverFault(double.server)).toBeNull();
    expect(serverFault('http://192.0.2.1/v4')).toContain('https://');
    expect(serverFault('ftp://example.com')).not.toBeNull();
    expect(serverFault('https://a:b@example.com')).not.toBeNull();
    expect(serverFault('https://example.com/?q=1')).not.toBeNull();
  });
});

describe('what is answered', () => {
  it('is kept, also for the next run, readable by its user alone', async () => {
    await radar().fetch();
    const again = radar();
    expect(again.snapshot).toMatchObject({
      fetched: START,
      from: '2026-11-15T00:00:00Z',
      to: '2026-11-22T00:00:00Z',
      floodVectors: [{ name: 'DNS Flood', share: 58.5 }, { name: 'SYN Flood', share: 41.5 }], // prettier-ignore
    });
    expect(again.snapshot?.networks[0]).toEqual({ asn: 64_500, name: 'EXAMPLE-NET', share: 12.5 });
    expect(readFileSync(file(), 'utf8')).not.toContain(TOKEN);
    if (process.platform !== 'win32') expect(statSync(file()).mode & 0o077).toBe(0);
  });

  it('says of a network that it is among the first ones, with its date', async () => {
    const one = radar();
    await one.fetch();
    expect(radarLine({ asn: 64_500 }, one.snapshot)).toBe(
      'AS64500 is among the ten networks most attack traffic on web servers came from in the 7 days until 2026-11-22 (Cloudflare Radar, fetched 2026-11-22).',
    );
    expect(radarLine({ asn: 64_999 }, one.snapshot)).toBe('');
    expect(radarLine({}, one.snapshot)).toBe('');
    expect(radarLine({ asn: 64_500 }, null)).toBe('');
  });

  it('is fetched anew after a day, not before', async () => {
    const one = radar();
    await one.keepFresh();
    expect(double.asked).toHaveLength(5);
    now += 23 * HOUR;
    await one.keepFresh();
    await radar().keepFresh();
    expect(double.asked).toHaveLength(5);
    now += 2 * HOUR;
    await one.keepFresh();
    expect(double.asked).toHaveLength(10);
  });

  it('is thrown away when it is forgotten', async () => {
    const one = radar();
    await one.fetch();
    one.forget();
    expect([one.snapshot, one.outcome, existsSync(file())]).toEqual([null, null, false]);
  });

  it('that was damaged on disk is fetched anew', async () => {
    await radar().fetch();
    for (const text of ['', '{', '{"fetched":1e99}', '[]', '"x"']) {
      writeFileSync(file(), text);
      expect(radar().snapshot).toBeNull();
    }
    const one = radar();
    await one.keepFresh();
    expect(one.snapshot).not.toBeNull();
  });
});

describe('what goes wrong', () => {
  it('is told in the words of the server, without the token', async () => {
    const wrong = `${TOKEN}x`;
    const one = radar({ token: () => Promise.resolve(wrong) });
    double.answer = ({ headers }, answer) => {
      answer.writeHead(403, { 'Content-Type': 'application/json' });
      answer.end(
        JSON.stringify({ success: false, errors: [{ code: 10_000, message: `no: ${headers.authorization}` }] }),
      );
    };
    const { ok, words } = await one.fetch();
    expect(ok).toBe(false);
    expect(words).toContain('403');
    expect(words).not.toContain(wrong);
    expect(one.snapshot).toBeNull();
    // The other requests would fail alike.
    expect(double.asked).toHaveLength(1);
  });

  it('leaves what was fetched before', async () => {
    const one = radar();
    await one.fetch();
    now += 30 * HOUR;
    double.answer = (_asked, answer) => answer.writeHead(500).end();
    await one.keepFresh();
    expect(one.outcome?.ok).toBe(false);
    expect(one.snapshot?.fetched).toBe(START);
  });

  it('is not tried again for half an hour, or as long as the server asks', async () => {
    double.answer = (_asked, answer) => answer.writeHead(429, { 'Retry-After': '7200' }).end();
    const one = radar();
    await one.keepFresh();
    now += HOUR;
    await one.keepFresh();
    expect(double.asked).toHaveLength(1);
    await expect(one.fetch()).rejects.toMatchObject({ code: 'too-many' });
    now += 1.1 * HOUR;
    await one.keepFresh();
    expect(double.asked).toHaveLength(2);
    double.answer = (_asked, answer) => answer.writeHead(500).end();
    now += 2.1 * HOUR;
    await one.keepFresh();
    now += HOUR / 3;
    await one.keepFresh();
    expect(double.asked).toHaveLength(3);
  });

  it('is tried again after a clock that was wrong is set back', async () => {
    double.answer = (_asked, answer) => answer.writeHead(429, { 'Retry-After': '7200' }).end();
    now = START + 365 * 24 * HOUR;
    const one = radar();
    await one.keepFresh();
    now = START;
    await one.keepFresh();
    expect(double.asked).toHaveLength(2);
    // The pause is kept, also where a clock is set right by a little.
    now -= 30_000;
    await one.keepFresh();
    now += HOUR;
    await one.keepFresh();
    expect(double.asked).toHaveLength(2);
    now += 1.1 * HOUR;
    await one.keepFresh();
    expect(double.asked).toHaveLength(3);
    now -= HOUR;
    expect(await one.fetch()).toMatchObject({ ok: false, at: now });
  });

  it('is not tried by hand within ten seconds', async () => {
    const one = radar();
    await one.fetch();
    now += 9000;
    await expect(one.fetch()).rejects.toMatchObject({ code: 'too-many' });
    now += 1001;
    expect((await one.fetch()).ok).toBe(true);
  });

  it.each([
    ['no JSON', 'hello'],
    ['another form', '{"success":true,"result":{"top_0":[{"originAsn":"x"}]}}'],
    ['success false', '{"success":false,"errors":[]}'],
    [
      'a share beyond 100',
      '{"success":true,"result":{"top_0":[{"originAsn":"1","originAsnName":"a","value":"1000"}]}}',
    ],
    ['more than it can be', `{"success":true,"result":"${'x'.repeat(100_000)}"}`],
  ])('is said where the answer is %s', async (_what, text) => {
    double.answer = (_asked, answer) => answer.writeHead(200).end(text);
    expect(await radar().fetch()).toMatchObject({ ok: false, words: expect.stringContaining('not Radar') });
  });

  it('names of networks are bounded, one line', async () => {
    double.answer = (asked, answer) => {
      const name = `Net\u0007\n${'x'.repeat(500)}`;
      const top = { success: true, result: { top_0: [{ originAsn: 7, originAsnName: name, value: 3 }] } };
      const other = asked.url.includes('summary') ? { summary_0: {} } : { top_0: [] };
      answer.end(JSON.stringify(asked.url.includes('ases') ? top : { success: true, result: other }));
    };
    const one = radar();
    await one.fetch();
    expect(one.snapshot?.networks[0]?.name).toBe(`Net ${'x'.repeat(76)}`);
  });

  it('is said where no answer comes in time', async () => {
    double.answer = () => undefined;
    expect(await radar({ answerMs: 50 }).fetch()).toMatchObject({
      ok: false,
      words: expect.stringContaining('in time'),
    });
  });

  it('ends with the program, though the server never answers', async () => {
    double.answer = () => undefined;
    const one = radar();
    const asked = one.fetch();
    await expect.poll(() => double.asked.length).toBe(1);
    await one.close();
    expect((await asked).ok).toBe(false);
  });
});

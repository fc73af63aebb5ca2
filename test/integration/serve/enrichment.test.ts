import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemorySecrets } from '../../../src-main/keep/alerts/secrets.ts';
import { asRecord, cityRecord, mmdb } from '../../unit/enrich/mmdb-writer.ts';
import { capture, knock } from '../../unit/signatures/intel/traffic.ts';
import { radarDouble, TOKEN, type Double } from '../radar/double.ts';
import { followed, testDesk, type Testing } from './desk-client.ts';

const SLOW = 60_000;
const BAD = '203.0.113.9';
let folder = '';
let t: Testing;

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
const city = (name: string): string =>
  file(
    name,
    mmdb({ type: 'GeoLite2-City', records: { '203.0.113.0/24': cityRecord('NL', 'Netherlands', 'Utrecht') } }),
  );
const networks = (name: string): string =>
  file(name, mmdb({ type: 'GeoLite2-ASN', records: { '203.0.113.0/24': asRecord(64_500, 'Example') } }));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-enrichment-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  t = await testDesk({ secrets: new MemorySecrets() });
});
afterEach(() => t.desk.close());

describe('databases of places', () => {
  it('are named by administrators, by whole paths, and have to be such', async () => {
    const geo = [city('c.mmdb'), networks('n.mmdb')];
    await expect(t.as({ role: 'analyst' }).settings.set({ geo })).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(t.client.settings.set({ geo: ['c.mmdb'] })).rejects.toMatchObject({ code: 'bad-request' });
    const wrong = file('w.mmdb', Buffer.from('nothing'));
    await expect(t.client.settings.set({ geo: [wrong] })).rejects.toMatchObject({ code: 'unknown-format' });
    await t.client.settings.set({ geo });
    const { databases } = await t.client.enrichment.databases({});
    expect(databases).toMatchObject([
      { file: geo[0], type: 'GeoLite2-City', countries: true, networks: false, fault: '' },
      { file: geo[1], type: 'GeoLite2-ASN', countries: false, networks: true, fault: '' },
    ]);
    // What others set leaves them; what is not there any more is said.
    await t.as({ role: 'analyst' }).settings.set({ geo, theme: 'dark' });
    rmSync(geo[1]!);
    expect((await t.client.enrichment.databases({})).databases[1]?.fault).toContain('no such file');
    expect((await t.client.enrichment.of({ addresses: [BAD] })).places).toMatchObject([{ country: 'NL' }]);
  });

  it(
    'tell of hosts, and stand in the words of incidents that are imported from then on',
    async () => {
      await t.client.settings.set({ geo: [city('c.mmdb'), networks('n.mmdb')] });
      const { places } = await t.client.enrichment.of({ addresses: [BAD, '10.0.0.5', 'no address'] });
      expect(places).toEqual([
        { address: BAD, country: 'NL', countryName: 'Netherlands', city: 'Utrecht', asn: 64_500, asName: 'Example', radar: '' }, // prettier-ignore
      ]);
      const scan = Array.from({ length: 400 }, (_, i) => knock(BAD, '10.0.0.5', 1000 + i)).flat();
      const path = file('scan.pcap', capture(scan));
      const { job } = await t.client.captures.import({ sources: [{ kind: 'path', path }] });
      const ended = (await followed(t.client, job)).at(-1);
      const { rows } = await t.client.incidents.list({ capture: ended!.capture! });
      expect(rows.map(({ title }) => title).join()).toContain('203.0.113.9 (AS64500 Example, NL)');
      // Flows: of the end that is not ours, whichever began.
      const page = () => t.client.flows.page({ capture: ended!.capture!, limit: 2 });
      expect((await page()).rows[1]?.place).toMatchObject({ address: BAD, country: 'NL', asn: 64_500 });
      // Files of flows: both ends, behind the other columns.
      const exported = async (format: 'csv' | 'ndjson'): Promise<string[]> => {
        const made = await t.client.exports.flows({ capture: ended!.capture!, format });
        return readFileSync(t.desk.downloads.get(made.download).path, 'utf8').trimEnd().split('\n');
      };
      const csv = await exported('csv');
      expect(csv[0]).toMatch(/,anomalous,orig_cc,orig_asn,orig_as_org,resp_cc,resp_asn,resp_as_org$/);
      expect(csv[1]).toMatch(/,NL,64500,Example,-,-,-$/);
      expect(JSON.parse((await exported('ndjson'))[0]!)).toMatchObject({ orig_cc: 'NL', orig_asn: 64_500, resp_cc: null }); // prettier-ignore
      await t.client.settings.set({ networks: ['10.0.0.0/8', '203.0.113.0/24'] });
      expect((await page()).rows[1]?.place).toBeUndefined();
      await t.client.settings.set({ networks: [], geo: [] });
      expect((await page()).rows[1]?.place).toBeUndefined();
      expect((await exported('csv'))[0]).toMatch(/,anomalous$/);
    },
    SLOW,
  );
});

describe('Cloudflare Radar', () => {
  let double: Double;
  beforeEach(async () => {
    double = await radarDouble();
  });
  afterEach(() => double.close());

  it('is off, asks nothing, and belongs to administrators', async () => {
    expect(await t.client.enrichment.radar({})).toEqual({
      enabled: false,
      server: 'https://api.cloudflare.com/client/v4',
      hasToken: false,
      last: null,
      snapshot: null,
    });
    await t.client.enrichment.setRadar({ server: double.server, token: TOKEN });
    await expect(t.client.enrichment.testRadar({})).rejects.toMatchObject({ code: 'bad-request' });
    const analyst = t.as({ role: 'analyst' });
    await expect(analyst.enrichment.setRadar({ enabled: true })).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(analyst.enrichment.testRadar({})).rejects.toMatchObject({ code: 'not-allowed' });
    expect(double.asked).toEqual([]);
  });

  it('says of a host that its network is among the first, and never asks about it', async () => {
    await t.client.settings.set({ geo: [city('c.mmdb'), networks('n.mmdb')] });
    await t.client.enrichment.setRadar({ enabled: true, server: double.server, token: TOKEN });
    await expect.poll(async () => (await t.client.enrichment.radar({})).snapshot).not.toBeNull();
    const asked = double.asked.length;
    const { places } = await t.client.enrichment.of({ addresses: [BAD] });
    expect(places[0]?.radar).toContain('AS64500 is among the ten networks');
    expect(asked).toBe(5);
    expect(double.asked).toHaveLength(asked);
    // No address, name or network of what was seen is in any request.
    for (const { url, headers, body } of double.asked) {
      const text = `${url} ${JSON.stringify({ ...headers, host: '' })} ${body}`;
      for (const secret of [BAD, '203.0.113', '64500', 'Example']) expect(text).not.toContain(secret);
    }
  });

  it('never tells its token, and forgets it with the server', async () => {
    const state = await t.client.enrichment.setRadar({ enabled: true, server: double.server, token: TOKEN });
    expect(JSON.stringify(state)).not.toContain(TOKEN);
    const { rows } = await t.client.audit.list({});
    expect(JSON.stringify(rows)).not.toContain(TOKEN);
    expect(JSON.stringify(rows)).toContain('token set');
    const other = await radarDouble();
    expect(await t.client.enrichment.setRadar({ server: other.server })).toMatchObject({ hasToken: false });
    expect(await t.client.enrichment.testRadar({})).toMatchObject({ last: { ok: false, words: 'no token is set' } });
    expect(other.asked).toEqual([]);
    await other.close();
    await expect(t.client.enrichment.setRadar({ server: 'http://192.0.2.1' })).rejects.toMatchObject({ code: 'bad-request' }); // prettier-ignore
  });

  it('tells the answer of a test; switched off, it leaves nothing behind', async () => {
    const database = join(folder, 'desk.db');
    const kept = await testDesk({ secrets: new MemorySecrets(), database });
    try {
      await kept.client.enrichment.setRadar({ enabled: true, server: double.server });
      await kept.client.enrichment.setRadar({ token: `${TOKEN}x` });
      await expect.poll(async () => (await kept.client.enrichment.radar({})).last?.ok).toBe(false);
      const { last } = await kept.client.enrichment.radar({});
      expect(last?.words).toContain('Authentication error');
      expect(last?.words).not.toContain(TOKEN);
      await kept.client.enrichment.setRadar({ enabled: false });
      await kept.client.enrichment.setRadar({ enabled: true, token: TOKEN });
      await expect.poll(() => existsSync(`${database}.radar.json`)).toBe(true);
      expect(readFileSync(`${database}.radar.json`, 'utf8')).not.toContain(TOKEN);
      await kept.client.enrichment.setRadar({ enabled: false });
      expect(existsSync(`${database}.radar.json`)).toBe(false);
      expect(await kept.client.enrichment.radar({})).toMatchObject({ enabled: false, snapshot: null, hasToken: true });
    } finally {
      await kept.desk.close();
    }
  });
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { asRecord, cityRecord, mmdb } from '../../unit/enrich/mmdb-writer.ts';
import { capture, connection } from '../../unit/signatures/intel/traffic.ts';
import { radarDouble, TOKEN } from '../radar/double.ts';
import { sonde, type Ran } from './run.ts';

const SLOW = 120_000;
const ROOT = join(import.meta.dirname, '..', '..', '..');
const US = '10.0.0.5';
const BAD = '203.0.113.9';
const folder = mkdtempSync(join(tmpdir(), 'sonde-geo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const PCAP = file('contact.pcap', capture(connection(US, BAD, 447), connection(US, '10.0.0.9', 80)));
// Five seconds before the contact comes.
const SLOWLY = file(
  'slowly.pcap',
  capture(...Array.from({ length: 60 }, () => connection(US, '10.0.0.9', 80)), connection(US, BAD, 447)),
);
const LIST = file('list.txt', `# sonde: threat command\n${BAD}\n`);
const CITY = file(
  'city.mmdb',
  mmdb({
    type: 'DBIP-City-Lite',
    records: {
      '203.0.113.0/24': cityRecord('NL', 'Netherlands', 'Utrecht'),
      '10.0.0.0/8': cityRecord('DE', 'Ours', ''),
    },
  }),
);
const AS = file('as.mmdb', mmdb({ type: 'GeoLite2-ASN', records: { '203.0.113.0/24': asRecord(64_500, 'Example') } }));
const PLACE = { country: 'NL', countryName: 'Netherlands', city: 'Utrecht', asn: 64_500, asName: 'Example' };
const ARGS = ['--no-models', '--intel', LIST, '--geo', CITY, '--geo', AS];

function validator(name: string) {
  const text = readFileSync(join(ROOT, `resources/schemas/${name}`), 'utf8');
  return new Ajv({ allErrors: true, allowUnionTypes: true }).compile(JSON.parse(text) as object);
}

describe('triage --geo', () => {
  it(
    'tells country and AS of hosts outside, in incidents and their words',
    async () => {
      const { stdout, code } = await sonde(['triage', PCAP, '--json', ...ARGS]);
      expect(code).toBe(0);
      const report = JSON.parse(stdout) as TriageReport;
      const validate = validator('sonde.triage-1.schema.json');
      validate(report);
      expect(validate.errors).toBeNull();
      expect(report.incidents[0]?.title).toBe(
        '10.0.0.5 contacted 203.0.113.9 (AS64500 Example, NL), which list.txt lists as a command server',
      );
      expect(report.incidents[0]?.places).toEqual([{ address: BAD, ...PLACE }]);
      expect(report.hosts.map(({ address, place }) => [address, place])).toEqual(
        expect.arrayContaining([
          [BAD, PLACE],
          [US, undefined],
          ['10.0.0.9', undefined],
        ]),
      );
      expect(report.geo).toEqual([
        { file: CITY, type: 'DBIP-City-Lite', built: '2026-05-28T20:26:40.000Z', countries: true, networks: false },
        { file: AS, type: 'GeoLite2-ASN', built: '2026-05-28T20:26:40.000Z', countries: false, networks: true },
      ]);
      const without = await sonde(['triage', PCAP, '--json', '--no-models', '--intel', LIST]);
      const plain = JSON.parse(without.stdout) as TriageReport;
      expect(plain.geo).toBeUndefined();
      expect(plain.incidents[0]?.uid).toBe(report.incidents[0]?.uid);
    },
    SLOW,
  );

  it(
    'tells people, and formats that know of places',
    async () => {
      const ecs = join(folder, 'out.ecs.ndjson');
      const ocsf = join(folder, 'out.ocsf.ndjson');
      const { stdout } = await sonde(['triage', PCAP, ...ARGS, '--incidents', ecs]);
      expect(stdout).toContain(`${AS}: GeoLite2-ASN, of 2026-05-28.\n`);
      expect(stdout).toContain('203.0.113.9 (AS64500 Example, NL): risk');
      const event = JSON.parse(readFileSync(ecs, 'utf8').split('\n')[0]!) as Record<string, unknown>;
      expect(event.destination).toMatchObject({
        geo: { country_iso_code: 'NL', country_name: 'Netherlands', city_name: 'Utrecht' },
        as: { number: 64_500, organization: { name: 'Example' } },
      });
      expect(event.source).not.toHaveProperty('geo');
      await sonde(['triage', PCAP, ...ARGS, '--incidents', ocsf]);
      const found = JSON.parse(readFileSync(ocsf, 'utf8').split('\n')[0]!) as { evidences: unknown[] };
      expect(found.evidences[0]).toMatchObject({
        dst_endpoint: { ip: BAD, location: { country: 'NL', city: 'Utrecht' }, autonomous_system: { number: 64_500, name: 'Example' } }, // prettier-ignore
      });
    },
    SLOW,
  );

  it(
    'is told of every flow too: behind the other columns, and only where databases are named',
    async () => {
      const [csv, json, plain] = ['flows.csv', 'flows.ndjson', 'plain.csv'].map((name) => join(folder, name));
      await sonde(['triage', PCAP, ...ARGS, '--flows', csv!]);
      const lines = readFileSync(csv!, 'utf8').trimEnd().split('\n');
      const places = 'orig_cc,orig_asn,orig_as_org,resp_cc,resp_asn,resp_as_org';
      expect(lines[0]).toMatch(new RegExp(`,incidents,${places}$`));
      const line = (address: string) => lines.find((one) => one.includes(`,${address},`));
      expect(line(BAD)).toMatch(/,-,-,-,NL,64500,Example$/);
      expect(line('10.0.0.9')).toMatch(/,-,-,-,-,-,-$/);
      expect(new Set(lines.map((one) => one.split(',').length)).size).toBe(1);
      await sonde(['triage', PCAP, ...ARGS, '--flows', json!]);
      const validate = validator('sonde.flow-1.schema.json');
      const flows = readFileSync(json!, 'utf8').trimEnd().split('\n').map((one) => JSON.parse(one) as Record<string, unknown>); // prettier-ignore
      for (const flow of flows) expect([validate(flow), validate.errors]).toEqual([true, null]);
      expect(flows.find((flow) => flow['id.resp_h'] === BAD)).toMatchObject({
        orig_cc: null,
        orig_asn: null,
        resp_cc: 'NL',
        resp_asn: 64_500,
        resp_as_org: 'Example',
        facts: {}, // prettier-ignore
      });
      await sonde(['triage', PCAP, '--no-models', '--flows', plain!]);
      const without = readFileSync(plain!, 'utf8').split('\n');
      expect(`${without[0]},${places}`).toBe(lines[0]);
      const again = join(folder, 'watched.csv');
      await sonde(['watch', '--replay', PCAP, '--speed', 'max', '--no-models', '--geo', CITY, '--flows', again]);
      expect(readFileSync(again, 'utf8')).toMatch(/,-,-,-,NL,-,-\n/);
    },
    SLOW,
  );

  it(
    'refuses what is no such database, before anything is read, and does not write over one',
    async () => {
      for (const [bytes, word] of [
        [Buffer.from('nothing'), 'no MMDB file'],
        [readFileSync(CITY).subarray(0, 400), 'no MMDB file'],
        [mmdb({ type: 'GeoIP2-Domain', records: {} }), 'another kind'],
      ] as const) {
        const ran = await sonde(['triage', PCAP, '--no-models', '--geo', file('wrong.mmdb', bytes)]);
        expect([ran.code, ran.stdout]).toEqual([3, '']);
        expect(ran.stderr).toContain(word);
      }
      expect((await sonde(['triage', PCAP, '--no-models', '--geo', join(folder, 'none')])).code).toBe(3);
      expect((await sonde(['triage', PCAP, '--no-models', '--geo', AS, '--flows', AS])).code).toBe(2);
    },
    SLOW,
  );
});

describe('watch --geo', () => {
  it(
    'tells of places as it goes on; the settings may name the databases',
    async () => {
      const settings = file('settings.json', JSON.stringify({ schema: 'sonde.settings/1', geo: [CITY, AS] }));
      const run = async (...args: readonly string[]) => {
        const { stdout } = await sonde(['watch', '--replay', PCAP, '--speed', 'max', '--json', '--no-models', '--intel', LIST, ...args]); // prettier-ignore
        const events = stdout.trim().split('\n').map((line) => JSON.parse(line) as { event: string; title?: string }); // prettier-ignore
        const validate = validator('sonde.watch-1.schema.json');
        for (const event of events) expect([validate(event), validate.errors]).toEqual([true, null]);
        return events.filter(({ event }) => event === 'incident');
      };
      for (const events of [await run('--geo', CITY, '--geo', AS), await run('--settings', settings)]) {
        expect(events[0]?.title).toContain('203.0.113.9 (AS64500 Example, NL)');
        expect(events[0]).toMatchObject({ places: [{ address: BAD, ...PLACE }] });
      }
    },
    SLOW,
  );
});

/** The command with these variables; tests of a file run one after the other. */
async function within(env: Readonly<Record<string, string>>, args: readonly string[]): Promise<Ran> {
  const before = new Map(Object.keys(env).map((name) => [name, process.env[name]]));
  Object.assign(process.env, env);
  try {
    return await sonde(args);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

describe('Cloudflare Radar in the settings of watch', () => {
  it(
    'adds a line where a network is among the first; its token stays secret',
    async () => {
      const double = await radarDouble();
      const data = join(folder, 'data');
      mkdirSync(data);
      const radar = { enabled: true, server: double.server, token: { env: 'RADAR_TOKEN_OF_TEST' } };
      const document = (change: object): string =>
        JSON.stringify({ schema: 'sonde.settings/1', geo: [AS], radar: { ...radar, ...change } });
      const settings = file('radar.json', document({}));
      const env = { XDG_DATA_HOME: data, RADAR_TOKEN_OF_TEST: TOKEN };
      // At its own speed: fetching is not waited for.
      const args = ['watch', '--replay', SLOWLY, '--no-models', '--json', '--intel', LIST, '--settings'];
      const { stdout, stderr, code } = await within(env, [...args, settings]);
      expect([code, stderr]).toEqual([0, expect.not.stringContaining(TOKEN)]);
      expect(stdout).toContain('AS64500 is among the ten networks most attack traffic');
      expect(stdout).not.toContain(TOKEN);
      expect(double.asked).toHaveLength(5);
      for (const { url, body } of double.asked) expect(`${url} ${body}`).not.toMatch(/203\.0|64500/);
      // What was fetched is kept, for the next run and its like.
      await within(env, [...args, settings, '--speed', 'max']);
      expect(double.asked).toHaveLength(5);
      const off = file('off.json', document({ enabled: false }));
      expect((await within(env, [...args, off, '--speed', 'max'])).stdout).not.toContain('Radar');
      const plain = file('plain.json', document({ token: TOKEN }));
      const refused = await within(env, [...args, plain, '--speed', 'max']);
      expect([refused.code, refused.stdout]).toEqual([2, '']);
      expect(refused.stderr).not.toContain(TOKEN);
      const unset = await within({ XDG_DATA_HOME: data }, [...args, settings, '--speed', 'max']);
      expect(unset.code).toBe(2);
      expect(unset.stderr).toContain('RADAR_TOKEN_OF_TEST is not set');
      await double.close();
    },
    SLOW,
  );
});

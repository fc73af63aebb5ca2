/** Reports that are given away: nothing of who and what is left in them. `SONDE_LEAKS=all` looks at every capture. */
import { existsSync, linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY_BYTES } from '../../../src-main/keep/exports/anonymise/crypto-pan.ts';
import { anonymisedReport } from '../../../src-main/keep/exports/anonymise/report.ts';
import type { Anonymiser } from '../../../src-main/keep/exports/anonymise/words.ts';
import { INCIDENT_FORMATS } from '../../../src-main/keep/exports/incidents/registry.ts';
import { reportDocument } from '../../../src-main/keep/exports/report/build.ts';
import { reportHtml } from '../../../src-main/keep/exports/report/html.ts';
import { InputError } from '../../../src-main/meter/packets/errors.ts';
import { openAnonymiser } from '../../../src-main/run/anonymiser.ts';
import { writeIncidents } from '../../../src-main/run/cli/incidents-file.ts';
import { ReportNames } from '../../../src-main/run/cli/host-names.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { triage } from '../../../src-main/run/pipeline/triage.ts';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { needs } from '../../setup/skip.ts';
import { readPaths, type Row } from '../../unit/packets/helpers.ts';
import { BERLIN, fillTwoWeeks, opened } from '../../unit/reports/history.ts';
import { schemaFaults } from '../serve/desk-client.ts';
import { calmFile, scanFile } from './captures.ts';
import { sonde } from './run.ts';

const SLOW = 120_000;
const DATA = join(import.meta.dirname, '../../../../shared/data/pcaps');
const KEY = new Uint8Array(KEY_BYTES).map((_, i) => 255 - i * 3);
const IS_WHOLE = process.env['SONDE_LEAKS'] === 'all';
const LARGEST = 2_000_000;
/** Names of hosts and accounts, web attacks, certificates, tunnels, logins in the clear, Windows. */
const CHOSEN = [
  'attack/chrissanders_dvwa_sqli.pcapng',
  'attack/ndpi_dns2tcp_tunnel.pcap',
  'attack/zeek_ftp_bruteforce.pcap',
  'mixed/ndpi_trickbot.pcap',
  'mixed/chrissanders_arppoison.pcapng',
  'mixed/pcapattack_CA_kerbrute_passwordspray_kerberos_AS-REQ.pcapng',
  'mixed/pcapattack_LM_smbexec_smb_dcerpc_svcctl_epm.pcapng',
  'benign/zeek_workshop_2011_browse.pcap',
];
/** Nothing is said in it: what its report says is Sonde's own. */
const SILENT = ['attack/hostscan_arp.pcap', 'attack/masscan_tcp_0_1000.pcap'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-anonymise-report-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Made {
  original: TriageReport;
  /** Every form of it that can be given away. */
  text: string;
  by: Anonymiser;
}

async function made(path: string): Promise<Made> {
  const names = new ReportNames();
  const options = { files: [path], seed: 1, threads: 1, onObservations: names.hook(undefined) };
  const result = await triage(options);
  names.addTo(result.report);
  try {
    const by = openAnonymiser(KEY);
    const report = anonymisedReport(result.report, by);
    expect(schemaFaults('sonde.triage-1', JSON.parse(JSON.stringify(report)))).toBeNull();
    const texts = [JSON.stringify(report), reportHtml(reportDocument(report))];
    for (const format of INCIDENT_FORMATS) {
      const out = join(folder, `incidents${format.ending}`);
      await writeIncidents(result, out, format, undefined, by);
      texts.push(readFileSync(out, 'utf8'));
    }
    return { original: result.report, text: texts.join('\n'), by };
  } finally {
    result.close();
  }
}

/** Digits and letters by chance: identifiers that are made by the key, or of pseudonyms. */
const IDENTIFIERS =
  /1:[A-Za-z0-9+/]{27}=|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{32,64}\b|\bC[A-Za-z0-9]{14,17}\b|\bT\d{4}\b/g;
const MOMENT = /[+-]?\d{4,6}-\d\d-\d\d[T ]\d\d:\d\d:\d\d/g;
const ADDRESS = /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)/g;
const CARD = /(?<![\w:])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![\w:])/g;
const IPV6 = /(?<![\w:])(?=[0-9a-f]*:[0-9a-f:]*:)[0-9a-f:]{6,39}(?![\w:])/g;

/** Words of four letters and digits or more, in small letters; numbers alone are counts. */
function wordsOf(text: string): Set<string> {
  const found = text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? [];
  return new Set(found.filter((word) => /\p{L}/u.test(word)));
}

function saidIn(made: Pick<Made, 'text'>): Set<string> {
  return wordsOf([IDENTIFIERS, MOMENT, CARD, IPV6].reduce((text, all) => text.replaceAll(all, ' '), made.text));
}

/** What somebody could have said in these packets: their bytes as text, also with two bytes a letter. */
async function heardIn(path: string): Promise<{ words: Set<string>; rows: Row[] }> {
  const { packets, rows } = await readPaths([path]);
  const words = new Set<string>();
  for (const { data } of packets) {
    const text = Buffer.from(data)
      .toString('latin1')
      .replaceAll(/[^\x00-\x7e]/g, ' ');
    for (const word of wordsOf(text)) words.add(word);
    for (const word of wordsOf(text.replaceAll('\0', ''))) words.add(word);
  }
  return { words, rows };
}

const cardText = (digits: string): string => digits.match(/../g)!.join(':');

/** Addresses and cards that are left, and those that nobody made. */
function leftAddresses({ text, by }: Made, rows: readonly Row[]): string[] {
  const originals = new Set(
    rows.flatMap(({ src, dst, srcMac, dstMac }) => [src, dst, cardText(srcMac), cardText(dstMac)]),
  );
  const pseudonyms = new Set([...originals].map((each) => by.names.name(each)));
  const shown = [ADDRESS, CARD, IPV6].flatMap((all) => text.match(all) ?? []);
  // By the same key, a pseudonym may be the address of another.
  return [...new Set(shown)].filter((each) => originals.has(each) && !pseudonyms.has(each));
}

/** Words of the report that the capture holds and that are not Sonde's own. */
function leftWords(of: Made, heard: ReadonlySet<string>, own: ReadonlySet<string>): string[] {
  return [...saidIn(of)].filter((word) => heard.has(word) && !own.has(word));
}

/** Names that the report has of hosts, and domains. */
function leftNames({ original, text }: Made, own: ReadonlySet<string>): string[] {
  const names = [
    ...original.hosts.flatMap(({ name }) => name ?? []),
    ...original.incidents.flatMap(({ domains }) => domains),
    ...original.inputs.map(({ path, sha256 }) => `${path} ${sha256}`),
  ];
  const said = saidIn({ text });
  return [...wordsOf(names.join(' '))].filter((word) => said.has(word) && !own.has(word));
}

async function ownWords(): Promise<Set<string>> {
  const listed = readFileSync(resourcePath('words', 'report.txt'), 'utf8');
  const schema = readFileSync(resourcePath('schemas', 'sonde.triage-1.schema.json'), 'utf8');
  // Names of protocols, as other tools call them.
  const services = readFileSync(
    join(import.meta.dirname, '../../../src-main/keep/exports/incidents/services.ts'),
    'utf8',
  );
  const own = wordsOf(`${listed} ${schema} ${services} dcerpc`);
  for (const name of SILENT) for (const word of saidIn(await made(join(DATA, name)))) own.add(word);
  return own;
}

function captures(): string[] {
  if (!IS_WHOLE) return CHOSEN.map((name) => join(DATA, name));
  return (readdirSync(DATA, { recursive: true }) as string[])
    .filter((name) => /\.(pcap|pcapng|cap)(\.gz)?$/.test(name))
    .map((name) => join(DATA, name))
    .filter((path) => statSync(path).size <= LARGEST)
    .toSorted();
}

async function leaksOf(path: string, own: ReadonlySet<string>): Promise<string[]> {
  try {
    const [report, heard] = [await made(path), await heardIn(path)];
    return [...leftAddresses(report, heard.rows), ...leftWords(report, heard.words, own), ...leftNames(report, own)];
  } catch (error) {
    // Nothing could be read, so nothing was said.
    if (error instanceof InputError) return [];
    throw error;
  }
}

describe('anonymised reports', () => {
  needs(existsSync(DATA), 'no ../shared/data')(
    'hold no address, no card, no name and no word of the capture',
    async () => {
      const own = await ownWords();
      const leaks: Record<string, string[]> = {};
      for (const path of captures()) {
        const found = await leaksOf(path, own);
        if (found.length > 0) leaks[path] = found.slice(0, 20);
      }
      expect(leaks).toEqual({});
    },
    (IS_WHOLE ? 30 : 1) * SLOW,
  );
});

describe('--anonymise', { timeout: SLOW }, () => {
  const at = (name: string): string => join(folder, name);
  const read = (name: string): string => readFileSync(at(name), 'utf8');

  it('of a triage agrees with the capture that is anonymised by the same key', async () => {
    writeFileSync(at('scan.pcap'), scanFile());
    const key = ['--key', at('key')];
    const outs = ['--report', at('r.html'), '--incidents', at('i.eve.json'), '--map', at('map.csv')];
    const ran = await sonde(['triage', at('scan.pcap'), '--json', '--no-models', '--anonymise', ...key, ...outs]);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const report = JSON.parse(ran.stdout) as TriageReport;
    expect(schemaFaults('sonde.triage-1', report)).toBeNull();
    expect(report.anonymised).toBe(true);
    expect((await sonde(['anonymise', at('scan.pcap'), '--out', at('scan.pcapng'), ...key])).code).toBe(0);
    const after = ['triage', at('scan.pcapng'), '--json', '--no-models', '--incidents', at('j.eve.json')];
    const known = JSON.parse((await sonde(after)).stdout) as TriageReport;
    const ends = ({ incidents }: TriageReport) =>
      incidents.map(({ kind, sources, targets }) => [kind, sources, targets]);
    expect(ends(report).length).toBeGreaterThan(0);
    expect(ends(report)).toEqual(ends(known));
    const flow = (name: string) => {
      const { community_id: id, src_ip: from } = JSON.parse(read(name).split('\n')[0]!) as Record<string, unknown>;
      return [id, from];
    };
    expect(flow('i.eve.json')).toEqual(flow('j.eve.json'));
    for (const text of [ran.stdout, read('r.html'), read('i.eve.json')])
      expect(text).not.toMatch(/10\.0\.0\.(?:66|9)\b/);
    expect(read('r.html')).toContain('addresses and names are pseudonyms');
    expect(read('map.csv')).toContain(`10.0.0.66,${report.incidents[0]!.sources[0]}\n`);
    expect(read('map.csv')).toContain('scan.pcap,');
    if (process.platform !== 'win32')
      for (const name of ['key', 'map.csv']) expect(statSync(at(name)).mode & 0o077).toBe(0);
  });

  it.each([
    [['--key', 'k'], 2, '--key means nothing by itself'],
    [['--map', 'm'], 2, '--map means nothing by itself'],
    [['--anonymise', '--flows', 'f.ndjson'], 2, '--flows and --anonymise do not go together'],
    [['--anonymise', '--zeek', 'z'], 2, '--zeek and --anonymise do not go together'],
    [['--anonymise', '--map', 'same.html', '--report', 'same.html'], 2, 'is named for two things'],
    [['--anonymise', '--key', 'same.html', '--report', './same.html'], 2, 'is named for two things'],
    [['--anonymise', '--key', 'there.csv', '--report', 'link.html'], 2, 'is named for two things'],
    [['--anonymise', '--map', 'there.csv'], 4, 'is there already'],
    [['--anonymise', '--key', 'there.csv'], 2, 'not a key'],
  ])('of a triage is refused with %j', async (args, code, what) => {
    writeFileSync(at('calm.pcap'), calmFile());
    writeFileSync(at('there.csv'), 'mine');
    rmSync(at('link.html'), { force: true });
    linkSync(at('there.csv'), at('link.html'));
    const named = args.map((each) => (each.startsWith('--') ? each : `${folder}/${each}`));
    const ran = await sonde(['triage', at('calm.pcap'), '--no-models', ...named]);
    expect([ran.code, ran.stdout]).toEqual([code, '']);
    expect(ran.stderr).toContain(what);
    expect(read('there.csv')).toBe('mine');
  });

  it('of a report of a period names nobody, and keeps the way back', async () => {
    const store = await opened(at('desk.db'));
    await fillTwoWeeks(store);
    await store.close();
    const asked = ['report', '--db', at('desk.db'), '--from', '2026-11-16', '--to', '2026-11-22', '--zone', BERLIN];
    const by = ['--anonymise', '--key', at('key'), '--map', at('period.csv')];
    const ran = await sonde([...asked, '--now', '2026-11-23T07:00', '--out', at('week.html'), ...by]);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('6 incidents');
    const text = read('week.html');
    const [, pseudonym = ''] = /^192\.168\.10\.23,(.+)$/m.exec(read('period.csv')) ?? [];
    expect(text).toContain(`Possible data exfiltration by ${pseudonym}`);
    expect(text).toContain('addresses and names are pseudonyms');
    const plain = await sonde([...asked, '--now', '2026-11-23T07:00', '--out', at('plain.html')]);
    expect(plain.code).toBe(0);
    // Who said what, of which capture, at which address: all of it stood in the plain one.
    const somebodys = read('plain.html').match(/192\.168\.\d+\.\d+|\bann[ae]?\b|live-\w+|[\w-]+\.pcap\w*/g) ?? [];
    expect(new Set(somebodys).size).toBeGreaterThan(1);
    const words = new Set(text.split(/[^\w.-]+/));
    expect([...new Set(somebodys)].filter((each) => words.has(each))).toEqual([]);
  });
});

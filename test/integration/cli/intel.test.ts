import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { attackOnly } from '../../generator/scenario.ts';
import { needs } from '../../setup/skip.ts';
import { capture, connection, question } from '../../unit/signatures/intel/traffic.ts';
import { sonde } from './run.ts';

const SLOW = 120_000;
const ROOT = join(import.meta.dirname, '..', '..', '..');
const US = '10.0.0.5';
const BAD = '203.0.113.9';
const folder = mkdtempSync(join(tmpdir(), 'sonde-intel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const PCAP = file(
  'contact.pcap',
  capture(question(US, '10.0.0.1', 'www.evil.example'), connection(US, BAD, 447), connection(US, '10.0.0.9', 80)),
);
const FEODO = file(
  'feodo.csv.gz',
  gzipSync('first_seen_utc,dst_ip,dst_port,c2_status,last_online,malware\n"2026-01-02 03:04:05","203.0.113.9","447","online","","Emotet"\n"x"\n'), // prettier-ignore
);
const PLAIN = file('names.txt', '# sonde: expires 2026-06-01\nevil.example\n300.0.0.1\n');
const BEFORE = ['--now', '2026-05-01T00:00:00Z'];

async function reported(...args: readonly string[]): Promise<{ report: TriageReport; stderr: string }> {
  const ran = await sonde(['triage', PCAP, '--no-models', '--json', ...args]);
  expect(ran.code).toBe(0);
  return { report: JSON.parse(ran.stdout) as TriageReport, stderr: ran.stderr };
}

describe('triage --intel', () => {
  it(
    'tells of contacts, counts what became of each list, and names what it left out',
    async () => {
      const { report, stderr } = await reported('--intel', FEODO, '--intel', PLAIN, ...BEFORE);
      expect(report.incidents.map(({ kind, severity, title }) => [kind, severity, title])).toEqual([
        ['command-and-control', 'critical', '10.0.0.5 contacted 203.0.113.9, which Feodo Tracker lists as a command server of Emotet'], // prettier-ignore
        ['unusual-destination', 'warning', '10.0.0.5 asked for www.evil.example, which names.txt lists (evil.example)'],
      ]);
      const none = { refused: 1, expired: 0, unseen: 0 };
      const why = (reason: string) => [{ reason, count: 1, lines: [3] }];
      expect(report.intel).toEqual([
        { file: FEODO, format: 'abuse.ch', indicators: 1, hits: 1, ...none, reasons: why('too few fields (1)') },
        { file: PLAIN, format: 'plain', indicators: 1, hits: 1, ...none, reasons: why('no address') },
      ]);
      expect(report.rules.refused).toEqual([
        { file: FEODO, line: 3, sid: 0, keyword: 'intel', reason: 'too few fields (1)' },
        { file: PLAIN, line: 3, sid: 0, keyword: 'intel', reason: 'no address' },
      ]);
      expect(stderr).toContain('names.txt: 1 entry left out: 1 no address (line 3)');
      const schema = JSON.parse(
        readFileSync(join(ROOT, 'resources/schemas/sonde.triage-1.schema.json'), 'utf8'),
      ) as object;
      const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
      validate(report);
      expect(validate.errors).toBeNull();
    },
    SLOW,
  );

  it(
    'judges by --now, and lets --intel-allow win',
    async () => {
      const { report } = await reported('--intel', PLAIN, '--now', '2026-07-01T00:00:00Z');
      expect(report.incidents).toEqual([]);
      expect(report.intel).toMatchObject([{ indicators: 0, expired: 1, hits: 0 }]);
      const allow = file('ours.txt', 'evil.example\n');
      const { report: other } = await reported('--intel', PLAIN, '--intel-allow', allow, ...BEFORE);
      expect(other.incidents).toEqual([]);
      expect(other.intel).toMatchObject([{ hits: 0 }, { file: allow, allow: true, hits: 1 }]);
    },
    SLOW,
  );

  it(
    'tells people what became of each list',
    async () => {
      const { stdout } = await sonde(['triage', PCAP, '--no-models', '--intel', FEODO, '--intel', PLAIN, ...BEFORE]);
      expect(stdout).toContain(`${FEODO}: 1 indicator, 1 not understood; 1 contact matched.\n`);
      expect(stdout).toContain(
        '   - Listed by Feodo Tracker (feodo.csv.gz): 203.0.113.9 as a command server of Emotet, added',
      );
    },
    SLOW,
  );

  it(
    'makes one incident of what a behaviour sees, too',
    async () => {
      const { bytes, truth } = attackOnly({ seed: 1, hours: 0.2, hosts: 6, attacks: ['command-and-control/http'] });
      const [{ sources, targets }] = truth as unknown as [{ sources: string[]; targets: string[] }];
      const path = file('attack.pcapng', bytes);
      const list = file('servers.txt', `# sonde: threat command\n${targets.join('\n')}\n`);
      const ran = await sonde(['triage', path, '--no-models', '--json', '--intel', list]);
      const { incidents } = JSON.parse(ran.stdout) as TriageReport;
      const found = incidents.filter((one) => one.sources.includes(sources[0]!) && one.kind === 'command-and-control');
      expect(found).toHaveLength(1);
      expect(Object.keys(found[0]!.detectors)).toEqual(expect.arrayContaining(['behaviour:http-gate', 'intel']));
    },
    SLOW,
  );

  it(
    'without it the report has no word of lists',
    async () => {
      const { report } = await reported();
      expect(report.intel).toBeUndefined();
      expect(report.rules.refused).toEqual([]);
      expect(report.incidents).toEqual([]);
    },
    SLOW,
  );

  it.each([
    ['missing.txt', undefined, 'no such file'],
    ['empty.txt', '', 'is empty'],
    ['odd.json', '{"a":1}', 'neither of MISP nor a STIX bundle'],
    ['cut.gz', gzipSync('203.0.113.9\n'.repeat(1000)).subarray(0, 40), 'cannot be read'],
  ])(
    'a list that cannot be read (%s) ends with 3 before anything is analysed',
    async (name, content, text) => {
      if (content !== undefined) file(name, content);
      const ran = await sonde(['triage', PCAP, '--no-models', '--intel', join(folder, name)]);
      expect(ran.stderr).toContain(text);
      expect(ran.stderr).toContain(join(folder, name));
      expect(ran.stdout).toBe('');
      expect(ran.code).toBe(3);
    },
    SLOW,
  );

  it(
    'a folder ends with 3, a list as output with 2',
    async () => {
      expect((await sonde(['triage', PCAP, '--intel', folder])).code).toBe(3);
      const ran = await sonde(['triage', PCAP, '--intel', PLAIN, '--flows', PLAIN]);
      expect(ran.stderr).toContain('would be overwritten');
      expect(ran.code).toBe(2);
    },
    SLOW,
  );

  needs(process.getuid?.() !== 0, 'root may read every file')('a list without permission ends with 3', async () => {
    const path = file('secret.txt', BAD);
    chmodSync(path, 0o000);
    const ran = await sonde(['triage', PCAP, '--intel', path]);
    expect(ran.stderr).toContain('may not be read');
    expect(ran.code).toBe(3);
  });
});

describe('watch --intel', () => {
  it(
    'tells of the same contact as it happens',
    async () => {
      const ran = await sonde(['watch', '--replay', PCAP, '--speed', 'max', '--no-models', '--json', '--intel', FEODO]);
      expect(ran.code).toBe(0);
      const events = ran.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string; title?: string; uid?: string });
      const { report } = await reported('--causal', '--intel', FEODO);
      const told = events.filter(({ event }) => event === 'incident');
      expect(told.at(-1)?.title).toContain('which Feodo Tracker lists');
      expect(told.at(-1)?.uid).toBe(report.incidents[0]?.uid);
    },
    SLOW,
  );
});

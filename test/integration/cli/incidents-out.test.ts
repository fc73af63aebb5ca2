import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { needs } from '../../setup/skip.ts';
import { calmFile, scanFile } from './captures.ts';
import { sonde } from './run.ts';

const TSHARK = spawnSync('tshark', ['-v']).status === 0;
const SCHEMA = join(import.meta.dirname, '..', '..', '..', 'resources', 'schemas', 'sonde.suppressions-1.schema.json');

let folder = '';
let capture = '';
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-incidents-'));
  capture = at('scan.pcap');
  writeFileSync(capture, scanFile(60));
  writeFileSync(at('calm.pcap'), calmFile());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function report(...options: string[]): Promise<TriageReport> {
  const { stdout, stderr, code } = await sonde(['triage', capture, '--json', ...options]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as TriageReport;
}

function suppressing(...suppressions: unknown[]): string {
  const path = at('suppressions.json');
  writeFileSync(path, JSON.stringify({ schema: 'sonde.suppressions/1', suppressions }));
  return path;
}

describe('--incidents', () => {
  it('writes the incidents of the report', async () => {
    const { incidents } = await report('--incidents', at('a.ndjson'));
    expect(incidents.length).toBeGreaterThan(0);
    const lines = readFileSync(at('a.ndjson'), 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(incidents);
  });

  it('refuses an ending that names no format, a folder that is not there, and an input', async () => {
    const odd = await sonde(['triage', capture, '--incidents', at('a.txt')]);
    expect(odd.code).toBe(2);
    expect(odd.stderr).toContain('.eve.json');
    const nowhere = await sonde(['triage', capture, '--incidents', at('no/a.csv')]);
    expect(nowhere.code).not.toBe(0);
    expect(nowhere.stderr).toContain('folder');
    const itself = await sonde(['triage', at('calm.pcap'), '--suppressions', suppressing(), '--incidents', at('suppressions.json')]); // prettier-ignore
    expect(itself.code).toBe(2);
    expect(JSON.parse(readFileSync(at('suppressions.json'), 'utf8'))).toHaveProperty('schema');
  });

  needs(TSHARK, 'tshark is not installed')('numbers packets as tshark does', async () => {
    await report('--incidents', at('a.eve.json'));
    const [event] = readFileSync(at('a.eve.json'), 'utf8').split('\n').map((line) => JSON.parse(line || '{}') as { pcap_cnt: number; dest_port: number; community_id: string }); // prettier-ignore
    const fields = ['frame.number', 'tcp.dstport', 'communityid'].flatMap((name) => ['-e', name]);
    const filter = `frame.number == ${event!.pcap_cnt}`;
    const args = ['-r', capture, '--enable-protocol', 'communityid', '-Y', filter, '-T', 'fields', ...fields];
    const said = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    expect(said.split('\t')).toEqual([String(event!.pcap_cnt), String(event!.dest_port), event!.community_id]);
  });

  it('leaves packets unnumbered where several files are one capture', async () => {
    const { code } = await sonde(['triage', capture, at('calm.pcap'), '--incidents', at('b.eve.json')]);
    expect(code).toBe(0);
    expect(readFileSync(at('b.eve.json'), 'utf8')).not.toContain('pcap_cnt');
  });
});

describe('--report', () => {
  it('writes HTML and PDF, the same twice', async () => {
    const written = async (name: string): Promise<Buffer> => {
      await report('--report', at(name));
      return readFileSync(at(name));
    };
    const html = await written('a.html');
    expect(html.toString()).toContain('<h1>What is in this traffic</h1>');
    expect(html.equals(await written('b.html'))).toBe(true);
    const pdf = await written('a.pdf');
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.equals(await written('b.pdf'))).toBe(true);
  });

  it('refuses another ending before anything is read', async () => {
    const { code, stderr } = await sonde(['triage', at('none.pcap'), '--report', at('a.doc')]);
    expect(code).toBe(2);
    expect(stderr).toContain('.html or .pdf');
  });
});

describe('--suppressions', () => {
  const scan = {
    scope: { kind: 'port-scan', source: '10.0.0.0/8' },
    reason: 'ours',
    expiresAt: '2026-12-01T00:00:00Z',
  };
  const BEFORE = ['--now', '2026-11-30T23:59:59.999Z'];
  const AFTER = ['--now', '2026-12-01T00:00:00Z'];

  it('leaves what it silences out of the report, the exit code and the file', async () => {
    const file = suppressing(scan);
    const heard = await report('--suppressions', file, ...AFTER);
    expect(heard.suppressed).toBe(0);
    expect(heard.incidents.map((i) => i.kind)).toContain('port-scan');
    const silent = await report('--suppressions', file, ...BEFORE, '--incidents', at('c.csv'));
    expect(silent.suppressed).toBe(1);
    expect(silent.incidents.map((i) => i.kind)).not.toContain('port-scan');
    expect(silent.incidents.map((i) => i.id)).toEqual(silent.incidents.map((_, place) => place + 1));
    expect(silent.hosts.flatMap((host) => host.incidents)).toEqual(silent.incidents.flatMap((i) => i.uid));
    expect(readFileSync(at('c.csv'), 'utf8')).not.toContain('port-scan');
    const failing = ['triage', capture, '--fail-on', 'warning', '--suppressions', file];
    expect((await sonde([...failing, ...AFTER])).code).toBe(5);
    expect((await sonde([...failing, ...BEFORE])).code).toBe(0);
  });

  it('knows the protocols of an incident', async () => {
    expect((await report('--suppressions', suppressing({ scope: { protocol: 'TCP' } }))).suppressed).toBe(1);
    expect((await report('--suppressions', suppressing({ scope: { protocol: 'dns' } }))).suppressed).toBe(0);
  });

  it('says what is wrong in a file, and where', async () => {
    const bad = await sonde(['triage', capture, '--suppressions', suppressing(scan, { scope: {} })]);
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('suppressions[1].scope: it would silence everything');
    const none = await sonde(['triage', capture, '--suppressions', at('none.json')]);
    expect(none.code).toBe(3);
    const when = await sonde(['triage', capture, '--now', 'soon']);
    expect(when.code).toBe(2);
    expect(existsSync(at('none.json'))).toBe(false);
  });

  it('is what its schema says', () => {
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object); // prettier-ignore
    expect(validate({ schema: 'sonde.suppressions/1', suppressions: [scan] })).toBe(true);
    expect(validate({ schema: 'sonde.suppressions/1', suppressions: [{ scope: {} }] })).toBe(false);
  });
});

/** Signatures on traffic as it passes: what a causal triage by the same rules gives, byte for byte; and rules read again. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveEvent, LiveIncident } from '../../../src-shared/domain/live.ts';
import { signaturesOf } from '../../../src-main/run/cli/rules-file.ts';
import { replay } from '../../../src-main/run/pipeline/live/replay.ts';
import { watch } from '../../../src-main/run/pipeline/live/session.ts';
import { triage } from '../../../src-main/run/pipeline/triage.ts';
import { pcapFile } from '../../generator/write.ts';
import { needs, suiteNeeds } from '../../setup/skip.ts';
import { Talk } from '../../unit/signatures/talk.ts';
import { schemaFaults } from '../serve/desk-client.ts';
import { MAIN, sonde } from './run.ts';

const SLOW = 120_000;
const TRUTH = join(import.meta.dirname, '../../../../shared/data/signature_truth');
const SOME = 25;

let folder = '';
const file = (name: string): string => join(folder, name);
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'sonde-watch-rules-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Both ways, with everything that tells no time it took. */
async function compare(capture: string, rules: readonly string[]): Promise<number> {
  const options = { seed: 1, files: [capture] };
  const causal = await triage({ ...options, threads: 1, causal: true, signatures: await signaturesOf(rules) });
  const events: LiveEvent[] = [];
  const source = await replay({ files: [capture], speed: 'max' });
  const onEvent = (event: LiveEvent): void => void events.push(event);
  const live = await watch(source, { seed: 1, flowLimit: Infinity, onEvent, signatures: await signaturesOf(rules) });
  await source.close();
  const plain = ({ report }: typeof live): object => ({ ...report, timings: null });
  expect(plain(live)).toEqual(plain(causal));
  const last = new Map<string, LiveIncident>();
  for (const event of events) if (event.event === 'incident') last.set(event.uid, event);
  const final = [...last.values()].filter((event) => !event.withdrawn).sort((a, b) => a.id - b.id);
  expect(final.map(({ event: _e, state: _s, latencyMs: _l, ...incident }) => incident)).toEqual(live.report.incidents);
  const told = live.report.signatures.length;
  live.close();
  causal.close();
  return told;
}

/** Tests that have a capture, spread evenly. */
function chosen(): [capture: string, rules: string][] {
  if (!existsSync(TRUTH)) return [];
  const all = readdirSync(TRUTH, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }): [string, string][] => {
      const files = readdirSync(join(TRUTH, name)).sort();
      const capture = files.find((one) => /\.(pcap|pcapng)$/.test(one));
      const rules = files.find((one) => one.endsWith('.rules'));
      return capture === undefined || rules === undefined
        ? []
        : [[join(TRUTH, name, capture), join(TRUTH, name, rules)]];
    });
  return all.filter((_, i) => i % Math.ceil(all.length / SOME) === 0);
}

const captures = chosen();

suiteNeeds(captures.length >= 20, 'no ../shared/data')('played captures by public rules', () => {
  it(
    'give what a causal triage by them gives',
    async () => {
      let told = 0;
      for (const [capture, rules] of captures) told += await compare(capture, [rules]);
      expect(told).toBeGreaterThan(captures.length / 2);
    },
    SLOW,
  );
});

function talks(): string {
  const frames = Array.from({ length: 30 }, (_, i) =>
    new Talk(80, 40_000 + i).open().up('GET /EVIL HTTP/1.1\r\nHost: h\r\n\r\n').down('HTTP/1.1 204 No\r\n\r\n').close(),
  ).flatMap((talk) => talk.frames);
  const packets = frames.map((data, i) => ({ ts: 1_700_000_000_000_000_000n + BigInt(i) * 30_000_000n, data }));
  writeFileSync(file('talks.pcap'), pcapFile(packets));
  return file('talks.pcap');
}

const evil = (sid: number, more = ''): string =>
  `alert http any any -> any any (msg:"Evil ${sid}"; http.uri; content:"/EVIL"; ${more}sid:${sid};)`;

describe('sonde watch --rules', () => {
  it('gives what a triage gives, over flags, counts and streams', async () => {
    const rules = [
      evil(1),
      evil(2, 'threshold:type threshold, track by_src, count 7, seconds 5; '),
      'alert tcp any any -> any any (content:"EVIL"; flowbits:set,e; noalert; sid:3;)',
      'alert tcp any any -> any any (content:"204"; flowbits:isset,e; sid:4;)',
    ];
    writeFileSync(file('some.rules'), rules.join('\n'));
    expect(await compare(talks(), [file('some.rules')])).toBe(3);
  });

  it(
    'takes a folder and files, says what was loaded and refused, and tells incidents as events',
    async () => {
      const capture = talks();
      writeFileSync(file('one.rules'), evil(11));
      writeFileSync(file('two.rules'), 'alert tcp any any -> any any (frobnicate; sid:12;)');
      const args = ['--rules', folder, '--rules', file('one.rules'), '--no-models', '--json'];
      const ran = await sonde(['watch', '--replay', capture, '--speed', 'max', ...args]);
      expect(ran.code).toBe(0);
      expect(ran.stderr).toMatch(/two\.rules:1 sid 12: frobnicate/);
      const events = ran.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as LiveEvent);
      for (const event of events) expect(schemaFaults('sonde.watch-1', event)).toBeNull();
      expect(events).toContainEqual(
        expect.objectContaining({ event: 'incident', state: 'open', kind: 'intrusion-attempt' }),
      );
    },
    SLOW,
  );

  it(
    'ends with 3 where rules cannot be read, and a folder without any is said',
    async () => {
      const empty = mkdtempSync(join(tmpdir(), 'sonde-empty-'));
      const ran = await sonde(['watch', '--replay', talks(), '--rules', empty]);
      rmSync(empty, { recursive: true });
      expect(ran.code).toBe(3);
      expect(ran.stderr).toContain('no file in it ends in .rules');
    },
    SLOW,
  );

  needs(process.platform !== 'win32', 'written for Linux')(
    'reads the rules again at SIGHUP, and finds with them in what follows',
    async () => {
      const capture = talks();
      writeFileSync(file('live.rules'), evil(21, 'content:"never"; '));
      const args = [
        'watch',
        '--replay',
        capture,
        '--speed',
        '1',
        '--rules',
        file('live.rules'),
        '--no-models',
        '--json',
      ];
      const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
      let out = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await expect.poll(() => out, { timeout: SLOW }).toContain('"stats"');
      writeFileSync(file('live.rules'), `${evil(21, 'content:"never"; ')}\n${evil(22)}`);
      child.kill('SIGHUP');
      await ended;
      expect(out).toContain('The rules were read again: 2 rules loaded');
      const opened = out.split('\n').filter((line) => line.includes('"incident"') && line.includes('"open"'));
      expect(opened.join('\n')).toContain('Evil 22');
    },
    SLOW,
  );
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pcapFile } from '../../generator/write.ts';
import { schemaFaults } from '../serve/desk-client.ts';
import { Talk } from '../../unit/signatures/talk.ts';
import { sonde } from './run.ts';

const SLOW = 180_000;
const RULES = `title: A scanner's web client
id: 0d6a6f2e-0000-4000-8000-000000000007
status: test
description: Web requests by a program that looks for weak places.
references: [https://example.org/scanner]
logsource:
  category: proxy
detection:
  selection:
    c-useragent|contains: weakfinder
    c-uri|startswith: /admin
  filter_ours:
    src_ip|cidr: 10.0.0.0/8
  condition: selection and not 1 of filter_*
falsepositives:
  - A test that somebody ordered
fields: [user_agent, uri, status_code]
level: high
tags: [attack.reconnaissance, attack.t1595.002]
---
title: Of another product
logsource: {product: windows, service: security}
detection: {s: {EventID: 1}, condition: s}
`;
const CONN = `title: Much to one place
logsource: {product: zeek, service: conn}
detection:
  s:
    orig_bytes|gte: 100
    id.resp_h|cidr: 203.0.113.0/24
  condition: s
level: low
`;

let folder = '';
let capture = '';
let rules = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-sigma-'));
  capture = join(folder, 'talk.pcap');
  rules = join(folder, 'rules');
  const { frames } = new Talk()
    .open()
    .up('GET /admin/x.php?a=1 HTTP/1.1\r\nHost: h.example\r\nUser-Agent: WeakFinder/2\r\n\r\n')
    .down('HTTP/1.1 404 No\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nno')
    .close();
  const packets = frames.map((data, i) => ({ ts: 1_700_000_000_000_000_000n + BigInt(i) * 1_000_000n, data }));
  writeFileSync(capture, pcapFile(packets));
  mkdirSync(join(rules, 'web'), { recursive: true });
  writeFileSync(join(rules, 'web', 'scanner.yml'), RULES);
  writeFileSync(join(rules, 'readme.txt'), 'no rule');
  writeFileSync(join(folder, 'conn.yaml'), CONN);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('sonde triage --sigma', () => {
  it(
    'tells what matched, as a signature and as an incident, and what was refused',
    async () => {
      const ran = await sonde(['triage', capture, '--sigma', rules, '--no-models', '--json']);
      expect(ran.code).toBe(0);
      expect(ran.stderr).toMatch(/Sigma: 1 rule loaded, 1 refused/);
      const report = JSON.parse(ran.stdout) as { rules: { loaded: number } };
      expect(schemaFaults('sonde.triage-1', report)).toBeNull();
      // Beside it, the rules that Sonde has of its own.
      const without = await sonde(['triage', capture, '--no-models', '--json']);
      const before = JSON.parse(without.stdout) as { rules: { loaded: number } };
      expect(report.rules.loaded - before.rules.loaded).toBe(1);
      const file = join(rules, 'web', 'scanner.yml');
      const id = '0d6a6f2e-0000-4000-8000-000000000007';
      const text = (part: string): unknown => expect.stringContaining(part);
      expect(report).toMatchObject({
        signatures: [
          { sid: 0, message: "A scanner's web client", count: 1, source: 'sigma', id, level: 'high', file, line: 1 },
        ],
        rules: {
          refused: [{ file, line: 21, sid: 0, keyword: 'logsource', source: 'sigma', rule: 'Of another product' }],
        },
        incidents: [
          {
            kind: 'fingerprinting',
            severity: 'critical',
            title: "A scanner's web client: 192.168.1.10 to 203.0.113.5",
            sources: ['192.168.1.10'],
            targets: ['203.0.113.5'],
            domains: ['h.example'],
            flows: 1,
            technique: [{ id: 'T1595.002' }],
            detectors: { [`sigma:${id}`]: 0.75 },
            response: [
              'If nobody ordered a security test, block the source.',
              'Check whether the services it looked at are up to date.',
              "Harmless causes that the Sigma rule “A scanner's web client” names: A test that somebody ordered.",
              text('https://example.org/scanner'),
              text('To be sure, look at these flows beside the Sigma rule'),
            ],
            evidence: [
              { fact: text(id), value: 1 },
              {
                fact: "First event of “A scanner's web client”: user_agent = WeakFinder/2, uri = /admin/x.php?a=1, status_code = 404, url = /admin/x.php?a=1, id.orig_h = 192.168.1.10",
              },
            ],
          },
        ],
      });
    },
    SLOW,
  );

  it(
    'names in the text each rule that is refused, with the key in the way, as rules check does',
    async () => {
      const bad = join(folder, 'bad.yml');
      writeFileSync(bad, 'title: Bad\nlogsource:\n  category: dns\n detection:\n  a: [\n');
      const odd = join(folder, 'odd.yml');
      const body = 'logsource:\n  category: dns\ndetection:\n  a:\n    query|frob: x\n  condition: a\n';
      writeFileSync(odd, `title: Odd title\n${body}`);
      const ran = await sonde(['triage', capture, '--sigma', bad, '--sigma', odd, '--no-models']);
      const text = ran.stdout.replace(/\s+/g, ' ');
      const lines = (await sonde(['rules', 'check', bad, odd])).stdout.split('\n').map((line) => line.trim());
      const told = lines.filter((line) => line.startsWith(folder));
      expect(told).toHaveLength(2);
      expect(told[1]).toContain('“Odd title”: frob: ');
      for (const line of told) expect(text).toContain(line);
      expect(ran.stderr.replace(/\s+/g, ' ')).toContain('bad.yml:4: yaml: ');
    },
    SLOW,
  );

  it(
    "reads also other sensors' records, as conn.log has them",
    async () => {
      const log = join(folder, 'conn.log');
      const head =
        '#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\torig_pkts\tresp_pkts\n';
      const row = (to: string, bytes: number): string =>
        `1700000000.5\tCx${bytes}\t192.168.1.10\t40000\t${to}\t443\ttcp\tssl\t1.5\t${bytes}\t20\tSF\t5\t5\n`;
      writeFileSync(log, head + row('203.0.113.5', 100) + row('203.0.113.6', 99) + row('198.51.100.1', 5000));
      const ran = await sonde(['triage', log, '--sigma', join(folder, 'conn.yaml'), '--json']);
      const report = JSON.parse(ran.stdout) as { signatures: unknown; incidents: unknown };
      expect(report.signatures).toMatchObject([{ message: 'Much to one place', count: 1 }]);
      expect(report.incidents).toMatchObject([{ severity: 'info', targets: ['203.0.113.5'] }]);
    },
    SLOW,
  );

  it(
    'says which files are not there, or hold none',
    async () => {
      const missing = await sonde(['triage', capture, '--sigma', join(folder, 'none.yml')]);
      expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining('no such file')]);
      mkdirSync(join(folder, 'empty'), { recursive: true });
      const empty = await sonde(['triage', capture, '--sigma', join(folder, 'empty')]);
      expect([empty.code, empty.stderr]).toEqual([3, expect.stringContaining('ends in .yml')]);
      const over = await sonde([
        'triage',
        capture,
        '--sigma',
        join(folder, 'conn.yaml'),
        '--flows',
        join(folder, 'conn.yaml'),
      ]);
      expect(over.code).toBe(2);
    },
    SLOW,
  );
});

describe('sonde watch --sigma', () => {
  it(
    'tells of the same incident',
    async () => {
      const ran = await sonde([
        'watch',
        '--replay',
        capture,
        '--speed',
        'max',
        '--sigma',
        rules,
        '--no-models',
        '--json',
      ]);
      expect(ran.code).toBe(0);
      const events = ran.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string; title?: string });
      const titles = events.filter(({ event }) => event === 'incident').map(({ title }) => title);
      expect(titles).toContain("A scanner's web client: 192.168.1.10 to 203.0.113.5");
    },
    SLOW,
  );
});

describe('sonde rules check', () => {
  it(
    'says of files and folders of Sigma rules what can be loaded, beside those in the other language',
    async () => {
      const ran = await sonde(['rules', 'check', rules]);
      expect(ran.code).toBe(0);
      expect(ran.stdout).toMatch(
        /^1 Sigma rule can be loaded\.\n1 refused:\n {2}\S+scanner\.yml:21 “Of another product”: logsource: /,
      );
      const other = join(folder, 'some.rules');
      writeFileSync(other, 'alert tcp any any -> any any (msg:"x"; content:"abc"; sid:5;)\n');
      const both = await sonde(['rules', 'check', other, join(folder, 'conn.yaml'), rules, '--json']);
      const document = JSON.parse(both.stdout) as Record<string, unknown>;
      expect(schemaFaults('sonde.rules-check-1', document)).toBeNull();
      expect(document).toMatchObject({
        loaded: 3,
        refusedTotal: 1,
        refused: [{ rule: 'Of another product', keyword: 'logsource', source: 'sigma' }],
        slow: [{ rule: 'Much to one place', source: 'sigma' }],
      });
    },
    SLOW,
  );
});

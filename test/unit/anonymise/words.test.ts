/** Sentences and reports without whom they tell of. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KEY_BYTES } from '../../../src-main/keep/exports/anonymise/crypto-pan.ts';
import { writeMap } from '../../../src-main/keep/exports/anonymise/key-file.ts';
import { nameKind } from '../../../src-main/keep/exports/anonymise/name-kinds.ts';
import { Pseudonyms } from '../../../src-main/keep/exports/anonymise/pseudonyms.ts';
import { anonymisedIncident, anonymisedReport } from '../../../src-main/keep/exports/anonymise/report.ts';
import { CONN_STATES } from '../../../src-main/meter/flows/types.ts';
import { openAnonymiser } from '../../../src-main/run/anonymiser.ts';
import { KINDS } from '../../../src-shared/domain/incident.ts';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { reportWords, techniqueLines } from '../../../scripts/report-words.mjs';
import { incident } from '../alerts/made.ts';

const KEY = new Uint8Array(KEY_BYTES).map((_, i) => 7 * i + 3);
const by = openAnonymiser(KEY);
const { names } = by;

describe('pseudonyms of names', () => {
  it('are those of a capture for addresses and cards, and the same however they are written', () => {
    const bytes = Uint8Array.from([192, 168, 10, 7]);
    new Pseudonyms(KEY).replace(bytes, 0, 4);
    expect(names.address('192.168.10.7')).toBe(bytes.join('.'));
    expect(names.name('192.168.10.7')).toBe(bytes.join('.'));
    const card = Uint8Array.from([2, 0x11, 0x22, 0x33, 0x44, 0x55]);
    new Pseudonyms(KEY).replace(card, 0, 6);
    const text = [...card].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
    expect([names.card('02:11:22:33:44:55'), names.name('02-11-22-33-44-55')]).toEqual([text, text]);
    expect(names.address('fd00::1')).toMatch(/^fd|^fc/);
    expect(names.address('::1')).toBe('::1');
  });

  it('of domains lie in one where the names do, and keep an end that is everybody’s', () => {
    names.knowDomains(['acme.co.uk', 'www.other.uk']);
    const [one, two, other] = ['mail.acme.co.uk', 'WWW.acme.co.uk', 'www.other.uk'].map((each) => names.name(each));
    expect(one!.split('.').slice(1)).toEqual(two!.split('.').slice(1));
    expect(one!.split('.')[0]).not.toBe(two!.split('.')[0]);
    expect([one, two, other].every((each) => each!.endsWith('.uk'))).toBe(true);
    // The same word in another domain is another name.
    expect(other!.split('.')[0]).not.toBe(two!.split('.')[0]);
    expect(names.name('host.acme')).not.toContain('acme');
    // An account may look like a domain.
    expect([names.name('max.li'), by.text('the login of max.li')].join(' ')).not.toMatch(/\.li\b/);
  });

  it('of mail addresses and of anything else hide all of it, by the key alone', () => {
    expect(names.name('anna@acme.com')).toMatch(/^name-[a-z2-9]{8}@n[a-z2-9]{8}\.com$/);
    expect(names.name('CN=Acme Ltd, O=Acme')).toMatch(/^name-[a-z2-9]{8}$/);
    const others = new Pseudonyms(KEY.map((byte) => byte ^ 1));
    expect(others.name('anna')).not.toBe(names.name('anna'));
    expect(new Pseudonyms(KEY).name('anna')).toBe(names.name('anna'));
    expect(names.digits('ab'.repeat(16), 32)).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ['10.0.0.1', 'address'],
    ['fe80::1', 'address'],
    ['02:00:00:00:00:01', 'card'],
    ['example.org', 'domain'],
    ['report.docx', 'domain'],
    ['anna@example.org', 'mail'],
    ['anna', 'other'],
    ['', 'other'],
    ['a b.c', 'other'],
  ])('tell %j as %s', (text, kind) => expect(nameKind(text)).toBe(kind));
});

describe('a sentence', () => {
  it('keeps the words of Sonde, counts and times', () => {
    const text = '1,204 logins in 2.5 minutes on port 22 (alarm from 8), 443/tcp, 18 MB, 97 %, since 09:22:09.';
    const said = by.text(text);
    expect(said).toBe(text);
  });

  it.each([
    ['192.168.10.7 asked fileserver.acme.corp', ['192.168.10.7', 'fileserver', 'acme', 'corp']],
    ['readable credentials of jmeyer and SvcBackup$', ['jmeyer', 'svcbackup']],
    ['it asked for /etc/passwd and C:\\Users\\anna\\plan.docx', ['etc', 'anna', 'plan', 'docx']],
    ['its programs call themselves “Mozilla/5.0 (X11; Linux)”', ['mozilla', 'x11', 'linux']],
    ['The certificate says "CN=Acme Ltd" and vouches for itself', ['acme', 'ltd']],
    ['card 02:11:22:33:44:55 at [fe80::aa:bb]:443, 10.1.2.3:80', ['02:11', 'fe80::aa', '10.1.2.3']],
    ['an odd quote “secretword and no end', ['secretword']],
    ['rule 2100498: customer 123456789', ['123456789', 'customer']],
    ['ip.src == 10.9.8.7 && http.host == "intranet.acme"', ['10.9.8.7', 'intranet', 'acme']],
    ['password=hunter2&user=anna', ['hunter2', 'anna']],
    ['http://10.9.8.7/anna?x=1', ['10.9.8.7', 'anna']],
    ['Überraschung, пароль, 密码', ['überraschung', 'пароль', '密码']],
    ['!!!!!!anna!!!!!! ~~~~~~~~', ['anna', '!!!!', '~~~~']],
  ])('says nothing of anybody: %s', (text, hidden) => {
    const said = by.text(text).toLowerCase();
    for (const each of hidden) expect(said).not.toContain(each);
  });

  it('keeps what a filter of packets is made of, and networks their length', () => {
    expect(by.text('(ip.src == 10.9.8.7 || ipv6.dst == fd00::7) && tcp.port == 22')).toBe(
      `(ip.src == ${names.address('10.9.8.7')} || ipv6.dst == ${names.address('fd00::7')}) && tcp.port == 22`,
    );
    expect(by.text('10.9.0.0/16')).toMatch(/^10\.\d+\.0\.0\/16$/);
    expect(by.text('10.9.8.7:443')).toBe(`${names.address('10.9.8.7')}:443`);
  });

  it('of bounded length takes bounded time', () => {
    const before = performance.now();
    const long = ['“', '"', 'a:', '1.', '“a', '. ', 'a@'].map((part) => part.repeat(50_001));
    for (const text of long) by.text(text);
    expect(performance.now() - before).toBeLessThan(10_000);
  }, 60_000);
});

const report: TriageReport = {
  schema: 'sonde.triage/1',
  version: '0.1.0',
  inputs: [
    {
      path: '/captures/acme/office.pcap',
      sha256: 'ab'.repeat(32),
      format: 'pcap',
      linkTypes: ['ETHERNET'],
      packets: 1,
      bytes: 2,
      firstTs: '2026-03-10T09:00:00.000000000Z',
      lastTs: null,
      warnings: [{ code: 'cut-file', message: 'the file /captures/acme/office.pcap ends early', offset: 1, count: 1 }],
    },
  ],
  flows: { count: 1, anomalous: 0, cutShort: 0 },
  status: 'scored',
  profile: { name: 'office', reason: 'Recognised by what the capture shows: 3 hosts of yours.' },
  networks: ['10.20.0.0/16'],
  model: null,
  hosts: [
    {
      address: '10.20.0.5',
      risk: 0.5,
      incidents: ['a'.repeat(32)],
      flows: 1,
      bytesOut: 1,
      bytesIn: 1,
      roles: ['client'],
      name: 'ANNAS-LAPTOP',
      device: {
        kind: 'computer',
        confidence: 0.9,
        why: ['calls itself “ANNAS-LAPTOP”', 'its card is made by Acme, Inc.'],
      },
      place: { country: 'DE', city: 'Potsdam' },
    },
  ],
  hostsTotal: 1,
  incidents: [
    incident({
      sources: ['10.20.0.5'],
      targets: ['203.0.113.77'],
      domains: ['intranet.acme.com'],
      title: '10.20.0.5 looked at intranet.acme.com',
      places: [{ address: '203.0.113.77', country: 'DE', asName: 'ACME-NET' }],
    }),
    incident({ uid: 'b'.repeat(32), title: 'ACME policy hit: 10.20.0.5', detectors: { 'signature:1000001': 0.7 } }),
    incident({ uid: 'c'.repeat(32), detectors: { 'lab:acme': 0.9 } }),
  ],
  signatures: [{ sid: 1_000_001, rev: 1, message: 'ACME policy hit', count: 1, classtype: 'policy-violation' }],
  rules: { loaded: 1, refused: [{ file: '/rules/acme.rules', line: 1, sid: 5, keyword: 'acme', reason: 'of acme' }] },
  suppressed: 0,
  detectors: [],
  timings: { readMs: 1, totalMs: 2, packetsPerSecond: 3, peakRssBytes: 4 },
};

describe('a report', () => {
  const said = anonymisedReport(report, by);
  const text = JSON.stringify(said).toLowerCase();

  it('names nobody: not in fields, nor in texts, nor in keys', () => {
    for (const each of ['acme', 'annas', 'laptop', '10.20.', '203.0.113', 'potsdam', 'office.pcap', 'abababab'])
      expect(text).not.toContain(each);
    for (const uid of ['a', 'b', 'c']) expect(text).not.toContain(uid.repeat(32));
  });

  it('still says what happened, and the same host is the same everywhere', () => {
    const [first, rule, lab] = said.incidents;
    expect(first).toMatchObject({ kind: 'port-scan', severity: 'warning', ports: [22], flows: 300 });
    expect(first!.sources).toEqual([said.hosts[0]!.address]);
    expect(first!.title).toBe(`${first!.sources[0]} looked at ${first!.domains[0]}`);
    expect(said.hosts[0]!.incidents).toEqual([first!.uid]);
    expect(rule!.title).toBe(`Rule 1000001: ${names.address('10.0.0.66')} to ${names.address('10.0.0.9')}`);
    expect(said.signatures).toMatchObject([{ sid: 1_000_001, message: 'rule 1000001', count: 1 }]);
    expect(Object.keys(lab!.detectors)[0]).toMatch(/^lab:name-/);
    expect(said.networks![0]).toMatch(/^10\.\d+\.0\.0\/16$/);
    expect(said).toMatchObject({ anonymised: true, status: 'scored', profile: { name: 'office' } });
  });

  it('is what it was beside it: the original is not touched', () => {
    expect(report.hosts[0]!.address).toBe('10.20.0.5');
    expect(report.incidents[0]!.title).toContain('acme');
  });

  it('treats a field that nobody knows as a sentence', () => {
    const odd = { ...incident(), later: { said: 'of anna on 10.20.0.5', more: ['jmeyer'] } };
    expect(JSON.stringify(anonymisedIncident(odd, by))).not.toMatch(/anna|10\.20|jmeyer/);
  });
});

const EMPIRE = 'Empire: its agent asks for work as it does unless told otherwise';

describe('rules', () => {
  const told = {
    title: `${EMPIRE}: 10.20.0.5 to 203.0.113.77`,
    summary: `Traffic matched the rule “${EMPIRE}” (sid 1990322). Also: 10.20.0.5 tried 300 ports.`,
    technique: [{ id: 'T1071.001', name: 'Web Protocols' }],
    detectors: { 'signature:1990322': 0.9, 'behaviour:port-scan': 0.7 },
    response: [
      'What rule 1990322 looks for is described at https://attack.mitre.org/software/S0363/',
      'To be sure, compare the packets of these flows with the text of rule 1990322; where it was wrong, narrow the rule or silence it by its number.',
    ],
    evidence: [{ fact: `Alerts of Rule 1990322 (revision 1) “${EMPIRE}”: 10.20.0.5 to 203.0.113.77, port 80, sent by the client; matched http.method, http.user_agent`, value: 1, expected: null, unit: 'alerts' }], // prettier-ignore
  };

  it('of Sonde say what they say; where rules look and how connections end stays', () => {
    const [from, to] = ['10.20.0.5', '203.0.113.77'].map((each) => names.address(each));
    const said = anonymisedIncident(incident(told), by);
    expect(said.title).toBe(`${EMPIRE}: ${from} to ${to}`);
    expect(said.summary).toBe(told.summary.replace('10.20.0.5', from!));
    expect(said.response).toEqual(told.response);
    expect(said.evidence[0]!.fact).toBe(told.evidence[0]!.fact.replace('10.20.0.5', from!).replace('203.0.113.77', to!)); // prettier-ignore
    for (const state of CONN_STATES) expect(by.text(`connection: ${state}`)).toBe(`connection: ${state}`);
  });

  it('of others say nothing, also under a number of ours, nor where a behaviour comes first', () => {
    const others = JSON.parse(JSON.stringify(told).replaceAll(EMPIRE, 'Server of the policy: zorbl')) as typeof told;
    const technique = [{ id: 'T1071.001', name: 'Zorbl technique' }];
    const lead = anonymisedIncident(incident({ ...others, technique }), by);
    expect(lead).toMatchObject({ summary: 'Rule 1990322 matched.', response: [told.response[1]] });
    expect(lead.technique).toEqual([{ id: 'T1071.001', name: 'Application Layer Protocol: Web Protocols' }]);
    const detectors = { 'behaviour:port-scan': 0.9, 'signature:1990322': 0.7 };
    const summary = `It tried 300 ports. Also: ${others.title}.`;
    const fact = "Alerts of the sensor's rule 5 (revision 1, zorbl): Server of the policy";
    const evidence = [{ ...told.evidence[0]!, fact }];
    const joined = anonymisedIncident(incident({ detectors, title: 'It tried 300 ports', summary, evidence }), by);
    expect(joined).toMatchObject({ title: 'It tried 300 ports', summary: 'It tried 300 ports. Also: Rule 1990322.' });
    expect(JSON.stringify([lead, joined])).not.toMatch(/policy|zorbl/i);
  });

  it('of a class that nobody else has are of none', () => {
    const one = { sid: 5, rev: 1, message: 'zorbl', count: 1 };
    const signatures = ['zorbl-classtype', 'domain-c2', 'trojan-activity'].map((classtype) => ({ ...one, classtype }));
    const said = anonymisedReport({ ...report, signatures }, by).signatures;
    expect(said.map(({ classtype }) => classtype)).toEqual(['', 'domain-c2', 'trojan-activity']);
  });
});

describe('the map', () => {
  it('is its owner’s alone, also in the place of an older one, and no formula', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-map-'));
    try {
      const path = join(folder, 'map.csv');
      writeFileSync(path, 'old', { mode: 0o644 });
      const some = new Pseudonyms(KEY);
      some.name('=cmd|calc!a1');
      some.name('@anna');
      writeMap(path, some, true);
      if (process.platform !== 'win32') expect(statSync(path).mode & 0o077).toBe(0);
      expect(readdirSync(folder)).toEqual(['map.csv']);
      expect(readFileSync(path, 'utf8').split('\n').slice(1, 3).map((line) => line[0])).toEqual(["'", "'"]); // prettier-ignore
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('the words that may stay', () => {
  it('are those of today’s sentences: node scripts/report-words.mjs', () => {
    const [kept, now] = [by, reportWords()];
    const missing = now.filter((word) => kept.text(word) !== word);
    // Some sentences may have changed since; a word that is not there costs a pseudonym, no secret.
    expect(missing.length, missing.slice(0, 20).join(' ')).toBeLessThan(now.length * 0.02);
    const table = techniqueLines().map((line) => line.split('\t') as [string, string]);
    expect(table.filter(([id, name]) => by.own.techniques.get(id) !== name)).toEqual([]);
  });

  it('leave what to do in every kind of incident as it is', () => {
    for (const { title, response } of KINDS) for (const each of [title, ...response]) expect(by.text(each)).toBe(each);
  });

  it('are nobody’s names', () => {
    const names = 'anna james mary robert john smith acme contoso admin administrator1 root jenkins oracle cisco apple';
    for (const name of names.split(' ')) expect(by.text(name)).not.toBe(name);
  });
});

/** What alerts say for evidence: each line names its rule, its hosts, which way it went, the service's port and what matched. */
import { describe, expect, it } from 'vitest';
import { matchedWords, shownBytes } from '../../../src-main/detect/signatures/engine/alert-words.ts';
import { RuleEngine } from '../../../src-main/detect/signatures/engine/engine.ts';
import { referenceAddress } from '../../../src-main/detect/signatures/rules/reference.ts';
import type { Finding } from '../../../src-main/detect/types.ts';
import { makeMeter } from '../../../src-main/run/pipeline/meter.ts';
import { batchOf, rulesOf, Talk } from './talk.ts';

function found(...rules: string[]): Finding[] {
  const meter = makeMeter();
  const engine = new RuleEngine({ set: rulesOf(...rules), hosts: meter.hosts });
  meter.onSegments = (packets, segments, table) => engine.packets(packets, segments, table);
  const { frames } = new Talk(80, 40_123)
    .open()
    .up('GET /EVIL HTTP/1.1\r\nHost: h\r\n\r\n')
    .down('HTTP/1.1 404 Not Found\r\nServer: bad\u0000\r\n\r\n')
    .close();
  engine.observe(meter.push(batchOf(frames, 0)));
  engine.observe(meter.finish());
  engine.finish();
  return [...engine.findings()].map(([, finding]) => finding);
}

const lines = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ evidence }) => evidence.map((e) => e.fact));

describe('advice of rules', () => {
  it.each([
    ['url,attack.mitre.org/software/S0363/', 'https://attack.mitre.org/software/S0363/'],
    ['url, http://example.org/a?b=c', 'http://example.org/a?b=c'],
    ['cve,2021-44228', 'https://nvd.nist.gov/vuln/detail/CVE-2021-44228'],
    ['cve,CVE-2021-44228', 'https://nvd.nist.gov/vuln/detail/CVE-2021-44228'],
    ['md5,0123', ''],
    ['url,not an address', ''],
    ['url,javascript:alert(1)', ''],
    ['nothing', ''],
  ])('makes an address of the reference %s', (reference, address) => {
    expect(referenceAddress(reference)).toBe(address);
  });

  it('stands beside what the kind asks for', () => {
    const [one] = found(
      'alert http any any -> any any (msg:"Evil path"; http.uri; content:"/EVIL"; reference:md5,0123; reference:url,example.org/evil; sid:1;)',
    );
    expect(one!.response).toBeUndefined();
    expect(one!.advice).toEqual([
      'What rule 1 looks for is described at https://example.org/evil',
      expect.stringMatching(/^To be sure, compare the packets .* with the text of rule 1;/),
    ]);
  });
});

describe('evidence of rules', () => {
  it('tells two rules of one connection apart, with hosts, direction and what matched', () => {
    const both = found(
      'alert http any any -> any any (msg:"Evil path"; http.uri; content:"/EVIL"; sid:1; rev:3;)',
      'alert tcp any 80 -> any any (msg:"No such page"; flow:to_client; content:"404 Not"; sid:2;)',
    );
    expect(lines(both)).toEqual([
      'Alerts of Rule 1 (revision 3) “Evil path”: 192.168.1.10 to 203.0.113.5, port 80, sent by the client; matched “/EVIL” in http.uri',
      'Alerts of Rule 2 (revision 0) “No such page”: 203.0.113.5 to 192.168.1.10, port 80, sent by the server; matched “404 Not” in the payload',
    ]);
  });

  it('names the port of the service, whoever sent', () => {
    const [answer] = found('alert tcp any any -> any any (content:"404"; sid:2;)');
    expect(answer!.ports).toEqual([80]);
    expect(answer!.title).toBe('signature 2: 203.0.113.5 to 192.168.1.10');
    expect(lines([answer!])[0]).not.toContain('40123');
  });

  it('says where a rule without a text looked', () => {
    const words = (options: string): string =>
      matchedWords(rulesOf(`alert http any any -> any any (${options} sid:1;)`).rules[0]!);
    expect(words('http.method; pcre:"/^P/";')).toBe('http.method');
    expect(words('app-layer-event:http.missing_host_header;')).toContain('the event http.missing_host_header');
    expect(words('http.uri; content:!"a";')).toBe('http.uri');
    expect(words('')).toBe('packet and flow, by its header');
  });

  it('shows bytes as rules write them, and not more than fit', () => {
    expect(shownBytes(Uint8Array.of(0x41, 0, 0xff, 0x42))).toBe('A|00 ff|B');
    expect(shownBytes(Buffer.from('x'.repeat(100)))).toBe(`${'x'.repeat(40)}…`);
  });
});

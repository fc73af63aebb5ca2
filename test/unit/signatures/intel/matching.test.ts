import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { behaviours, type Told } from '../../behaviours/harness.ts';
import { intelOf, NOW } from './lists.ts';
import { capture, certificateOf, connection, hello, knock, question, request, shown, type Packets } from './traffic.ts';

const US = '10.0.0.5';
const BAD = '203.0.113.9';
const FEODO =
  'first_seen_utc,dst_ip,dst_port,c2_status,last_online,malware\n"2026-01-02 03:04:05","203.0.113.9","447","online","","Emotet"\n';

async function told(
  parts: readonly Packets[],
  lists: readonly string[],
  allow: readonly string[] = [],
): Promise<Told[]> {
  const intel = await intelOf(lists, allow);
  return behaviours(capture(...parts), [() => intel.behaviour()]);
}

describe('an address on a list', () => {
  it('that a host of ours contacts is told with list, entry, date and confidence', async () => {
    const [found, ...more] = await told([connection(US, BAD, 447), connection(US, BAD, 447)], [FEODO]);
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      detector: 'intel',
      kind: 'command-and-control',
      severity: 'critical',
      confidence: 0.9,
      title: '10.0.0.5 contacted 203.0.113.9, which Feodo Tracker lists as a command server of Emotet',
      sources: [US],
      targets: [BAD],
      ports: [447],
      flowsTotal: 2,
      bytes: 10,
    });
    expect(found?.evidence[0]).toEqual({
      fact: 'Listed by Feodo Tracker (list-0.txt): 203.0.113.9 as a command server of Emotet, added 2026-01-02, for port 447; confidence',
      value: 90,
      expected: null,
      unit: '%',
    });
    expect(found?.evidence[1]).toMatchObject({ fact: 'Contacts', value: 2 });
  });

  it('counts less where the list names another port', async () => {
    const [found] = await told([connection(US, BAD, 80)], [FEODO]);
    expect(found).toMatchObject({ severity: 'warning', confidence: 0.63 });
  });

  it('is an unusual destination where the list says no more', async () => {
    const [found] = await told([knock(US, BAD, 80)], ['203.0.113.0/24']);
    expect(found).toMatchObject({
      kind: 'unusual-destination',
      severity: 'warning',
      title: '10.0.0.5 tried to reach 203.0.113.9, which list-0.txt lists (203.0.113.0/24)',
    });
    expect(found?.summary).toContain('none answered');
  });

  it('that comes to a host of ours tries to break in: a note until it is answered', async () => {
    const [knocked] = await told([knock(BAD, US, 22)], [BAD]);
    expect(knocked).toMatchObject({ kind: 'intrusion-attempt', severity: 'info', sources: [BAD], targets: [US] });
    const [reached] = await told([connection(BAD, US, 22)], [BAD]);
    expect(reached).toMatchObject({
      severity: 'warning',
      title: '203.0.113.9, which list-0.txt lists, reached 10.0.0.5',
    });
  });

  it('inside our networks is none of its business', async () => {
    expect(await told([connection(US, '10.0.0.9', 80)], ['10.0.0.9', '10.0.0.0/8'])).toEqual([]);
  });

  it('gives one finding a host and address, and names every list', async () => {
    const found = await told(
      [connection(US, BAD, 447), connection('10.0.0.6', BAD, 447), connection(US, BAD, 447)],
      [FEODO, '# sonde: source Our own\n203.0.113.9\n'],
    );
    expect(found.map(({ sources }) => sources)).toEqual([[US], ['10.0.0.6']]);
    expect(found[0]?.evidence.filter(({ unit }) => unit === '%')).toHaveLength(2);
    expect(found[0]?.summary).toContain('2 lists name it: Feodo Tracker, Our own.');
  });

  it('counts no longer once it has expired, also in the middle of a run', async () => {
    let now = NOW;
    const intel = await intelOf(['# sonde: expires 2026-06-02\n203.0.113.9\n'], [], () => now * 1000);
    expect(await behaviours(capture(connection(US, BAD, 80)), [() => intel.behaviour()])).toHaveLength(1);
    now += 2 * 86_400;
    expect(await behaviours(capture(connection(US, BAD, 80)), [() => intel.behaviour()])).toEqual([]);
    expect(intel.report()).toMatchObject([{ indicators: 1, hits: 1 }]);
  });
});

describe('a public resolver on a list', () => {
  it.each([['8.8.8.8'], ['1.1.1.1'], ['9.9.9.9']])(
    '%s is said to be doubtful, and never more than a note',
    async (address) => {
      const [found] = await told(
        [connection(US, address, 53)],
        [`# sonde: threat command\n# sonde: confidence 100\n${address}\n`],
      );
      expect(found).toMatchObject({ kind: 'unusual-destination', severity: 'info', confidence: 0.3 });
      expect(found?.summary).toContain(`The entry is doubtful: ${address} is a public resolver`);
      expect(found?.evidence.some(({ fact }) => fact.startsWith('Doubtful entries: '))).toBe(true);
    },
  );

  it('and so is a name under which anybody can put anything', async () => {
    const [found] = await told([question(US, '10.0.0.1', 'www.github.com')], ['github.com']);
    expect(found).toMatchObject({ severity: 'info' });
  });
});

describe('a name on a list', () => {
  it('is found in questions, in TLS and in HTTP, with what is below it', async () => {
    const found = await told(
      [
        question(US, '10.0.0.1', 'Cdn.Evil.example'),
        hello(US, '203.0.113.20', 'evil.example'),
        request(US, '203.0.113.21', 8080, 'evil.example:8080', '/'),
        question(US, '10.0.0.1', 'goodevil.example'),
      ],
      ['evil.example # Somebot'],
    );
    expect(found.map(({ title }) => title)).toEqual([
      '10.0.0.5 asked for cdn.evil.example, which list-0.txt lists (evil.example) as “Somebot”',
      '10.0.0.5 contacted evil.example, which list-0.txt lists as “Somebot”',
    ]);
    expect(found[0]).toMatchObject({ targets: ['10.0.0.1'], domains: ['cdn.evil.example'] });
    expect(found[1]).toMatchObject({ targets: ['203.0.113.20', '203.0.113.21'], ports: [443, 8080] });
  });

  it('says nothing where strangers ask for it', async () => {
    expect(await told([request('203.0.113.50', US, 80, 'evil.example', '/')], ['evil.example'])).toEqual([]);
  });
});

describe('a URL on a list', () => {
  const URLHAUS = (url: string): string =>
    `# id,dateadded,url,url_status,threat,tags,urlhaus_link,reporter\n"7","2026-05-01 10:00:00","${url}","online","malware_download","elf","x","y"\n`;

  it.each([
    ['http://evil.example/a/b.sh?x=%41', 80, 'Evil.Example', '/a/b.sh?x=A'],
    ['http://evil.example:8080/b.sh', 8080, 'evil.example:8080', '/b.sh'],
    ['http://evil.example:8080/b.sh', 8080, 'evil.example', '/b.sh'],
    ['http://203.0.113.9:8080/b.sh', 8080, 'some.other.example', '/b.sh'],
    ['http://evil.example/b.sh', 3128, 'proxy.example', 'http://evil.example/b.sh'],
  ])('%s is found on port %i of %s as %s', async (url, port, host, target) => {
    const [found, ...more] = await told([request(US, BAD, port, host, target)], [URLHAUS(url)]);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ kind: 'unusual-destination', severity: 'warning', targets: [BAD] });
    expect(found?.title).toContain('which URLhaus lists as a place that spreads malware (elf)');
  });

  it('means neither its site nor other paths', async () => {
    const list = URLHAUS('http://evil.example/b.sh');
    for (const target of ['/', '/b.sh?x', '/B.sh'])
      expect(await told([request(US, BAD, 80, 'evil.example', target)], [list])).toEqual([]);
  });
});

describe('fingerprints of TLS clients', () => {
  it('by JA3 and JA4, surely not very', async () => {
    const parts = [hello(US, BAD, 'any.example')];
    const seen: { ja3: string; ja4: string }[] = [];
    await behaviours(capture(...parts), [
      () => ({
        id: 'test',
        observe: ({ messages }) => {
          for (const m of messages)
            if (m.kind === 'tls' && m.what === 'client-hello') seen.push({ ja3: m.ja3, ja4: m.ja4 });
        },
        finish: () => undefined,
      }),
    ]);
    const { ja3, ja4 } = seen[0]!;
    const list = `# ja3_md5,Firstseen,Lastseen,Listingreason\n${ja3},2026-05-01 10:00:00,2026-05-01 10:00:00,Tofsee\n`;
    const [three] = await told(parts, [list]);
    expect(three).toMatchObject({ kind: 'command-and-control', severity: 'info', targets: [BAD] });
    expect(three?.title).toBe(
      `A program on 10.0.0.5 has the TLS fingerprint ${ja3}, which SSLBL lists as that of Tofsee`,
    );
    expect(await told(parts, [ja4])).toHaveLength(1);
    expect(await told(parts, [`${'0'.repeat(32)}\nt13d1512h2_8daaf6152771_0988277d4e88`])).toEqual([]);
  });
});

describe('certificates of servers', () => {
  const der = certificateOf('panel.example');
  const sha1 = createHash('sha1').update(der).digest('hex');
  const sha256 = createHash('sha256').update(der).digest('hex');
  const SSLBL = `# Listingdate,SHA1,Listingreason\n2026-05-01 10:00:00,${sha1},Dridex C&C\n`;

  it('are found by the hashes that lists have of them', async () => {
    const [found, ...more] = await told([shown(US, BAD, der), shown(US, BAD, der)], [SSLBL]);
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      kind: 'command-and-control',
      severity: 'critical',
      title: '10.0.0.5 contacted 203.0.113.9, whose certificate SSLBL lists as that of a command server of Dridex',
      sources: [US],
      targets: [BAD],
      technique: [{ id: 'T1071', name: 'Application Layer Protocol' }],
    });
    const colons = sha256.toUpperCase().match(/../g)!.join(':');
    for (const list of [sha1, sha256, colons]) expect(await told([shown(US, BAD, der)], [list])).toHaveLength(1);
    const misp = {
      Event: { info: 'x', Attribute: [{ type: 'x509-fingerprint-sha256', value: sha256, to_ids: true }] },
    };
    expect(await told([shown(US, BAD, der)], [JSON.stringify(misp)])).toHaveLength(1);
    const pattern = `[x509-certificate:hashes.'SHA-1' = '${sha1}']`;
    const stix = { type: 'bundle', objects: [{ type: 'indicator', id: 'i', pattern, pattern_type: 'stix' }] };
    expect(await told([shown(US, BAD, der)], [JSON.stringify(stix)])).toHaveLength(1);
  });

  it('are no others, nor those that strangers see, nor hashes of files', async () => {
    expect(await told([shown(US, BAD, certificateOf('other.example'))], [SSLBL, sha256])).toEqual([]);
    expect(await told([shown(BAD, US, der)], [SSLBL])).toEqual([]);
    const file = `[file:hashes.'SHA-1' = '${sha1}']`;
    const stix = { type: 'bundle', objects: [{ type: 'indicator', id: 'i', pattern: file, pattern_type: 'stix' }] };
    expect(await told([shown(US, BAD, der)], [JSON.stringify(stix)])).toEqual([]);
  });

  it('may be allowed, as may their servers', async () => {
    for (const allow of [sha1, sha256, BAD]) expect(await told([shown(US, BAD, der)], [SSLBL], [allow])).toEqual([]);
  });

  it('are hashed only where a list has hashes', async () => {
    const parts = capture(shown(US, BAD, der));
    const bytes: Uint8Array[] = [];
    await behaviours(parts, [
      () => ({
        id: 'test',
        observe: ({ messages }) => {
          for (const m of messages) if (m.kind === 'tls' && m.der) bytes.push(m.der);
        },
        finish: () => undefined,
      }),
    ]);
    expect(bytes).toEqual([der]);
    expect((await intelOf([BAD])).hasCertificates).toBe(false);
    expect((await intelOf([sha1])).hasCertificates).toBe(true);
  });
});

describe('a technique of ATT&CK', () => {
  const technique = async (part: Packets, list: string): Promise<string[] | undefined> =>
    (await told([part], [list]))[0]?.technique?.map(({ id }) => id);
  const C2 = `# sonde: threat command\n${BAD}\nevil.example\n`;
  const PAYLOAD = `# sonde: threat payload\n${BAD}\nevil.example\nhttp://evil.example/x\n`;

  it('is named where the list says what for, and the host got through', async () => {
    expect(await technique(connection(US, BAD, 80), C2)).toEqual(['T1071']);
    expect(await technique(hello(US, '203.0.113.21', 'evil.example'), C2)).toEqual(['T1071']);
    expect(await technique(request(US, BAD, 80, 'cdn.example', '/x'), `# sonde: threat payload\nhttp://${BAD}/x`)).toEqual(['T1105']); // prettier-ignore
  });

  it.each<[string, Packets, string]>([
    ['a listed address that comes in', connection(BAD, US, 22), C2],
    ['one that only knocks', knock(BAD, US, 22), C2],
    ['an attempt that nobody answered', knock(US, BAD, 80), C2],
    ['a question', question(US, '10.0.0.1', 'evil.example'), C2],
    ['an address that is merely listed', connection(US, BAD, 80), BAD],
    ['a place of malware where nothing was asked for', connection(US, BAD, 80), PAYLOAD],
  ])('is not named of %s', async (_what, part, list) => {
    expect(await technique(part, list)).toEqual([]);
  });

  it('is not named of a doubtful entry', async () => {
    expect(await technique(connection(US, '8.8.8.8', 53), '# sonde: threat command\n8.8.8.8\n')).toEqual([]);
  });
});

describe('a resolver by its name', () => {
  it('is doubtful, too', async () => {
    const [found] = await told([hello(US, BAD, 'dns.google')], ['# sonde: threat command\ndns.google\n']);
    expect(found).toMatchObject({ kind: 'unusual-destination', severity: 'info' });
    expect(found?.summary).toContain('doubtful');
  });
});

describe('what is allowed', () => {
  const all = [
    connection(US, BAD, 447),
    question(US, '10.0.0.1', 'www.evil.example'),
    request(US, '203.0.113.21', 80, 'evil.example', '/x'),
  ];
  const lists = [FEODO, 'evil.example\nhttp://evil.example/x\n'];

  it('wins, whether as an option or by its first line, and counts it', async () => {
    expect(await told(all, lists)).toHaveLength(4);
    expect(await told(all, lists, ['203.0.113.0/28\nevil.example\n'])).toEqual([]);
    const intel = await intelOf([...lists, '# sonde: allow\n203.0.113.9\n']);
    const left = await behaviours(capture(...all), [() => intel.behaviour()]);
    expect(left.map(({ sources, targets }) => [sources, targets])).not.toContainEqual([[US], [BAD]]);
    expect(left).toHaveLength(3);
    expect(intel.report().at(-1)).toMatchObject({ allow: true, indicators: 1, hits: 1 });
  });
});

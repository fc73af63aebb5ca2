import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { load, NOW, onAddress, summary } from './lists.ts';

const lines = (...all: string[]): string => `${all.join('\n')}\n`;

describe('a plain list', () => {
  it('holds addresses, networks, names, URLs and fingerprints in any mixture', async () => {
    const loaded = await load(
      lines(
        '# made up for this test',
        '203.0.113.9',
        '198.51.100.0/24 ; a bad network',
        '2001:db8:bad::/48',
        '[2001:db8::7]:8443',
        'Evil.Example.',
        'http://bad.example:80/a%7eb?x=1#part',
        '0123456789abcdef0123456789abcdef   # Somebot',
        't13d1512h2_8daaf6152771_0988277d4e88',
        'da39a3ee5e6b4b0d3255bfef95601890afd80709',
        '192.0.2.1:4444',
        'hxxp://worse[.]example/x',
      ),
    );
    expect(summary(loaded)).toEqual({
      format: 'plain',
      source: 'list-0.txt',
      indicators: 11,
      bad: 0,
      expired: 0,
      unseen: 0,
      reasons: [],
    });
    expect(onAddress(loaded, '203.0.113.9')).toMatchObject([{ value: '203.0.113.9', confidence: 60, port: 0 }]);
    expect(onAddress(loaded, '198.51.100.77')).toMatchObject([{ value: '198.51.100.0/24', label: 'a bad network' }]);
    expect(onAddress(loaded, '2001:db8:bad:1::1')).toMatchObject([{ value: '2001:db8:bad::/48' }]);
    expect(onAddress(loaded, '2001:db8::7')).toMatchObject([{ value: '2001:db8::7', port: 8443 }]);
    expect(onAddress(loaded, '192.0.2.1')).toMatchObject([{ port: 4444 }]);
    expect(onAddress(loaded, '203.0.113.10')).toEqual([]);
    const { listed } = loaded;
    expect(listed.name('evil.example', NOW)).toMatchObject([{ value: 'evil.example' }]);
    expect(listed.name('www.evil.example', NOW)).toMatchObject([{ value: 'evil.example' }]);
    expect(listed.name('notevil.example', NOW)).toEqual([]);
    expect(listed.url('bad.example/a~b?x=1', NOW)).toHaveLength(1);
    expect(listed.url('worse.example/x', NOW)).toHaveLength(1);
    expect(listed.ja3('0123456789abcdef0123456789abcdef', NOW)).toMatchObject([{ label: 'Somebot' }]);
    expect(listed.ja4('t13d1512h2_8daaf6152771_0988277d4e88', NOW)).toHaveLength(1);
  });

  it('names every line that is none of these, and goes on', async () => {
    const bad = [
      '300.1.1.1',
      'localhost',
      '10.0.0.0/2',
      '::/3',
      '1.2.3.4/33',
      'a b.example',
      'x'.repeat(300),
      '1.1.1.1:70000',
    ];
    const loaded = await load(lines(...bad, 'good.example', 'y'.repeat(70_000), 'fine.example'));
    expect(summary(loaded)).toMatchObject({ indicators: 2, bad: 9 });
    expect(loaded.refused.map((one) => one.line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10]);
    expect(loaded.refused[2]?.reason).toContain('larger than /8');
    expect(loaded.refused[8]?.reason).toContain('longer than 65,536');
  });

  it('counts what it refuses by reason, the most frequent first, and names the first five lines of each', async () => {
    const many = Array.from({ length: 7 }, (_, i) => `300.0.0.${i}`);
    const loaded = await load(lines('10.0.0.0/2', ...many, 'bad_', 'fine.example'));
    expect(loaded.lists[0]?.reasons).toEqual([
      { reason: 'no address', count: 7, lines: [2, 3, 4, 5, 6] },
      { reason: 'a network larger than /8 (IPv6: /16) says nothing', count: 1, lines: [1] },
      { reason: 'no address, network, name, URL, fingerprint or hash', count: 1, lines: [9] },
    ]);
    const ports = Array.from({ length: 200 }, (_, i) => `192.0.2.1:${70_000 + i}`);
    const { reasons, refused } = (await load(lines(...ports))).lists[0]!;
    expect([reasons.length, refused, reasons[0]]).toMatchObject([51, 200, { reason: 'other reasons', count: 150 }]);
    expect(reasons.reduce((sum, { count }) => sum + count, 0)).toBe(200);
  });

  it('says in its first remarks what it is', async () => {
    const loaded = await load(
      lines('# sonde: source Our lab', '# sonde: confidence 90', '# sonde: threat command', '# sonde: expires 2026-07-01', '# sonde: colour red', '203.0.113.9', '# sonde: confidence 1', '203.0.113.8'), // prettier-ignore
    );
    expect(onAddress(loaded, '203.0.113.8')).toMatchObject([
      { list: { source: 'Our lab' }, confidence: 90, threat: 'command', expires: Date.UTC(2026, 6, 1) / 1000 },
    ]);
    expect(loaded.refused.map((one) => one.line)).toEqual([5, 7]);
    expect(loaded.refused[0]!.reason).toContain('threat command (payload, other)');
    expect(onAddress(loaded, '203.0.113.8', Date.UTC(2026, 6, 2) / 1000)).toEqual([]);
  });

  it('is read the same packed with gzip, with other line ends and with a byte order mark', async () => {
    const text = '\uFEFF203.0.113.9\r\nevil.example\r\n# end';
    for (const given of [text, gzipSync(text)]) {
      const loaded = await load(given);
      expect(summary(loaded)).toMatchObject({ indicators: 2, bad: 0 });
      expect(onAddress(loaded, '203.0.113.9')).toHaveLength(1);
    }
  });

  it('keeps one entry of what it has twice: the surer word, the longer time', async () => {
    const loaded = await load(lines('203.0.113.9:80', '203.0.113.9:81', '203.0.113.9'), lines('203.0.113.9'));
    expect(loaded.lists.map((list) => list.indicators)).toEqual([1, 1]);
    expect(onAddress(loaded, '203.0.113.9').map(({ port }) => port)).toEqual([0, 0]);
  });
});

describe('a hosts file', () => {
  it('means its names alone, surely not very', async () => {
    const loaded = await load(
      lines('127.0.0.1 localhost', '::1 ip6-localhost', '# ads', '0.0.0.0 ads.example tracker.example # both', '0.0.0.0 bad_', '203.0.113.1 real.example'), // prettier-ignore
    );
    expect(summary(loaded)).toMatchObject({ format: 'hosts', indicators: 2, bad: 2 });
    expect(loaded.listed.name('tracker.example', NOW)).toMatchObject([{ confidence: 40 }]);
    expect(loaded.listed.name('www.tracker.example', NOW)).toEqual([]);
  });
});

describe('CSV files of abuse.ch', () => {
  it('Feodo Tracker', async () => {
    const loaded = await load(
      lines(
        '# a made-up remark, with a comma',
        '"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"',
        '"2026-01-02 03:04:05","203.0.113.9","447","online","2026-05-30","Emotet"',
        '"2026-01-02 03:04:05","203.0.113","447","online","2026-05-30","Emotet"',
        '"2026-01-02 03:04:05","203.0.113.10","447","offline","2026-05-30","QakBot"',
      ),
    );
    expect(summary(loaded)).toMatchObject({ format: 'abuse.ch', source: 'Feodo Tracker', indicators: 2, bad: 1 });
    expect(onAddress(loaded, '203.0.113.9')).toMatchObject([
      { threat: 'command', label: 'Emotet', confidence: 90, port: 447, added: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000 },
    ]);
    expect(onAddress(loaded, '203.0.113.10')).toMatchObject([{ confidence: 70 }]);
  });

  it('URLhaus', async () => {
    const loaded = await load(
      lines(
        '# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter',
        '"7","2026-05-01 10:00:00","http://203.0.113.9:8080/bin.sh","online","2026-05-02","malware_download","elf,Mozi","https://link.example/7/","anna"',
      ),
    );
    expect(summary(loaded)).toMatchObject({ source: 'URLhaus', indicators: 1, bad: 0 });
    expect(loaded.listed.url('203.0.113.9:8080/bin.sh', NOW)).toMatchObject([
      { threat: 'payload', label: 'elf, Mozi', confidence: 80 },
    ]);
  });

  it('ThreatFox, with its spaces after commas', async () => {
    const row = (value: string, type: string): string =>
      `"2026-05-01 10:00:00", "1", "${value}", "${type}", "botnet_cc", "win.x", "None", "Cobalt Strike", "", "75", "False", "None", "a ""quoted"" tag", "0", "anna"`;
    const loaded = await load(
      lines(
        '# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias","malware_printable","last_seen_utc","confidence_level","is_compromised","reference","tags","anonymous","reporter"',
        row('203.0.113.9:443', 'ip:port'),
        row('c2.example', 'domain'),
        row('https://c2.example/gate', 'url'),
        row('0123456789abcdef0123456789abcdef', 'md5_hash'),
        row('x@y.example', 'envelope_from'),
      ),
    );
    expect(summary(loaded)).toMatchObject({ source: 'ThreatFox', indicators: 3, unseen: 1, bad: 1 });
    expect(loaded.refused[0]?.reason).toBe('entries of the kind envelope_from are nothing that packets show');
    expect(onAddress(loaded, '203.0.113.9')).toMatchObject([{ port: 443, label: 'Cobalt Strike', confidence: 75 }]);
    expect(loaded.listed.name('c2.example', NOW)).toHaveLength(1);
    expect(loaded.listed.name('www.c2.example', NOW)).toEqual([]);
  });

  it('SSLBL: addresses, certificates, JA3', async () => {
    const addresses = await load(lines('# Firstseen,DstIP,DstPort', '2026-05-01 10:00:00,203.0.113.9,443'));
    expect(summary(addresses)).toMatchObject({ source: 'SSLBL', indicators: 1, bad: 0 });
    const certificates = await load(
      lines('# Listingdate,SHA1,Listingreason', `2026-05-01 10:00:00,${'ab'.repeat(20)},Dridex C&C`, 'x,y,z'),
    );
    expect(summary(certificates)).toMatchObject({ source: 'SSLBL', indicators: 1, unseen: 0, bad: 1 });
    expect(certificates.listed.certificate('ab'.repeat(20), NOW)).toMatchObject([
      { threat: 'command', label: 'Dridex', confidence: 80 },
    ]);
    const prints = await load(
      lines(
        '# ja3_md5,Firstseen,Lastseen,Listingreason',
        `${'0f'.repeat(16)},2026-05-01 10:00:00,2026-05-02 10:00:00,Tofsee`,
      ),
    );
    expect(prints.listed.ja3('0f'.repeat(16), NOW)).toMatchObject([{ label: 'Tofsee', confidence: 40 }]);
  });
});

describe('MISP JSON', () => {
  const attribute = (type: string, value: string, more: object = {}): object => ({
    type,
    value,
    to_ids: true,
    ...more,
  });
  const event = {
    Event: {
      info: 'Phishing with a dropper',
      date: '2026-04-01',
      Orgc: { name: 'CERT' },
      Tag: [{ name: 'tlp:green' }, { name: 'misp-galaxy:malpedia="Emotet"' }],
      Attribute: [
        attribute('ip-dst', '203.0.113.9', { comment: 'C2', timestamp: '1777000000' }),
        attribute('ip-dst|port', '203.0.113.10|443'),
        attribute('ip-dst|port', '2001:db8::5|443'),
        attribute('domain|ip', 'evil.example|203.0.113.11'),
        attribute('hostname', 'www.other.example'),
        attribute('url', 'http://evil.example/x', { to_ids: false }),
        attribute('domain', 'gone.example', { deleted: true }),
        attribute('email-src', 'a@b.example'),
        attribute('email-src', 'c@b.example'),
        attribute('ip-src', 'nowhere'),
        attribute('filename|sha256', `a.exe|${'0'.repeat(64)}`),
      ],
      Object: [{ Attribute: [attribute('ja3-fingerprint-md5', '0f'.repeat(16))] }],
    },
  };

  it('an event: what is fit for detection, with what it is about', async () => {
    const loaded = await load(JSON.stringify(event));
    expect(summary(loaded)).toEqual({
      format: 'misp',
      source: 'MISP (CERT)',
      indicators: 7,
      bad: 3,
      expired: 0,
      unseen: 1,
      reasons: ['0 attribute 10 (ip-src): no address, network, name, URL, fingerprint or hash', '0 attributes of type email-src are nothing that packets show (2)'], // prettier-ignore
    });
    expect(onAddress(loaded, '203.0.113.9')).toMatchObject([
      { threat: 'command', label: 'Emotet', added: 1_777_000_000 },
    ]);
    expect(onAddress(loaded, '203.0.113.11')).toMatchObject([{ threat: 'payload' }]);
    expect(onAddress(loaded, '2001:db8::5')).toMatchObject([{ port: 443 }]);
    expect(loaded.listed.name('a.evil.example', NOW)).toHaveLength(1);
    expect(loaded.listed.name('a.www.other.example', NOW)).toEqual([]);
    expect(loaded.listed.name('gone.example', NOW)).toEqual([]);
  });

  it('events and attributes as a search gives them', async () => {
    const search = { response: { Attribute: [attribute('ip-dst', '203.0.113.9', { Event: { info: 'A botnet' } })] } };
    expect(onAddress(await load(JSON.stringify(search)), '203.0.113.9')).toMatchObject([{ threat: 'command' }]);
    expect(summary(await load(JSON.stringify({ response: [event, event] })))).toMatchObject({ indicators: 7 });
    expect(summary(await load(JSON.stringify([attribute('ip-dst', '203.0.113.9'), 5])))).toMatchObject({ bad: 1 });
  });
});

describe('STIX bundles', () => {
  const bundle = (...objects: object[]): string => JSON.stringify({ type: 'bundle', id: 'bundle--1', objects });
  const indicator = (pattern: string, more: object = {}): object => ({
    type: 'indicator',
    spec_version: '2.1',
    id: 'indicator--1',
    pattern,
    pattern_type: 'stix',
    valid_from: '2026-01-01T00:00:00Z',
    ...more,
  });

  it('indicators, with their confidence, their time and what they indicate', async () => {
    const loaded = await load(
      bundle(
        { type: 'identity', id: 'identity--1', name: 'Some maker' },
        { type: 'malware', id: 'malware--1', name: 'Emotet' },
        { type: 'relationship', relationship_type: 'indicates', source_ref: 'indicator--1', target_ref: 'malware--1' },
        indicator("[ipv4-addr:value = '203.0.113.9']", {
          confidence: 85,
          kill_chain_phases: [{ kill_chain_name: 'x', phase_name: 'command-and-control' }],
          valid_until: '2026-12-01T00:00:00.5Z',
        }),
        indicator("[ipv4-addr:value = '203.0.113.10']", { valid_until: '2026-05-31T00:00:00Z' }),
        indicator("[ipv4-addr:value = '203.0.113.11']", { valid_from: '2026-06-02T00:00:00Z' }),
        indicator("[ipv4-addr:value = '203.0.113.12']", { revoked: true }),
        indicator('alert tcp any any -> any any', { pattern_type: 'snort' }),
        7 as unknown as object,
      ),
    );
    expect(summary(loaded)).toMatchObject({ format: 'stix', source: 'Some maker', indicators: 1, expired: 2, bad: 2 });
    expect(onAddress(loaded, '203.0.113.9')).toMatchObject([
      { threat: 'command', label: 'Emotet', confidence: 85, expires: Date.UTC(2026, 11, 1) / 1000 },
    ]);
    expect(loaded.refused.map((one) => one.reason)).toEqual([
      'object 8 (indicator--1): patterns of snort are not supported',
      'object 9: no object',
    ]);
  });

  it.each([
    ["[ipv4-addr:value = '198.51.100.0/24']", '198.51.100.5'],
    ["[ipv4-addr:value ISSUBSET '198.51.100.0/24']", '198.51.100.5'],
    ["[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]", '192.0.2.2'],
    ["[domain-name:value = 'x.example' OR ipv4-addr:value = '192.0.2.2']", '192.0.2.2'],
    ["([domain-name:value = 'x.example']) OR [ipv6-addr:value = '2001:db8::2']", '2001:db8::2'],
    ["[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.2' AND network-traffic:dst_port = 443]", '192.0.2.2'], // prettier-ignore
  ])('%s is understood', async (pattern, address) => {
    const loaded = await load(bundle(indicator(pattern)));
    expect(loaded.refused).toEqual([]);
    expect(onAddress(loaded, address)).toHaveLength(1);
  });

  it.each([
    ["[file:hashes.'SHA-256' = 'aa' AND file:hashes.MD5 = 'bb']", ''],
    ["[ipv4-addr:value = '192.0.2.2' AND ipv4-addr:value = '192.0.2.3']", 'AND of several addresses'],
    ["[ipv4-addr:value = '192.0.2.2'] AND [domain-name:value = 'x.example']", 'AND is not supported'],
    ["[ipv4-addr:value = '192.0.2.2'] FOLLOWEDBY [domain-name:value = 'x.example']", 'FOLLOWEDBY is not supported'],
    ["[ipv4-addr:value = '192.0.2.2'] WITHIN 5 SECONDS", 'WITHIN is not supported'],
    ["[ipv4-addr:value NOT = '192.0.2.2']", 'NOT is not supported'],
    ["[domain-name:value LIKE '%.example']", 'LIKE is not supported'],
    ["[domain-name:value = 'x.example' AND process:name = 'a']", 'process:name is not supported'],
    ["[process:name = 'a.exe']", 'process:name is not supported'],
    ["[ipv4-addr:value = '192.0.2.2' AND network-traffic:dst_port = 443]", 'AND of several things'],
    ["[ipv4-addr:value = 'x.example']", 'no address'],
    ["[ipv4-addr:value = '192.0.2.2'", 'breaks off'],
    ["[ipv4-addr:value = '192.0.2.2", 'not a pattern'],
    ['', 'breaks off'],
    [`${'('.repeat(500)}[ipv4-addr:value = '192.0.2.2']`, 'deeper than anybody writes'],
  ])('%s is refused whole: %s', async (pattern, reason) => {
    const loaded = await load(bundle(indicator(pattern)));
    expect(loaded.listed.size).toBe(0);
    expect(loaded.refused.map((one) => one.reason).join()).toContain(reason);
    expect(loaded.lists[0]).toMatchObject(reason === '' ? { unseen: 1, refused: 0 } : { refused: 1 });
  });
});

describe('what is no list', () => {
  it.each([
    ['', 'is empty'],
    [Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1, 0, 0), 'no text'],
    ['PK\x03\x04something', 'a ZIP archive'],
    ['{"type":"something"}', 'neither of MISP nor a STIX bundle'],
    ['{"type":"bundle"', 'begins like JSON'],
    [gzipSync('203.0.113.9\n'.repeat(1000)).subarray(0, 40), 'cannot be read'],
  ])('%# is refused whole, with what to do', async (text, what) => {
    await expect(load(text)).rejects.toMatchObject({
      name: 'SondeError',
      message: expect.stringContaining(what) as string,
      cure: expect.stringMatching(/\S/) as string,
    });
  });
});

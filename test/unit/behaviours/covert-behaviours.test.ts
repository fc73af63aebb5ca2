import { describe, expect, it } from 'vitest';
import { DnsSpoofing } from '../../../src-main/detect/behaviours/dns-spoofing.ts';
import { DnsTunnel } from '../../../src-main/detect/behaviours/dns-tunnel.ts';
import { Exfiltration } from '../../../src-main/detect/behaviours/exfiltration.ts';
import { GeneratedNames, improbable } from '../../../src-main/detect/behaviours/dga.ts';
import { IcmpTunnel } from '../../../src-main/detect/behaviours/icmp-tunnel.ts';
import type { Finding } from '../../../src-main/detect/types.ts';
import { Bench, times } from './message-bench.ts';

const A = '10.0.0.66';
const S = '10.0.0.53';

/** Deterministic letters and digits. */
function noise(seed: number, length: number, alphabet = '0123456789abcdef'): string {
  let text = '';
  let state = seed * 2_654_435_761 + 12_345;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += alphabet[(state >>> 16) % alphabet.length];
  }
  return text;
}

describe('tunnels through DNS', () => {
  const ask = (bench: Bench, at: number, qname: string, qtype: number, id = Math.round(at * 1000)) =>
    bench.message('dns', { at, from: A, to: S, qname, qtype, id });
  const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

  it.each([
    [
      'hexadecimal names asked for as MX, TXT and CNAME',
      (i: number) => [`${noise(i, 34)}.evil.example`, [15, 16, 5][i % 3]!] as const,
    ],
    ['NULL queries', (i: number) => [`p${noise(i, 6, BASE32)}.t.example`, 10] as const],
    [
      'long labels asked for as addresses',
      (i: number) => [`${noise(i, 60, BASE32)}.${noise(i + 99, 30, BASE32)}.x.example`, 1] as const,
    ],
    [
      'names with bytes no host has',
      (i: number) => [`z${noise(i, 5)}\u00e4\u00f6\u00ff\u00fe${noise(i, 20)}.x.example`, 16] as const,
    ],
  ])('are seen within a dozen questions: %s', (_, make) => {
    const bench = new Bench(new DnsTunnel());
    const [finding] = bench.see(...times(14, (i) => ask(bench, i, make(i)[0], make(i)[1])));
    expect(finding?.kind).toBe('dns-tunnel');
    expect(bench.addresses(finding!.sources)).toEqual([A]);
    expect(finding?.domains[0]).toMatch(/example$/);
  });

  it('are seen when commands come as large TXT answers to short names', () => {
    const bench = new Bench(new DnsTunnel());
    for (let i = 0; i < 16; i++) {
      bench.see(
        ask(bench, i, `l.${i}.ns.evil.example`, 16),
        bench.message('dns', {
          at: i + 0.02,
          from: A,
          to: S,
          response: true,
          fromOrig: false,
          qname: `l.${i}.ns.evil.example`,
          qtype: 16,
          answers: 1,
          answerBytes: 200,
        }),
      );
    }
    expect(bench.finish()[0]).toMatchObject({ kind: 'dns-tunnel', severity: 'warning' });
  });

  it('are not a content network, reputation lookups, reverse lookups, block lists, service discovery or mail policy', () => {
    const bench = new Bench(new DnsTunnel());
    const ordinary: [string, number][] = [];
    for (let i = 0; i < 60; i++) {
      ordinary.push([`r${i % 5}---sn-${noise(i, 8)}.googlevideo.com`, 1]);
      ordinary.push([`${noise(i, 40)}.avqs.mcafee.com`, 1]);
      ordinary.push([`${i}.2.0.192.in-addr.arpa`, 12]);
      ordinary.push([`${i}.113.0.203.zen.example.org`, 1]);
      ordinary.push([`_sip._tcp.branch${i}.example.net`, 33]);
      ordinary.push([`mail${i}-customer.com`, 16]);
      ordinary.push([`img${i % 12}.shop.example.com`, 28]);
    }
    bench.see(...ordinary.map(([qname, qtype], i) => ask(bench, i * 0.3, qname, qtype, i)));
    expect(bench.finish()).toEqual([]);
  });

  it('do not count a question sent again', () => {
    const bench = new Bench(new DnsTunnel());
    bench.see(...times(50, (i) => ask(bench, i, `${noise(1, 40)}.evil.example`, 16, 7)));
    expect(bench.finish()).toEqual([]);
  });
});

describe('tunnels through ICMP', () => {
  const echo = (bench: Bench, at: number, sequence: number, hash: number, size = 56, reply = false) =>
    bench.message('icmp', {
      at,
      from: A,
      to: '203.0.113.9',
      type: reply ? 0 : 8,
      fromOrig: !reply,
      sequence,
      hash,
      size,
    });

  it('answer with something else than they were sent', () => {
    const bench = new Bench(new IcmpTunnel());
    const [finding] = bench.see(
      ...times(8, (i) => [
        echo(bench, i, i, 100 + i, 80 + i * 20),
        echo(bench, i + 0.01, i, 900 + i, 90 + i * 7, true),
      ]).flat(),
    );
    expect(finding).toMatchObject({ kind: 'icmp-tunnel' });
    expect(bench.addresses([...finding!.sources, ...finding!.targets])).toEqual([A, '203.0.113.9']);
  });

  it('are not pings of any size, nor one direction of a capture', () => {
    const bench = new Bench(new IcmpTunnel());
    bench.see(...times(60, (i) => [echo(bench, i, i, 100 + i), echo(bench, i + 0.01, i, 100 + i, 56, true)]).flat());
    bench.see(
      ...times(40, (i) => [
        echo(bench, 100 + i, 100 + i, 500 + i, 1000 + i * 10),
        echo(bench, 100.01 + i, 100 + i, 500 + i, 1000 + i * 10, true),
      ]).flat(),
    );
    const oneWay = new Bench(new IcmpTunnel());
    oneWay.see(...times(60, (i) => echo(oneWay, i, i, 100 + i, 56, true)));
    expect([...bench.finish(), ...oneWay.finish()]).toEqual([]);
  });
});

describe('generated names', () => {
  const failing = (bench: Bench, at: number, qname: string) => [
    bench.message('dns', { at, from: A, to: S, qname, id: at }),
    bench.message('dns', { at: at + 0.02, from: A, to: S, fromOrig: false, response: true, rcode: 3, qname, id: at }),
  ];

  it('are many improbable domains that do not exist', () => {
    const bench = new Bench(new GeneratedNames());
    const names = times(20, (i) => `${noise(i, 12, 'bcdfghjklmnpqrstvwxz')}.com`);
    const [finding] = bench.see(...names.flatMap((name, i) => failing(bench, i, name)));
    expect(finding).toMatchObject({ kind: 'dga', domainsTotal: 20 });
  });

  it('are not words, typing errors, or subdomains of one place', () => {
    const bench = new Bench(new GeneratedNames());
    const words = [
      'googel',
      'facbook',
      'wetterr',
      'bundesliga24',
      'sportschau',
      'kicker-news',
      'hoteltravel',
      'gartenmoebel',
      'versicherung',
      'stadtwerke',
      'mobilfunk',
      'autohaus',
      'reisebuero',
      'volkshochschule',
    ];
    bench.see(...words.flatMap((name, i) => failing(bench, i, `${name}.de`)));
    bench.see(...times(40, (i) => failing(bench, 100 + i, `${noise(i, 12)}.cdn.example.com`)).flat());
    expect(bench.finish()).toEqual([]);
  });

  it('are judged by the registered label', () => {
    expect(['qzxkvwjplmtd', 'hxpvdbjkyfsql', '3f9a0c7be1d24586'].map(improbable)).toEqual([true, true, true]);
    expect(['wikipedia', 'stackoverflow', 'schwarzwald', 'xn--mnchen-3ya', 'ibm'].map(improbable)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('DNS spoofing', () => {
  const answer = (bench: Bench, at: number, id: number, addresses: string[], qname = 'bank.example') =>
    bench.message('dns', {
      at,
      from: A,
      to: '192.0.2.53',
      fromOrig: false,
      response: true,
      id,
      qname,
      addresses,
      answers: addresses.length,
    });
  const question = (bench: Bench, at: number, id: number, qname = 'bank.example') =>
    bench.message('dns', { at, from: A, to: '192.0.2.53', id, qname });

  it('is one question answered twice with addresses of different networks', () => {
    const bench = new Bench(new DnsSpoofing());
    const [finding] = bench.see(
      question(bench, 0, 5),
      answer(bench, 0.001, 5, ['10.0.0.66']),
      answer(bench, 0.04, 5, ['198.51.100.7']),
    );
    expect(finding).toMatchObject({ kind: 'dns-spoofing', severity: 'warning', domains: ['bank.example'] });
    const [again] = bench.see(
      question(bench, 9, 6),
      answer(bench, 9.001, 6, ['10.0.0.66']),
      answer(bench, 9.04, 6, ['198.51.100.7']),
    );
    expect(again?.severity).toBeUndefined();
  });

  it('is not a question asked twice, nor a pool that rotates, nor the same answer again', () => {
    const bench = new Bench(new DnsSpoofing());
    bench.see(
      question(bench, 0, 5),
      question(bench, 1, 5),
      answer(bench, 1.1, 5, ['198.51.100.7']),
      answer(bench, 1.2, 5, ['203.0.113.7']),
    );
    bench.see(question(bench, 2, 6), answer(bench, 2.1, 6, ['198.51.100.7']), answer(bench, 2.2, 6, ['198.51.100.99']));
    bench.see(
      question(bench, 3, 7),
      answer(bench, 3.1, 7, ['198.51.100.7']),
      answer(bench, 3.2, 7, ['198.51.100.7', '203.0.113.9']),
    );
    expect(bench.finish()).toEqual([]);
  });

  it('is names of the whole world, or of several domains, that lead to one machine inside', () => {
    const world = new Bench(new DnsSpoofing());
    expect(
      world.see(question(world, 0, 1, 'www.paypal.com'), answer(world, 0.1, 1, ['10.0.0.66'], 'www.paypal.com'))[0],
    ).toMatchObject({ kind: 'dns-spoofing', severity: 'warning' });
    const firm = new Bench(new DnsSpoofing());
    for (const [i, name] of ['mail', 'wiki', 'files', 'git'].entries())
      firm.see(answer(firm, i, i, ['10.0.0.5'], `${name}.firm.example`));
    firm.see(answer(firm, 9, 9, ['10.0.0.5'], 'nas.lan'), answer(firm, 10, 10, ['10.0.0.5'], 'cloud.other.example'));
    expect(firm.finish()).toEqual([]);
  });

  it('is a neighbour that answers for three names, not one that answers for its own', () => {
    const say = (bench: Bench, at: number, from: string, qname: string) =>
      bench.message('dns', { at, from, to: A, variant: 'llmnr', response: true, qname, addresses: [from] });
    const bench = new Bench(new DnsSpoofing());
    bench.see(...times(9, (i) => say(bench, i, '10.0.0.7', 'printer')));
    expect(
      bench.see(
        say(bench, 10, '10.0.0.66', 'wpad'),
        say(bench, 11, '10.0.0.66', 'flieserver'),
        say(bench, 12, '10.0.0.66', 'sharepoin'),
      ),
    ).toHaveLength(1);
    expect(bench.finish()[0]?.technique?.[0]?.id).toBe('T1557.001');
  });

  it('is a flood of answers with guessed ids', () => {
    const bench = new Bench(new DnsSpoofing());
    const [finding] = bench.see(...times(60, (i) => answer(bench, i * 0.01, i, ['198.51.100.66'])));
    expect(finding?.title).toContain('nobody asked for');
  });
});

describe('exfiltration', () => {
  const upload = (at: number, to: string, up: number, port = 443, service = 'ssl') => ({
    at,
    from: A,
    to,
    port,
    seconds: 60,
    up,
    down: up / 100,
    service,
  });

  it('is far more out to one place than to any other and than came back', () => {
    const bench = new Bench(new Exfiltration());
    bench.ended([upload(0, '198.51.100.1', 400_000), upload(10, '198.51.100.2', 900_000)]);
    const [finding] = bench.ended([upload(100, '203.0.113.5', 400_000_000)]);
    expect(finding).toMatchObject({ kind: 'data-exfiltration', severity: 'warning', bytes: 404_000_000 });
    expect(finding!.evidence[0]).toMatchObject({ value: 400_000_000, expected: 900_000 });
  });

  it('is critical at a tenth of that to a bare address in an unknown protocol', () => {
    const bench = new Bench(new Exfiltration());
    const [finding] = bench.ended([upload(0, '203.0.113.5', 9_000_000, 4444, '')]);
    expect(finding).toMatchObject({ kind: 'data-exfiltration' });
    expect(finding?.severity).toBeUndefined();
  });

  it('takes a tenth of that to a place whose certificate only it vouches for', () => {
    const behind = (issuer: string): Finding[] => {
      const bench = new Bench(new Exfiltration());
      const certificate = { what: 'certificate', subject: 'CN=files', issuer, fromOrig: false } as const;
      bench.see(bench.message('tls', { at: 0, from: A, to: '203.0.113.5', ...certificate }));
      return bench.ended([upload(0, '203.0.113.5', 9_000_000)]);
    };
    expect(behind('CN=files')[0]).toMatchObject({ kind: 'data-exfiltration', bytes: 9_090_000 });
    expect(behind('CN=Public CA')).toEqual([]);
  });

  it('is not a download, a call with as much back, a backup to two places, or traffic inside', () => {
    const bench = new Bench(new Exfiltration());
    bench.ended([
      { at: 0, from: A, to: '203.0.113.5', port: 443, up: 2_000_000, down: 900_000_000 },
      {
        at: 0,
        from: '10.0.0.7',
        to: '203.0.113.6',
        port: 3478,
        proto: 17,
        up: 200_000_000,
        down: 180_000_000,
        packets: 200_000,
      },
      { at: 0, from: '10.0.0.8', to: '203.0.113.7', port: 443, up: 300_000_000, down: 1_000_000, packets: 250_000 },
      { at: 0, from: '10.0.0.8', to: '203.0.113.8', port: 443, up: 290_000_000, down: 1_000_000, packets: 250_000 },
      { at: 0, from: '10.0.0.9', to: '10.0.0.10', port: 445, up: 900_000_000, down: 1_000_000, packets: 700_000 },
    ]);
    expect(bench.finish()).toEqual([]);
  });
});

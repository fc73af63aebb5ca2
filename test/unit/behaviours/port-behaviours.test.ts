/** Protocols on ports of others, and what nobody knows on the ports of protocols. */
import { describe, expect, it } from 'vitest';
import { PortMisuse } from '../../../src-main/detect/behaviours/port-misuse.ts';
import { UnexpectedPort } from '../../../src-main/detect/behaviours/unexpected-port.ts';
import { buildIncidents } from '../../../src-main/detect/incidents/build.ts';
import { RawControl } from '../../../src-main/detect/behaviours/raw-control.ts';
import type { Finding } from '../../../src-main/detect/types.ts';
import { generate } from '../../generator/scenario.ts';
import { behaviours, type Told } from './harness.ts';
import { Bench, START, times, type Given } from './message-bench.ts';
import { faults } from './plain-words.ts';

const A = '10.0.0.66';
const B = '10.0.0.9';
const OUT = '203.0.113.5';

const spoken = (bench: Bench, given: Partial<Given<'misplaced'>> = {}) =>
  bench.message('misplaced', { at: 1, from: A, to: OUT, respPort: 443, app: 'SSH', ...given });

const severities = (findings: readonly Finding[]): unknown[] => findings.map((one) => one.severity);

describe('a protocol on the port of another', () => {
  it('that leads out of the network is a warning with its usual port, servers and what to do', () => {
    const bench = new Bench(new UnexpectedPort());
    const [finding] = bench.see(spoken(bench), spoken(bench, { at: 5 }), spoken(bench, { at: 9, to: '203.0.113.7' }));
    expect(finding).toMatchObject({
      kind: 'policy-violation',
      severity: 'warning',
      confidence: 0.9,
      title: 'SSH between 10.0.0.66 and 203.0.113.5 and 203.0.113.7 on port 443, which belongs to HTTPS',
      summary:
        '3 connections of SSH went over the port of HTTPS, out of the network: a firewall that lets HTTPS out by its port lets this out as well.',
      ports: [443],
      first: { sec: START + 1 },
      decided: { sec: START + 1 },
      last: { sec: START + 9 },
      flowsTotal: 3,
      technique: [{ id: 'T1571' }, { id: 'T1572' }],
    });
    expect([bench.addresses(finding!.sources), bench.addresses(finding!.targets)]).toEqual([[A], [OUT, '203.0.113.7']]);
    expect(finding!.evidence).toEqual([
      { fact: 'Port it was spoken on (SSH is at home on 22)', value: 443, expected: 22, unit: 'port' },
      { fact: 'Connections in which both ends spoke it', value: 3, expected: 0, unit: 'connections' },
    ]);
    expect(finding!.response![0]).toMatch(/^Ask the owner of 10\.0\.0\.66 what this way out is for; SSH can carry/);
    expect(faults(finding!)).toEqual([]);
  });

  it('is one case a client, protocol and port, told anew while it grows', () => {
    const bench = new Bench(new UnexpectedPort());
    bench.see(...times(50, (i) => spoken(bench, { at: i, to: `203.0.113.${i}` })));
    expect(bench.findings.size).toBe(1);
    const found = bench.see(spoken(bench, { at: 60, respPort: 53 }), spoken(bench, { at: 61, app: 'RDP' }));
    expect(found.map((one) => [one.ports, one.targetsTotal])).toEqual([
      [[443], 50],
      [[53], 1],
      [[443], 1],
    ]);
  });

  it('knows what was carried when the connection has ended', () => {
    const bench = new Bench(new UnexpectedPort());
    bench.see(spoken(bench, { flow: 1 }));
    const [finding] = bench.ended([{ at: 0, from: A, to: OUT, port: 443, seconds: 600, up: 4000, down: 90_000 }]);
    expect(finding).toMatchObject({ first: { sec: START }, decided: { sec: START + 1 }, last: { sec: START + 600 } });
    expect(finding!.bytes).toBe(94_000);
    expect(finding!.evidence.slice(2)).toEqual([
      { fact: 'Sent by the clients in finished connections', value: 4000, expected: null, unit: 'bytes' },
      { fact: 'Sent by the servers in finished connections', value: 90_000, expected: null, unit: 'bytes' },
      { fact: 'Longest finished connection', value: 600, expected: null, unit: 's' },
    ]);
  });

  it.each([
    ['inside the network', { to: B }, 'info', 'inside the network.'],
    ['to a server of ours from outside', { from: OUT, to: B }, 'info', 'from outside to a server inside.'],
    ['of file sharing', { app: 'BitTorrent' }, 'info', 'lets this out as well.'],
    ['of a database', { app: 'MySQL', respPort: 80 }, 'info', 'lets this out as well.'],
    ['of a VPN over UDP', { app: 'WireGuard', respPort: 53, transport: 'udp' }, 'warning', 'lets this out as well.'],
    ['of TLS on the port of DNS', { app: 'TLS', respPort: 53 }, 'warning', 'lets this out as well.'],
    ['of plain HTTP on the port of HTTPS', { app: 'HTTP' }, 'info', 'lets this out as well.'],
  ] as const)('%s', (_, given, severity, ending) => {
    const bench = new Bench(new UnexpectedPort());
    const [finding] = bench.see(spoken(bench, given));
    expect(finding).toMatchObject({ kind: 'policy-violation', severity });
    expect(finding!.summary.endsWith(ending)).toBe(true);
    expect(faults(finding!)).toEqual([]);
  });

  it.each([
    [
      'of coin mining',
      { app: 'Mining' },
      'Find out who runs coin mining on 10.0.0.66 and whether it is allowed there.',
    ],
    ['of file sharing inside', { app: 'BitTorrent', to: B }, 'Find out who runs BitTorrent on 10.0.0.66 and whether'],
    [
      'of a service outside',
      { app: 'MySQL' },
      'Look up the far end, and find the program on 10.0.0.66 that speaks MySQL',
    ],
    [
      'of a service inside',
      { app: 'MySQL', to: B },
      'Find out who set the service up like this, and move it to its own port (3306)',
    ],
    [
      'of SSH from outside',
      { from: OUT, to: B },
      'Find out who set the service up like this, and move it to its own port (22)',
    ],
  ] as const)('says what to do with it: %s', (_, given, advice) => {
    const bench = new Bench(new UnexpectedPort());
    const [finding] = bench.see(spoken(bench, given));
    expect(finding!.response![0]!.startsWith(advice)).toBe(true);
  });

  it.each(['SMTP', 'IMAP', 'Modbus', 'MQTT', 'AMQP', 'RTSP', 'SIP'])('is a note of %s, on 443 and on 990', (app) => {
    const bench = new Bench(new UnexpectedPort());
    const findings = bench.see(spoken(bench, { app }), spoken(bench, { app, respPort: 990 }));
    expect(findings.map((one) => [one.severity, one.ports])).toEqual([
      ['info', [443]],
      ['info', [990]],
    ]);
  });

  it('is one case of a server of ours with all who come to it from outside', () => {
    const bench = new Bench(new UnexpectedPort());
    const findings = bench.see(...times(40, (i) => spoken(bench, { from: `203.0.113.${i}`, to: B })));
    expect(findings.map((one) => [one.sourcesTotal, bench.addresses(one.targets)])).toEqual([[40, [B]]]);
  });

  it('is nothing on ports that are nobody’s, of protocols it does not matter for, and of unknown ones', () => {
    const bench = new Bench(new UnexpectedPort());
    bench.see(
      spoken(bench, { respPort: 2222 }),
      spoken(bench, { respPort: 8081, app: 'HTTP' }),
      spoken(bench, { respPort: 8443 }),
      spoken(bench, { respPort: 80, app: 'TLS' }),
      spoken(bench, { respPort: 25, app: 'TLS' }),
      spoken(bench, { respPort: 443, app: 'STUN', transport: 'udp' }),
      spoken(bench, { respPort: 443, app: 'WhatsApp' }),
      spoken(bench, { app: '' }),
    );
    expect(bench.finish()).toEqual([]);
  });
});

describe('what nobody knows on the port of a protocol', () => {
  const unknown = (bench: Bench, given: Partial<Given<'misplaced'>> = {}) => spoken(bench, { app: '', ...given });
  const lookup = (bench: Bench, address: string) =>
    bench.message('dns', { at: 0, from: A, to: B, response: true, qname: 'a.example', addresses: [address] });
  const say = (bench: Bench, text: string, fromOrig: boolean) =>
    bench.message('payload', { at: 1, from: A, to: OUT, respPort: 443, flow: 7, text, size: text.length, fromOrig });

  it('is a warning where it leads out on a port that others leave alone', () => {
    const bench = new Bench(new PortMisuse());
    const [finding] = bench.see(unknown(bench, { respPort: 53 }), unknown(bench, { at: 3, respPort: 53 }));
    expect(finding).toMatchObject({
      kind: 'protocol-violation',
      severity: 'warning',
      confidence: 0.6,
      title: 'Unknown traffic between 10.0.0.66 and 203.0.113.5 on port 53, which belongs to DNS',
      summary:
        '2 connections on the port of DNS carried no protocol that is known. Such a connection passes firewalls that look at ports only.',
      technique: [{ id: 'T1095' }],
      evidence: [
        { fact: 'Connections in which both ends spoke something unknown', value: 2, expected: 0, unit: 'connections' },
      ],
    });
    expect(finding!.response![0]).toMatch(/^Find the program on 10\.0\.0\.66/);
    expect(faults(finding!)).toEqual([]);
  });

  it('is a warning over UDP where each datagram of the port’s protocol can be told', () => {
    const bench = new Bench(new PortMisuse());
    bench.see(unknown(bench, { respPort: 53, transport: 'udp' }));
    bench.see(unknown(bench, { respPort: 500, transport: 'udp' }));
    expect(bench.finish().map((one) => [one.ports, one.severity])).toEqual([[[53], 'warning']]);
  });

  it('is a note on the web’s ports, and nothing where a name led there', () => {
    const bench = new Bench(new PortMisuse());
    bench.see(lookup(bench, '203.0.113.7'));
    expect(severities(bench.see(unknown(bench, { to: '203.0.113.7' })))).toEqual([]);
    expect(severities(bench.see(unknown(bench, { to: '203.0.113.7', respPort: 80 })))).toEqual([]);
    const [finding] = bench.see(unknown(bench));
    expect(finding).toMatchObject({ severity: 'info', confidence: 0.4 });
  });

  it('is a warning as readable text on a port for encryption, to an address that no name led to', () => {
    const bench = new Bench(new PortMisuse());
    bench.see(lookup(bench, '203.0.113.7'), say(bench, 'hello 12\r\n', true), say(bench, 'task none\r\n', false));
    const [finding] = bench.see(unknown(bench, { flow: 7 }));
    expect(finding).toMatchObject({ severity: 'warning', confidence: 0.5 });
    expect(finding!.summary).toContain('but readable text where everything should be encrypted');
    expect(finding!.evidence[1]).toMatchObject({ fact: 'Connections with readable text both ways', value: 1 });
  });

  it('is a note where the text is of one side only, or lookups were not captured', () => {
    const oneSided = new Bench(new PortMisuse());
    oneSided.see(
      lookup(oneSided, '203.0.113.7'),
      say(oneSided, 'hello 12\r\n', true),
      say(oneSided, '\u0001\u00ff\u0003\u0004', false),
    );
    expect(severities(oneSided.see(unknown(oneSided, { flow: 7 })))).toEqual(['info']);
    const blind = new Bench(new PortMisuse());
    blind.see(say(blind, 'hello 12\r\n', true), say(blind, 'task none\r\n', false));
    expect(severities(blind.see(unknown(blind, { flow: 7 })))).toEqual(['info']);
  });

  it('is a note inside the network and from outside to a server of ours', () => {
    const bench = new Bench(new PortMisuse());
    bench.see(unknown(bench, { to: B, respPort: 445 }), unknown(bench, { from: OUT, to: B, respPort: 22 }));
    const findings = bench.finish();
    expect(severities(findings)).toEqual(['info', 'info']);
    expect(findings.flatMap(faults)).toEqual([]);
    expect(findings.map((one) => one.technique)).toEqual([undefined, undefined]);
  });

  it('is nothing of Telegram, on Telnet’s port, on QUIC’s, on ports that are nobody’s, nor what is known', () => {
    const bench = new Bench(new PortMisuse());
    bench.see(
      unknown(bench, { to: '149.154.167.91' }),
      unknown(bench, { to: '91.108.56.130', respPort: 80 }),
      unknown(bench, { respPort: 23 }),
      unknown(bench, { transport: 'udp' }),
      unknown(bench, { respPort: 8080 }),
      unknown(bench, { app: 'SSH' }),
    );
    expect(bench.finish()).toEqual([]);
  });

  it('is evidence of the shell that was seen on it, not another incident', () => {
    const misuse = new Bench(new PortMisuse());
    const shell = new RawControl();
    const uid = say(misuse, 'uid=0(root) gid=0(root)\n', false);
    misuse.see(uid, unknown(misuse, { flow: 7, respPort: 53 }));
    const control = new Bench(shell);
    control.see(say(control, 'uid=0(root) gid=0(root)\n', false));
    // The same addresses have the same ids: both benches met them in the same order.
    expect(control.host(OUT)).toBe(misuse.host(OUT));
    const built = buildIncidents([...misuse.findings.values(), ...control.findings.values()], misuse.hosts);
    expect(built.map(({ incident }) => [incident.kind, incident.severity])).toEqual([
      ['command-and-control', 'critical'],
    ]);
    expect(built[0]!.incident.summary).toContain('Also: Unknown traffic between');
  });
});

describe('generated captures', () => {
  const PORTS = [() => new UnexpectedPort(), () => new PortMisuse()];
  const made = (attack: string, set: 'tuning' | 'held-out'): Promise<Told[]> =>
    behaviours(generate({ environment: 'none', seed: 5, hours: 0.25, set, attacks: [attack] }).bytes, PORTS);

  it.each([
    ['policy-violation/ssh', 'tuning', 'policy-violation', 'warning', 'SSH', 443],
    ['policy-violation/ssh', 'held-out', 'policy-violation', 'warning', 'SSH', 53],
    ['protocol-violation/raw', 'tuning', 'protocol-violation', 'warning', 'Unknown traffic', 53],
    ['protocol-violation/raw', 'held-out', 'protocol-violation', 'info', 'Unknown traffic', 443],
  ] as const)('%s of the %s set is one %s', async (attack, set, kind, severity, words, port) => {
    const found = await made(attack, set);
    expect(found.map((one) => [one.kind, one.severity, one.ports])).toEqual([[kind, severity, [port]]]);
    expect(found[0]!.title.startsWith(`${words} between ${found[0]!.sources[0]} and `)).toBe(true);
    expect(found[0]!.flowsTotal).toBe(3);
    expect(found[0]!.bytes).toBeGreaterThan(1000);
    // Told while the first connection lasted.
    expect(found[0]!.decided.sec).toBeLessThan(found[0]!.last.sec);
    expect(faults(found[0]!)).toEqual([]);
  });

  it.each(['tuning', 'held-out'] as const)('say nothing of what has a port of its own choice (%s)', async (set) => {
    expect(await made('own-ports', set)).toEqual([]);
  });

  it.each(['office', 'home'] as const)(
    'say nothing of an ordinary quarter of an hour at the %s',
    async (environment) => {
      const ordinary = generate({ environment, seed: 23, hours: 0.25, volume: 0.02, maxPackets: 60_000 });
      expect(await behaviours(ordinary.bytes, PORTS)).toEqual([]);
    },
  );
});

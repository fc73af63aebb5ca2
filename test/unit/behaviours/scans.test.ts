import { describe, expect, test } from 'vitest';
import { arpSweep } from '../../../src-main/detect/behaviours/arp-sweep.ts';
import { fingerprinting } from '../../../src-main/detect/behaviours/fingerprinting.ts';
import { halfOpenProbe } from '../../../src-main/detect/behaviours/half-open-probe.ts';
import { hostSweep } from '../../../src-main/detect/behaviours/host-sweep.ts';
import { portScan } from '../../../src-main/detect/behaviours/port-scan.ts';
import type { ArpMessage, HttpMessage } from '../../../src-main/meter/protocols/types.ts';
import { ANSWERED, FLAG, outside, PROTO, REFUSED, Stage, times, type Seen } from './harness.ts';

const A = '10.0.0.5';
const B = '10.0.0.9';
const T = 1_700_000_000;

const syn = (i: number, over: Partial<Seen> = {}): Seen => ({
  at: T + i * 0.01,
  from: A,
  to: B,
  respPort: 1 + i,
  flow: i,
  ...over,
});

describe('a port scan', () => {
  test('is ten unanswered ports in 190 µs, known at the end of the capture', () => {
    const stage = new Stage(portScan);
    stage.see({ events: times(10, (i) => syn(i, { at: T + i * 19e-6 })) });
    const [finding, ...others] = stage.finish();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'port-scan',
      portsTotal: 10,
      sourcesTotal: 1,
      targetsTotal: 1,
      flowsTotal: 10,
    });
    expect(finding!.severity).toBeUndefined();
    expect([stage.names(finding!.sources), stage.names(finding!.targets)]).toEqual([[A], [B]]);
    expect(finding!.title).toBe('10.0.0.5 tried 10 ports on 10.0.0.9 in 171 µs');
  });

  test('is decided while it runs, as soon as enough ports have refused', () => {
    const stage = new Stage(portScan);
    const [finding] = stage.see({
      events: times(10, (i) => [syn(i), syn(i, { kind: REFUSED, at: T + i * 0.01 + 0.001 })]).flat(),
    });
    expect(finding!.decided.sec + finding!.decided.nano / 1e9).toBeCloseTo(T + 0.07, 2);
  });

  test('is not decided before unanswered tries have had a second for their answer', () => {
    const stage = new Stage(portScan);
    expect(stage.see({ events: times(30, (i) => syn(i, { at: T + i * 0.001 })) })).toEqual([]);
    expect(stage.see({ events: [syn(31, { at: T + 3 })] })).toHaveLength(1);
  });

  test('tells the ports, and those that answered first', () => {
    const stage = new Stage(portScan);
    stage.see({
      events: [
        ...times(1024, (i) => syn(i)),
        syn(21, { kind: ANSWERED, at: T + 20 }),
        syn(79, { kind: ANSWERED, at: T + 20 }),
      ],
    });
    const [finding] = stage.finish();
    expect(finding!.ports.slice(0, 3)).toEqual([22, 80, 1]);
    expect(finding!.portsTotal).toBe(1024);
    expect(finding!.title).toBe('10.0.0.5 tried 1,024 ports on 10.0.0.9 in 10 seconds');
    expect(finding!.confidence).toBeGreaterThan(0.95);
  });

  test('states what is usual for the host', () => {
    const stage = new Stage(portScan);
    const usual = times(10, (i): Seen[] => [
      { at: T + i, from: A, to: outside(i), respPort: 443 },
      { at: T + i, from: A, to: outside(i), respPort: 443, kind: ANSWERED },
    ]).flat();
    stage.see({ events: [...usual, ...times(50, (i) => syn(i, { at: T + 20 + i * 0.01 }))] });
    const [finding] = stage.finish();
    expect(finding!.evidence[0]).toMatchObject({ value: 50, expected: 1, unit: 'ports' });
    expect(finding!.evidence[0]!.fact).toContain("this host's usual: 1");
  });

  test.each([
    ['FIN', FLAG.FIN],
    ['NULL', 0],
    ['XMAS', FLAG.FIN | FLAG.PSH | FLAG.URG],
    ['ACK', FLAG.ACK],
  ])('by %s packets is named as such, even though targets reset', (name, tcpFlags) => {
    const stage = new Stage(portScan);
    stage.see({ events: times(20, (i) => [syn(i, { tcpFlags }), syn(i, { kind: ANSWERED })]).flat() });
    expect(stage.finish()[0]!.title).toContain(`by ${name} packets`);
  });

  test('over hours is found when no two tries share a minute', () => {
    const stage = new Stage(portScan);
    for (let i = 0; i < 40; i++) stage.see({ events: [syn(i, { at: T + i * 300 })] });
    const [finding] = stage.finish();
    expect(finding!.portsTotal).toBe(40);
    expect(finding!.decided.sec - T).toBeLessThan(20 * 300);
  });

  test('of several hosts with a few ports each is one finding', () => {
    const stage = new Stage(portScan);
    stage.see({ events: times(5, (host) => times(4, (i) => syn(i, { to: `10.0.1.${host}`, at: T + host }))).flat() });
    const [finding, ...others] = stage.finish();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ targetsTotal: 5, portsTotal: 4 });
  });

  test('of UDP ports and of IP protocols is found', () => {
    const udp = new Stage(portScan);
    udp.see({ events: times(100, (i) => syn(i, { proto: PROTO.UDP, tcpFlags: 0 })) });
    expect(udp.finish()[0]!.title).toBe('10.0.0.5 tried 100 UDP ports on 10.0.0.9 in 990 ms');
    const protocols = new Stage(portScan);
    protocols.see({ events: times(60, (i) => syn(i, { proto: 70 + i, respPort: 0, tcpFlags: 0 })) });
    expect(protocols.finish()[0]!.title).toContain('tried 60 IP protocols');
  });

  test('of five ports at once is a hint, which becomes a scan when it goes on', () => {
    const stage = new Stage(portScan);
    stage.see({ events: times(5, (i) => [syn(i), syn(i, { kind: REFUSED })]).flat() });
    expect([...stage.findings.values()][0]).toMatchObject({ severity: 'info', confidence: 0.4 });
    stage.see({ events: times(20, (i) => [syn(5 + i), syn(5 + i, { kind: REFUSED })]).flat() });
    const [finding] = stage.finish();
    expect(finding!.severity).toBeUndefined();
    expect(finding!.portsTotal).toBe(25);
  });

  test('that comes again hours later is a case of its own', () => {
    const stage = new Stage(portScan);
    for (const start of [0, 7200]) stage.see({ events: times(30, (i) => syn(i, { at: T + start + i * 0.1 })) });
    expect(stage.finish().map((finding) => finding.first.sec - T)).toEqual([0, 7200]);
  });

  test('costs bounded memory when every packet has another sender', () => {
    const stage = new Stage(portScan);
    for (let batch = 0; batch < 50; batch++) {
      stage.see({
        events: times(4000, (i) => ({ at: T + batch, from: outside(batch * 4000 + i), to: B, respPort: 80, flow: i })),
      });
    }
    expect(stage.finish()).toEqual([]);
  });
});

describe('no port scan', () => {
  test('are answers whose questions were not captured, and backscatter', () => {
    const stage = new Stage(portScan);
    const answers = times(200, (i): Seen => ({
      at: T + i * 0.01,
      from: B,
      to: A,
      origPort: 53,
      respPort: 30_000 + i,
      proto: PROTO.UDP,
      tcpFlags: 0,
      payloadLength: 120,
    }));
    const synAcks = times(200, (i): Seen => ({
      at: T + 2 + i * 0.01,
      from: B,
      to: A,
      origPort: 80,
      respPort: 30_000 + i,
      tcpFlags: FLAG.SYN | FLAG.ACK,
    }));
    const resets = times(200, (i): Seen => ({
      at: T + 4 + i * 0.01,
      from: B,
      to: A,
      origPort: 80,
      respPort: 30_000 + i,
      tcpFlags: FLAG.RST | FLAG.ACK,
    }));
    const middles = times(200, (i): Seen => ({
      at: T + 6 + i * 0.01,
      from: B,
      to: A,
      origPort: 443,
      respPort: 30_000 + i,
      tcpFlags: FLAG.ACK,
    }));
    stage.see({ events: [...answers, ...synAcks, ...resets, ...middles] });
    expect(stage.finish()).toEqual([]);
  });

  test('are the data ports of passive FTP, used or empty', () => {
    const stage = new Stage(portScan);
    stage.see({
      events: times(40, (i) => [
        syn(i, { respPort: 30_000 + i * 7 }),
        syn(i, { respPort: 30_000 + i * 7, kind: ANSWERED }),
      ]).flat(),
    });
    expect(stage.finish()).toEqual([]);
  });

  test('is traceroute', () => {
    const stage = new Stage(portScan);
    stage.see({
      events: times(90, (i) =>
        syn(i, { proto: PROTO.UDP, respPort: 33_434 + i, ttl: 1 + Math.floor(i / 3), tcpFlags: 0 }),
      ),
    });
    expect(stage.finish()).toEqual([]);
  });

  test('is a one-sided capture in which the client goes on to send data', () => {
    const stage = new Stage(portScan);
    stage.see({
      events: times(12, (i) => syn(i)),
      flows: times(12, (i) => ({ at: T, from: A, to: B, respPort: 1 + i, origDataPkts: 3 })),
    });
    expect(stage.finish()).toEqual([]);
  });

  test('is a program that looks for a service on three ports', () => {
    const stage = new Stage(portScan);
    stage.see({ events: [445, 139, 80].map((respPort, i) => syn(i, { respPort })) });
    expect(stage.finish()).toEqual([]);
  });
});

describe('a host sweep', () => {
  const to = (i: number, over: Partial<Seen> = {}): Seen => ({
    at: T + i * 0.05,
    from: A,
    to: `10.0.2.${i + 1}`,
    respPort: 445,
    flow: i,
    ...over,
  });

  test('looks for one TCP port on many hosts of which few answer', () => {
    const stage = new Stage(hostSweep);
    stage.see({ events: [...times(100, (i) => to(i)), to(3, { kind: ANSWERED, at: T + 6 })] });
    const [finding] = stage.finish();
    expect(finding).toMatchObject({ kind: 'host-sweep', targetsTotal: 100, ports: [445] });
    expect(finding!.title).toBe('10.0.0.5 looked for TCP port 445 on 100 hosts in 5 seconds');
    expect(finding!.decided.sec - T).toBeLessThan(4);
  });

  test.each([
    ['ping', { proto: PROTO.ICMP, origPort: 8, respPort: 0, tcpFlags: 0 }],
    ['UDP', { proto: PROTO.UDP, respPort: 161, tcpFlags: 0 }],
  ])('by %s', (_, over) => {
    const stage = new Stage(hostSweep);
    stage.see({ events: times(60, (i) => to(i, over)) });
    expect(stage.finish()).toHaveLength(1);
  });

  test('of pings that are all answered is a hint, and nothing when it repeats', () => {
    const round = (at: number) =>
      times(40, (i) => [
        to(i, { proto: PROTO.ICMP, origPort: 8, tcpFlags: 0, at: at + i * 0.01 }),
        to(i, { proto: PROTO.ICMP, origPort: 8, kind: ANSWERED, at: at + i * 0.01 }),
      ]).flat();
    const once = new Stage(hostSweep);
    once.see({ events: round(T) });
    expect(once.finish()).toMatchObject([{ severity: 'info' }]);
    const monitoring = new Stage(hostSweep);
    for (let i = 0; i < 5; i++) monitoring.see({ events: round(T + i * 60) });
    expect(monitoring.finish()).toEqual([]);
  });

  test('is not a browser, not a resolver, not a torrent, not QUIC that a firewall drops', () => {
    const browser = times(100, (i): Seen[] => [
      { at: T + i, from: A, to: outside(i), respPort: 443 },
      { at: T + i, from: A, to: outside(i), respPort: 443, kind: i % 10 === 0 ? REFUSED : ANSWERED },
    ]).flat();
    const torrent = times(200, (i): Seen => ({
      at: T + 200 + i * 0.1,
      from: A,
      to: outside(1000 + i),
      respPort: i % 8 === 0 ? 6881 : 10_000 + i * 13,
      proto: PROTO.UDP,
      tcpFlags: 0,
      payloadLength: 90,
    }));
    const quic = times(100, (i): Seen => ({
      at: T + 400 + i * 0.1,
      from: '10.0.0.6',
      to: outside(2000 + i),
      respPort: 443,
      proto: PROTO.UDP,
      tcpFlags: 0,
      payloadLength: 1250,
    }));
    const resolver = times(300, (i): Seen[] => [
      { at: T + 500 + i, from: '10.0.0.53', to: outside(3000 + i), respPort: 53, proto: PROTO.UDP, tcpFlags: 0 },
      {
        at: T + 500 + i,
        from: '10.0.0.53',
        to: outside(3000 + i),
        respPort: 53,
        proto: PROTO.UDP,
        kind: i % 5 === 0 ? REFUSED : ANSWERED,
      },
    ]).flat();
    const stage = new Stage(hostSweep);
    stage.see({ events: [...browser, ...torrent, ...quic, ...resolver] });
    expect(stage.finish()).toEqual([]);
  });

  test('gives way to the port scan when many ports are looked for', () => {
    const stage = new Stage(hostSweep);
    stage.see({
      events: times(20, (port) => times(50, (i) => to(i, { respPort: 1 + port, at: T + port + i * 0.01 }))).flat(),
    });
    expect(stage.finish()).toEqual([]);
  });
});

describe('an ARP sweep', () => {
  const arp = (stage: Stage, at: number, from: string, to: string, over: Partial<ArpMessage> = {}): ArpMessage => ({
    kind: 'arp',
    sec: Math.floor(at),
    nano: 0,
    flow: -1,
    orig: stage.id(from),
    resp: stage.id(to),
    respPort: 0,
    fromOrig: true,
    operation: 1,
    senderMac: '02:00:00:00:00:05',
    targetMac: '00:00:00:00:00:00',
    frameSource: '02:00:00:00:00:05',
    frameTarget: 'ff:ff:ff:ff:ff:ff',
    ...over,
  });

  test('asks for many addresses of which few exist', () => {
    const stage = new Stage(arpSweep);
    stage.see({ messages: times(254, (i) => arp(stage, T + i * 0.01, A, `10.0.0.${i + 1}`)) });
    const [finding] = stage.finish();
    // One of the addresses was its own.
    expect(finding).toMatchObject({ kind: 'host-sweep', targetsTotal: 253 });
    expect(stage.names(finding!.sources)).toEqual([A]);
  });

  test('is not a router that asks for one host after another all day, nor one whose neighbours answer', () => {
    const stage = new Stage(arpSweep);
    stage.see({ messages: times(254, (i) => arp(stage, T + i * 20, '10.0.0.1', `10.0.0.${i + 2}`)) });
    const answered = times(60, (i) => [
      arp(stage, T + 9000 + i * 0.1, A, `10.0.0.${i + 10}`),
      arp(stage, T + 9000 + i * 0.1, `10.0.0.${i + 10}`, A, {
        operation: 2,
        senderMac: `02:00:00:00:01:${i}`,
        targetMac: '02:00:00:00:00:05',
      }),
    ]).flat();
    stage.see({ messages: answered });
    expect(stage.finish()).toEqual([]);
  });
});

describe('fingerprinting', () => {
  const http = (stage: Stage, over: Partial<HttpMessage>): HttpMessage => ({
    kind: 'http',
    sec: T,
    nano: 0,
    flow: 1,
    orig: stage.id(A),
    resp: stage.id(B),
    respPort: 80,
    fromOrig: true,
    method: 'GET',
    host: 'b',
    uri: '/',
    agent: '',
    status: 0,
    length: -1,
    contentType: '',
    authorization: '',
    body: '',
    ...over,
  });

  test('is two kinds of packets no program sends', () => {
    const stage = new Stage(fingerprinting);
    stage.see({
      events: [
        syn(1, { tcpFlags: 0, respPort: 135 }),
        syn(2, { tcpFlags: FLAG.SYN | FLAG.FIN | FLAG.PSH | FLAG.URG, respPort: 135 }),
      ],
    });
    expect(stage.finish()).toMatchObject([{ kind: 'fingerprinting', confidence: 0.9, ports: [135] }]);
  });

  test('is a request that names its scanner, or that only nmap makes', () => {
    for (const over of [
      { agent: 'Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)' },
      { uri: '/nice%20ports%2C/Tri%6Eity.txt%2ebak' },
    ]) {
      const stage = new Stage(fingerprinting);
      stage.see({ messages: [http(stage, over)] });
      expect(stage.finish()[0]!.title).toBe('10.0.0.5 examined 10.0.0.9 with nmap');
    }
  });

  test('is one service spoken to in three protocols', () => {
    const stage = new Stage(fingerprinting);
    stage.see({
      flows: ['HTTP', 'TLS', 'RTSP'].map((app, i) => ({
        at: T + i,
        from: A,
        to: B,
        respPort: 9000,
        origPayload: 20,
        origDataPkts: 1,
        app,
      })),
    });
    expect(stage.finish()).toHaveLength(1);
  });

  test('is not one odd packet, a browser, or a NULL scan of many ports', () => {
    const stage = new Stage(fingerprinting);
    stage.see({
      events: [syn(1, { tcpFlags: 0 }), ...times(100, (i) => syn(i, { from: '10.0.0.7', tcpFlags: 0 }))],
      messages: [http(stage, { agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0' })],
    });
    expect(stage.finish()).toEqual([]);
  });
});

describe('a half-open probe', () => {
  test('is a hint when an accepted connection is reset and the service never used', () => {
    const stage = new Stage(halfOpenProbe);
    stage.see({ flows: [{ at: T, from: A, to: B, respPort: 22, history: 'ShR' }] });
    expect(stage.finish()).toMatchObject([{ kind: 'port-scan', severity: 'info', ports: [22] }]);
  });

  test('is nothing when the same service is used before or after', () => {
    const stage = new Stage(halfOpenProbe);
    stage.see({
      flows: [
        { at: T, from: A, to: B, respPort: 80, history: 'ShR' },
        { at: T + 5, from: A, to: B, respPort: 80, origDataPkts: 2, history: 'ShADadFf' },
      ],
    });
    expect(stage.finish()).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { amplification } from '../../../src-main/detect/behaviours/amplification.ts';
import { deadlyPackets } from '../../../src-main/detect/behaviours/deadly-packets.ts';
import { excessiveTraffic } from '../../../src-main/detect/behaviours/excessive-traffic.ts';
import { flood } from '../../../src-main/detect/behaviours/flood.ts';
import { requestFlood } from '../../../src-main/detect/behaviours/request-flood.ts';
import { slowDos } from '../../../src-main/detect/behaviours/slow-dos.ts';
import { tcpReflection } from '../../../src-main/detect/behaviours/tcp-reflection.ts';
import type { DnsMessage, HttpMessage, NtpMessage } from '../../../src-main/meter/protocols/types.ts';
import { ANSWERED, FLAG, outside, PROTO, Stage, times, type Pulse, type Seen } from './harness.ts';

const A = '203.0.113.7';
const V = '10.0.0.80';
const T = 1_700_000_000;

/** A second of traffic to the victim. */
const pulse = (second: number, over: Partial<Pulse>): Pulse => ({
  host: V,
  second: T + second,
  sendersIn: 1,
  sourcePortsIn: 1,
  targetPortsIn: 1,
  topSender: A,
  topSenderPackets: over.packetsIn ?? 0,
  ...over,
});

describe('a flood', () => {
  test('of SYNs is decided within the second it takes, with rate, sender and target', () => {
    const stage = new Stage(flood);
    const [finding] = stage.see({
      pulses: [
        pulse(0, {
          packetsIn: 5000,
          packetsOut: 4900,
          synAckOut: 4900,
          synIn: 5000,
          sourcePortsIn: 5000,
          topTargetPort: 80,
          bytesIn: 200_000,
        }),
      ],
    });
    expect(finding).toMatchObject({
      kind: 'dos-flood',
      sourcesTotal: 1,
      ports: [80],
      packets: 5000,
      decided: { sec: T + 1, nano: 0 },
    });
    expect([stage.names(finding!.sources), stage.names(finding!.targets)]).toEqual([[A], [V]]);
    expect(finding!.title).toBe('SYN flood against 10.0.0.80: up to 5,000 packets a second from 203.0.113.7');
  });

  test('with forged senders names the victim and says that the senders are made up', () => {
    const stage = new Stage(flood);
    stage.see({
      events: times(3000, (i): Seen => ({ at: T + i / 3000, from: outside(i), to: V, respPort: 80, flow: i })),
      pulses: [pulse(0, { packetsIn: 3000, synIn: 3000, sendersIn: 2950, topTargetPort: 80, topSenderPackets: 2 })],
    });
    const [finding] = stage.finish();
    expect(finding!.kind).toBe('ddos');
    expect(finding!.sources.length).toBe(10);
    expect(finding!.sourcesTotal).toBeGreaterThan(2500);
    expect(finding!.summary).toContain('made up');
  });

  test.each([
    ['UDP from many ports', { packetsIn: 900, udpIn: 900, udpBytesIn: 500_000, sourcePortsIn: 800 }, 'UDP flood'],
    ['UDP to several ports', { packetsIn: 900, udpIn: 900, udpBytesIn: 500_000, targetPortsIn: 10 }, 'UDP flood'],
    ['pings', { packetsIn: 900, packetsOut: 900, icmpIn: 900, icmpOut: 900, echoRequestIn: 900 }, 'Ping flood'],
    [
      'fragments',
      { packetsIn: 900, udpIn: 900, udpBytesIn: 1_300_000, fragmentsIn: 900, fragmentBytesIn: 1_300_000 },
      'Flood of fragments',
    ],
    ['another protocol', { packetsIn: 1200, otherIn: 1200 }, 'Packet flood'],
  ])('of %s', (_, values, title) => {
    const stage = new Stage(flood);
    const { icmpOut: _unused, ...over } = values as typeof values & { icmpOut?: number };
    stage.see({ pulses: [pulse(0, over)] });
    expect(stage.finish().map((finding) => finding.title.split(' against')[0])).toEqual([title]);
  });

  test('of stray segments is told from a capture that starts in the middle of connections', () => {
    const strays = (second: number, count: number): Seen[] =>
      times(count, (i) => ({
        at: T + second + i / (count + 1),
        from: outside(i % 200),
        origPort: 1024 + ((second * 997 + i) % 60_000),
        to: V,
        respPort: 80,
        tcpFlags: FLAG.ACK,
        flow: second * 10_000 + i,
      }));
    const attacked = new Stage(flood);
    for (let s = 0; s < 8; s++) {
      attacked.see({
        events: strays(s, 600),
        pulses: s === 0 ? [] : [pulse(s - 1, { packetsIn: 600, sendersIn: 200, emptyTcpIn: 600 })],
      });
    }
    expect(attacked.finish()[0]!.title).toContain('Flood of stray TCP segments');
    const cut = new Stage(flood);
    cut.see({ events: strays(0, 300) });
    for (let s = 1; s < 8; s++) {
      cut.see({
        events: [{ at: T + s, from: outside(s), to: V, respPort: 80 }],
        pulses: [pulse(s - 1, { packetsIn: 4000, packetsOut: 4000, sendersIn: 200 })],
      });
    }
    expect(cut.finish()).toEqual([]);
  });

  test('of pings to everybody makes the named sender the victim', () => {
    const stage = new Stage(flood);
    stage.see({
      pulses: [pulse(0, { host: '224.0.0.1', packetsIn: 300, icmpIn: 300, echoRequestIn: 300, topSender: V })],
    });
    const [finding] = stage.finish();
    expect(finding).toMatchObject({ kind: 'amplification', sources: [] });
    expect(stage.names(finding!.targets)).toEqual([V]);
  });

  test('has to be five times the busiest ordinary second of a host with a past', () => {
    const busy = new Stage(flood);
    for (let s = 0; s < 20; s++)
      busy.see({ pulses: [pulse(s, { packetsIn: 400, packetsOut: 380, icmpIn: 400, echoRequestIn: 150 })] });
    busy.see({
      pulses: times(5, (s) => pulse(20 + s, { packetsIn: 400, packetsOut: 400, icmpIn: 400, echoRequestIn: 300 })),
    });
    expect(busy.finish()).toEqual([]);
    busy.see({ pulses: [pulse(40, { packetsIn: 2000, packetsOut: 2000, icmpIn: 2000, echoRequestIn: 2000 })] });
    expect(busy.finish()).toHaveLength(1);
  });

  test.each([
    ['a busy web server', { packetsIn: 3000, packetsOut: 4000, synIn: 400, emptyTcpIn: 1500, sendersIn: 300 }],
    ['a video stream nobody answers', { packetsIn: 1500, udpIn: 1500, udpBytesIn: 2_000_000 }],
    [
      'a large download by QUIC, seen from one side',
      { packetsIn: 6000, udpIn: 6000, udpBytesIn: 8_000_000, topSourcePort: 443 },
    ],
    [
      'a collector of flow records',
      { packetsIn: 2000, udpIn: 2000, udpBytesIn: 900_000, sendersIn: 80, topTargetPort: 2055 },
    ],
    [
      'a resolver with many clients',
      { packetsIn: 2000, packetsOut: 2000, udpIn: 2000, udpBytesIn: 150_000, sendersIn: 500, topTargetPort: 53 },
    ],
    [
      'a scan of a thousand ports',
      { packetsIn: 1000, packetsOut: 1000, rstOut: 1000, synIn: 1000, targetPortsIn: 1000 },
    ],
    [
      'a UDP scan',
      { packetsIn: 1000, udpIn: 1000, udpBytesIn: 28_000, targetPortsIn: 1000, packetsOut: 1000, unreachableOut: 1000 },
    ],
    ['monitoring', { packetsIn: 50, packetsOut: 50, icmpIn: 50, echoRequestIn: 50 }],
  ])('is not %s', (_, over) => {
    const stage = new Stage(flood);
    for (let s = 0; s < 30; s++) stage.see({ pulses: [pulse(s, over)] });
    expect(stage.finish()).toEqual([]);
  });
});

describe('amplification', () => {
  const answer = (i: number, over: Partial<Seen> = {}): Seen => ({
    at: T + i * 0.01,
    from: outside(i),
    to: V,
    origPort: 161,
    respPort: 20_000,
    proto: PROTO.UDP,
    tcpFlags: 0,
    payloadLength: 1000,
    flow: i,
    ...over,
  });

  test('is many unasked answers from one service; the victim is the target, the reflectors are the sources', () => {
    const stage = new Stage(amplification);
    stage.see({ events: times(200, (i) => answer(i)) });
    const [finding, ...others] = stage.finish();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ kind: 'amplification', sourcesTotal: 200, ports: [161] });
    expect(stage.names(finding!.targets)).toEqual([V]);
    expect(finding!.decided.sec).toBe(T);
  });

  test('is recognised when the flow table has exchanged the ends, on any port of the victim', () => {
    const stage = new Stage(amplification);
    const exchanged = times(60, (i): Seen => ({
      at: T + i * 0.01,
      from: V,
      to: outside(i),
      origPort: 80,
      respPort: 53,
      proto: PROTO.UDP,
      tcpFlags: 0,
      payloadLength: 1400,
      flipped: 1,
    }));
    stage.see({ events: exchanged });
    const [finding] = stage.finish();
    expect(stage.names(finding!.targets)).toEqual([V]);
    const memcached = new Stage(amplification);
    memcached.see({ events: times(40, (i) => answer(i, { origPort: 11_211, respPort: 80 })) });
    expect(memcached.finish()).toHaveLength(1);
  });

  test('needs one reflector only when it sends much', () => {
    const stage = new Stage(amplification);
    stage.see({
      events: [answer(0, { origPort: 11_211 })],
      pulses: [
        pulse(0, {
          packetsIn: 4000,
          udpIn: 4000,
          udpBytesIn: 5_600_000,
          topSourcePort: 11_211,
          topSender: outside(0),
          topSenderPackets: 4000,
        }),
      ],
    });
    expect(stage.finish()).toHaveLength(1);
  });

  test('seen at the reflector is one client that gets the same large answer again and again', () => {
    const stage = new Stage(amplification);
    const dns = (i: number): DnsMessage => ({
      kind: 'dns',
      variant: 'dns',
      sec: T + i,
      nano: 0,
      flow: i,
      orig: stage.id(A),
      resp: stage.id('10.0.0.53'),
      respPort: 53,
      fromOrig: false,
      response: true,
      id: i,
      rcode: 0,
      qname: 'big.example',
      qtype: 255,
      addresses: [],
      names: [],
      answers: 20,
      size: 3000,
      answerBytes: 2900,
      authoritative: false,
      ttl: 60,
    });
    stage.see({ messages: times(40, dns) });
    const [finding] = stage.finish();
    expect([stage.names(finding!.targets), stage.names(finding!.sources)]).toEqual([[A], ['10.0.0.53']]);
    const monlist = new Stage(amplification);
    const ntp = (i: number): NtpMessage => ({
      kind: 'ntp',
      sec: T + i,
      nano: 0,
      flow: i,
      orig: monlist.id(A),
      resp: monlist.id('10.0.0.12'),
      respPort: 123,
      fromOrig: false,
      mode: 7,
      version: 2,
      size: 468,
    });
    monlist.see({ messages: times(20, ntp) });
    expect(monlist.finish()).toHaveLength(1);
  });

  test('is not discovery at home, time from peers, traps, or one answer whose question came before the capture', () => {
    const stage = new Stage(amplification);
    const ssdp = times(40, (i) =>
      answer(i, { from: `192.168.1.${2 + (i % 12)}`, to: '192.168.1.50', origPort: 1900, payloadLength: 320 }),
    );
    const peers = times(100, (i) => answer(i, { origPort: 123, respPort: 123, payloadLength: 48 }));
    const traps = times(100, (i) => answer(i, { origPort: 161, respPort: 162, payloadLength: 200 }));
    stage.see({ events: [...ssdp, ...peers, ...traps, answer(1, { origPort: 53 })] });
    expect(stage.finish()).toEqual([]);
  });
});

describe('reflection by TCP', () => {
  const reflected = (i: number, over = {}) => ({
    at: T + i * 5,
    from: '198.51.100.9',
    to: V,
    origPort: 21,
    respPort: 21,
    origPkts: 3,
    synCount: 3,
    origFlags: FLAG.SYN | FLAG.ACK,
    lasting: 4,
    id: i,
    ...over,
  });

  test('is a server that sends SYN+ACKs again and again to a host that sent no SYN', () => {
    const stage = new Stage(tcpReflection);
    const [finding] = stage.see({ flows: times(30, (i) => reflected(i)) });
    expect(finding).toMatchObject({ kind: 'amplification' });
    expect([stage.names(finding!.sources), stage.names(finding!.targets)]).toEqual([['198.51.100.9'], [V]]);
  });

  test('is a burst of SYN+ACKs', () => {
    const stage = new Stage(tcpReflection);
    stage.see({ pulses: [pulse(0, { packetsIn: 400, synAckIn: 400, sendersIn: 300 })] });
    expect(stage.finish()).toHaveLength(1);
  });

  test('is not backscatter: a server under a forged flood answers many hosts a few times each', () => {
    const stage = new Stage(tcpReflection);
    stage.see({
      flows: times(500, (i) =>
        reflected(i, { to: outside(i), origPort: 80, respPort: 1024 + i, origPkts: 5, synCount: 5 }),
      ),
    });
    expect(stage.finish()).toEqual([]);
  });

  test('is not a client that opens many connections', () => {
    const stage = new Stage(tcpReflection);
    stage.see({ pulses: times(10, (s) => pulse(s, { packetsIn: 400, synAckIn: 380, synOut: 400, packetsOut: 800 })) });
    expect(stage.finish()).toEqual([]);
  });
});

describe('slow denial of service', () => {
  const accepted = (i: number, over: Partial<Seen> = {}): Seen => ({
    at: T + i * 0.1,
    from: A,
    to: V,
    respPort: 80,
    kind: ANSWERED,
    flow: i,
    ...over,
  });
  const later = (at: number): Seen => ({ at, from: '10.0.0.1', to: '10.0.0.2', respPort: 22 });
  const http = (stage: Stage, flow: number, status: number): HttpMessage => ({
    kind: 'http',
    sec: T + 5,
    nano: 0,
    flow,
    orig: stage.id(A),
    resp: stage.id(V),
    respPort: 80,
    fromOrig: false,
    method: '',
    host: '',
    uri: '',
    agent: '',
    status,
    length: 0,
    contentType: '',
    authorization: '',
    body: '',
  });

  test('is many accepted connections that get no answer for ten seconds', () => {
    const stage = new Stage(slowDos);
    stage.see({ events: times(150, (i) => accepted(i)) });
    const [finding] = stage.see({ events: [later(T + 40)] });
    expect(finding).toMatchObject({ kind: 'slow-dos', ports: [80] });
    expect(finding!.decided.sec - T).toBeLessThan(13);
    expect(finding!.evidence[0]!.value).toBe(150);
  });

  test('counts a time-out page as no answer', () => {
    const stage = new Stage(slowDos);
    stage.see({ events: times(60, (i) => accepted(i)), messages: times(60, (i) => http(stage, i, 408)) });
    stage.see({ events: [later(T + 40)] });
    expect(stage.finish()).toHaveLength(1);
  });

  test('is not a proxy with many connections that are served, nor few idle ones, nor a SYN flood', () => {
    const served = new Stage(slowDos);
    served.see({ events: times(60, (i) => accepted(i)), messages: times(60, (i) => http(served, i, 200)) });
    served.see({ events: [later(T + 40)] });
    const few = new Stage(slowDos);
    few.see({ events: [...times(8, (i) => accepted(i)), later(T + 400)] });
    const halfOpen = new Stage(slowDos);
    halfOpen.see({
      events: times(500, (i) => accepted(i)),
      pulses: [pulse(1, { packetsIn: 500, packetsOut: 500, synIn: 500 })],
    });
    halfOpen.see({ events: [later(T + 40)] });
    expect([served.finish(), few.finish(), halfOpen.finish()]).toEqual([[], [], []]);
  });

  test('is not one connection after another', () => {
    const stage = new Stage(slowDos);
    for (let i = 0; i < 300; i++) {
      stage.see({
        events: [accepted(i, { at: T + i * 2 })],
        flows: [{ at: T + i * 2, from: A, to: V, respPort: 80, id: i, respPayload: 5000, lasting: 1 }],
      });
    }
    expect(stage.finish()).toEqual([]);
  });
});

describe('a request flood', () => {
  const get = (stage: Stage, i: number, over: Partial<HttpMessage> = {}): HttpMessage => ({
    kind: 'http',
    sec: T + Math.floor(i / 200),
    nano: 0,
    flow: i,
    orig: stage.id(A),
    resp: stage.id(V),
    respPort: 80,
    fromOrig: true,
    method: 'GET',
    host: 'h',
    uri: '/',
    agent: 'x',
    status: 0,
    length: -1,
    contentType: '',
    authorization: '',
    body: '',
    ...over,
  });

  test('is hundreds of requests in seconds by one client', () => {
    const stage = new Stage(requestFlood);
    stage.see({ messages: times(1000, (i) => get(stage, i)) });
    expect(stage.finish()).toMatchObject([{ kind: 'dos-flood', sourcesTotal: 1 }]);
  });

  test('is one page with ever new queries by many clients', () => {
    const stage = new Stage(requestFlood);
    stage.see({
      messages: times(1000, (i) => get(stage, i, { orig: stage.id(outside(i % 100)), uri: `/?${i * 7919}` })),
    });
    expect(stage.finish()).toMatchObject([{ kind: 'ddos', sourcesTotal: 100 }]);
  });

  test('is not a popular site, and not someone who guesses file names', () => {
    const popular = new Stage(requestFlood);
    popular.see({
      messages: times(1000, (i) => get(popular, i, { orig: popular.id(outside(i % 100)), uri: `/page/${i % 40}` })),
    });
    const guessing = new Stage(requestFlood);
    guessing.see({
      messages: times(1000, (i) => [
        get(guessing, i, { uri: `/${i}.bak` }),
        get(guessing, i, { method: '', uri: '', fromOrig: false, status: 404 }),
      ]).flat(),
    });
    expect([popular.finish(), guessing.finish()]).toEqual([[], []]);
  });
});

describe('excessive traffic', () => {
  const minute = (i: number, bytesIn: number) => ({ host: V, start: T + i * 60, length: 60, bytesIn });

  test('is a minute of twenty times the usual, for a host with a past', () => {
    const stage = new Stage(excessiveTraffic);
    stage.see({ windows: [...times(15, (i) => minute(i, 20e6)), minute(15, 2e9)] });
    expect([...stage.findings.values()]).toMatchObject([
      { kind: 'excessive-traffic', evidence: [{ value: 2e9, expected: 20e6 }] },
    ]);
  });

  test('is not the first download of a capture, nor a steady stream', () => {
    const stage = new Stage(excessiveTraffic);
    stage.see({ windows: [minute(0, 5e9)] });
    stage.see({ windows: times(30, (i) => minute(100 + i, 1.5e9)) });
    expect(stage.findings.size).toBe(0);
  });
});

describe('packets that crash', () => {
  test('are LAND, teardrop and the ping of death', () => {
    const land = new Stage(deadlyPackets);
    land.see({ events: [{ at: T, from: V, to: V, origPort: 139, respPort: 139 }] });
    expect(land.finish()).toMatchObject([{ kind: 'dos-flood', severity: 'warning', sources: [] }]);
    const others = new Stage(deadlyPackets);
    others.see({
      flows: [
        { at: T, from: A, to: V, proto: PROTO.UDP, fragments: 2, fragmentOverlaps: 1 },
        { at: T, from: A, to: V, proto: PROTO.ICMP, fragments: 45, origPkts: 1, origIpBytes: 66_000 },
      ],
    });
    expect(others.finish().map((finding) => finding.title)).toEqual([
      '1 overlapping fragment from 203.0.113.7 to 10.0.0.80',
      '1 oversized ping from 203.0.113.7 to 10.0.0.80',
    ]);
  });

  test('are not a host that talks to itself, nor ordinary fragments', () => {
    const stage = new Stage(deadlyPackets);
    stage.see({
      events: [{ at: T, from: V, to: V, origPort: 50_000, respPort: 80 }],
      flows: [{ at: T, from: A, to: V, proto: PROTO.ICMP, fragments: 3, origPkts: 1, origIpBytes: 4028 }],
    });
    expect(stage.finish()).toEqual([]);
  });
});

/** Continuous export to syslog: where it may go, what is sent, and a queue that nobody waits for. */
import { describe, expect, it } from 'vitest';
import type { LiveIncident } from '../../../src-shared/domain/live.ts';
import { syslogMessages } from '../../../src-main/keep/alerts/syslog-export/messages.ts';
import { SyslogSender } from '../../../src-main/keep/alerts/syslog-export/sender.ts';
import { SYSLOG_FORMATS, syslogTarget, type SyslogTarget } from '../../../src-main/keep/alerts/syslog-export/target.ts';
import type { OpenWay, Way } from '../../../src-main/keep/alerts/syslog-export/ways.ts';
import { makeFlowBatch } from '../../../src-main/meter/flows/types.ts';
import { CHECKS } from './facts/check.ts';

const AT = Date.UTC(2026, 10, 22, 8);

const event: LiveIncident = {
  event: 'incident',
  state: 'update',
  latencyMs: null,
  id: 1,
  uid: 'ab'.repeat(16),
  kind: 'port-scan',
  severity: 'warning',
  confidence: 0.9,
  title: 'Port scan by 10.0.0.66',
  summary: '10.0.0.66 tried 300 ports.',
  firstTs: '2026-11-22T07:00:00.000000000Z',
  decidedTs: '2026-11-22T07:00:01.000000000Z',
  lastTs: '2026-11-22T07:00:02.000000000Z',
  sources: ['10.0.0.66'],
  sourcesTotal: 1,
  targets: ['10.0.0.9'],
  targetsTotal: 1,
  ports: [22],
  portsTotal: 300,
  domains: [],
  domainsTotal: 0,
  flows: 300,
  packets: 600,
  bytes: 36_000,
  technique: [{ id: 'T1046', name: 'Network Service Discovery' }],
  evidence: [{ fact: 'ports', value: 300, expected: 3, unit: 'ports' }],
  attributions: [],
  detectors: { 'behaviour:port-scan': 0.9 },
  response: ['Look at it.'],
  wiresharkFilter: 'ip.addr == 10.0.0.66',
};

/** As much as an incident can have of everything. */
const huge: LiveIncident = {
  ...event,
  title: 'ü'.repeat(3000),
  summary: '"'.repeat(5000),
  sources: Array.from({ length: 1000 }, (_, i) => `2001:db8::${i.toString(16)}`),
  targets: Array.from({ length: 1000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`),
  domains: Array.from({ length: 1000 }, (_, i) => `${'x'.repeat(60)}${i}.example`),
  response: ['\n'.repeat(2000)],
  wiresharkFilter: 'ip.addr == 10.0.0.66 or '.repeat(500),
};

describe('a target', () => {
  it('has the ports and limits of its transport', () => {
    expect(syslogTarget('syslog+tls://siem.example')).toEqual({
      transport: 'tls',
      host: 'siem.example',
      port: 6514,
      format: 'ndjson',
      facility: 20,
      maxBytes: 8192,
      queue: 10_000,
      ca: '',
    });
    const all = 'SYSLOG+tcp://[2001:db8::1]:1514?format=ecs&facility=local0&max-bytes=4096&queue=5';
    expect(syslogTarget(all)).toMatchObject({ host: '2001:db8::1', port: 1514, format: 'ecs', facility: 16, maxBytes: 4096, queue: 5 }); // prettier-ignore
    expect(syslogTarget('syslog+udp://10.0.0.1')).toMatchObject({ transport: 'udp', port: 514 });
  });

  it.each([
    'syslog://a',
    'syslog+tcp://',
    'syslog+tcp://a b',
    'syslog+tcp://a:0',
    'syslog+tcp://a:65536',
    'syslog+tcp://user@a',
    'syslog+tcp://a/path',
    'syslog+tcp://a?format=xml',
    'syslog+tcp://a?facility=kern9',
    'syslog+tcp://a?max-bytes=100',
    'syslog+tcp://a?queue=-1',
    'syslog+tcp://a?colour=red',
    'syslog+tcp://a?ca=/etc/ca.pem',
    'syslog+tls://a?ca=ca.pem',
  ])('refuses %s', (text) => expect(() => syslogTarget(text)).toThrow(RangeError));
});

const made = (more: string): ReturnType<typeof syslogMessages> =>
  syslogMessages(syslogTarget(`syslog+tcp://a?${more}`), () => AT, 'büro host');

const bodyOf = (message: Buffer | null): string => message!.toString().split('] ').slice(1).join('] ');

describe('messages', () => {
  it('have a head of RFC 5424', () => {
    expect(made('format=ndjson&facility=local2').incident(event)!.toString()).toMatch(
      /^<148>1 2026-11-22T08:00:00\.000Z b-ro-host sonde - update \[origin software="Sonde" swVersion="[^"]+"\] \{"event":"incident"/,
    );
  });

  it.each(['eve', 'ecs', 'ocsf'] as const)('%s holds the rules of its format, however short it has to be', (format) => {
    for (const one of [event, huge]) {
      const message = made(`format=${format}`).incident(one);
      expect(message!.length).toBeLessThanOrEqual(8192);
      expect(CHECKS[format](JSON.parse(bodyOf(message)))).toEqual([]);
    }
  });

  it.each(SYSLOG_FORMATS)('%s stays within max-bytes, on one line, and keeps the uid', (format) => {
    for (const max of [4096, 8192, 65_000]) {
      const message = made(`format=${format}&max-bytes=${max}`).incident(huge);
      expect(message!.length).toBeLessThanOrEqual(max);
      expect(message!.toString()).not.toContain('\n');
      expect(message!.toString()).toContain(event.uid);
    }
  });

  it.each(['cef', 'leef'] as const)('of %s say that one opened, goes on, is over or is taken back', (format) => {
    const { incident } = made(`format=${format}`);
    const told = (change: Partial<LiveIncident>): string => incident({ ...event, ...change })!.toString();
    expect(told({ state: 'open' })).toMatch(/ - open .*reason=opened/);
    expect(told({})).toMatch(/ - update .*Still going on: Port scan/);
    const over = told({ state: 'closed' });
    expect(over).toMatch(/ - closed .*Over: Port scan/);
    expect(over).toMatch(/reason=closed/);
    expect(over).not.toMatch(/going on|goes-on|withdrawn/i);
    const back = told({ state: 'closed', withdrawn: true });
    expect(back).toMatch(/Withdrawn: Port scan/);
    expect(back).toMatch(format === 'cef' ? /cs2=true cs2Label=withdrawn/ : /\^withdrawn=true\^/);
    const key = (text: string): string => /(?:externalId|key)=([0-9a-f]{32})/.exec(text)![1]!;
    const final = told({ state: 'closed', flows: 301 });
    expect(new Set([over, back, final].map(key)).size).toBe(3);
    expect(key(told({ state: 'closed' }))).toBe(key(over));
  });

  it('of a test say so', () => {
    for (const format of SYSLOG_FORMATS) {
      const text = made(`format=${format}`).test(event)!.toString();
      expect(text).toMatch(/ sonde - test \[origin/);
      if (format === 'cef') expect(text).toMatch(/\|test\|Sonde: test of this export\|3\|.* cat=test reason=test /);
      if (format === 'leef') expect(text).toMatch(/\|test\|\^\|.*\^cat=test\^.*\^title=Sonde: test of this export\^/);
    }
  });

  it('are flows in the formats that have them, and nothing where one is too long', () => {
    const batch = makeFlowBatch(1);
    batch.count = 1;
    batch.columns.proto[0] = 6;
    for (const format of ['cef', 'leef', 'ecs', 'ocsf']) expect(made(`format=${format}`).flow).toBeUndefined();
    expect(CHECKS.eve(JSON.parse(bodyOf(made('format=eve').flow!(batch, 0))))).toEqual([]);
    expect(JSON.parse(bodyOf(made('format=ndjson').flow!(batch, 0)))).toMatchObject({ event: 'flow', proto: 'tcp' });
    batch.meta[0] = { service: 'http', app: '', facts: { 'http.uri': 'x'.repeat(9000) } };
    expect(made('format=ndjson').flow!(batch, 0)).toBeNull();
  });
});

/** A log server of the test's own; `mode` says what it does with the next block. */
class Receiver {
  got: string[] = [];
  opened = 0;
  mode: 'take' | 'refuse' | 'cut' | 'hang' = 'take';
  ways: Way[] = [];
  release: (() => void)[] = [];

  readonly open: OpenWay = () => {
    this.opened++;
    if (this.mode === 'refuse') return Promise.reject(new Error('refused'));
    const way: Way = {
      onEnd: () => undefined,
      send: async (messages) => {
        if (this.mode === 'hang') await new Promise<void>((done) => this.release.push(done));
        if (this.mode === 'cut') throw new Error('cut');
        this.got.push(...messages.map(String));
      },
      close: () => undefined,
    };
    this.ways.push(way);
    return Promise.resolve(way);
  };
}

const target = (queue: number): SyslogTarget => ({ ...syslogTarget('syslog+tcp://a'), queue });
const soon = (ms = 20): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function until(what: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!what()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await soon();
  }
}

function sender(receiver: Receiver, queue = 10): { sender: SyslogSender; told: (string | number)[] } {
  const told: (string | number)[] = [];
  const one = new SyslogSender(target(queue), (error, lost) => told.push(error?.message ?? lost), receiver.open);
  return { sender: one, told };
}

const add = (to: SyslogSender, ...names: string[]): void => names.forEach((name) => to.add(Buffer.from(name)));

describe('the queue', () => {
  it('hands on in order, and says nothing while all is well', async () => {
    const receiver = new Receiver();
    const { sender: one, told } = sender(receiver);
    add(one, 'a', 'b', 'c');
    expect(await one.close(2000)).toBe(0);
    expect(receiver.got).toEqual(['a', 'b', 'c']);
    expect([told, one.sent, receiver.opened]).toEqual([[], 3, 1]);
  });

  it('is bounded: what comes beyond it is lost, counted and said, once', async () => {
    const receiver = new Receiver();
    receiver.mode = 'hang';
    const { sender: one, told } = sender(receiver, 3);
    add(one, 'a', 'b', 'c', 'd', 'e');
    expect([one.waiting, one.dropped]).toEqual([3, 2]);
    expect(told).toEqual(['the receiver does not keep up']);
    await until(() => receiver.release.length > 0);
    receiver.mode = 'take';
    receiver.release.forEach((done) => done());
    await until(() => told.length === 2);
    expect(told).toEqual(['the receiver does not keep up', 2]);
    expect(await one.close(2000)).toBe(2);
    expect(receiver.got).toEqual(['a', 'b', 'c']);
  });

  it('is bounded in bytes as well', () => {
    const receiver = new Receiver();
    receiver.mode = 'hang';
    const { sender: one } = sender(receiver, 1_000_000);
    const large = Buffer.alloc(1024 * 1024);
    for (let i = 0; i < 100; i++) one.add(large);
    expect([one.waiting, one.dropped]).toEqual([64, 36]);
    void one.close(0);
  });

  it('opens the connection again, and sends what was on its way once more', async () => {
    const receiver = new Receiver();
    const { sender: one, told } = sender(receiver);
    add(one, 'a');
    await until(() => receiver.got.length === 1);
    receiver.mode = 'cut';
    add(one, 'b', 'c');
    await until(() => told.length === 1);
    receiver.mode = 'take';
    await until(() => told.length === 2);
    expect(told).toEqual(['cut', 0]);
    expect(receiver.got).toEqual(['a', 'b', 'c']);
    expect(receiver.opened).toBeGreaterThan(1);
    expect(await one.close(1000)).toBe(0);
  });

  it('notices an end while nothing is sent', async () => {
    const receiver = new Receiver();
    const { sender: one, told } = sender(receiver);
    await soon();
    receiver.ways[0]!.onEnd(new Error('gone'));
    await until(() => told.length === 2);
    expect(told).toEqual(['gone', 0]);
    expect(receiver.opened).toBe(2);
    await one.close(0);
  });

  it('says at the end what could not be sent, and does not wait for ever', async () => {
    const receiver = new Receiver();
    receiver.mode = 'refuse';
    const { sender: one, told } = sender(receiver);
    add(one, 'a', 'b');
    one.add(null);
    const begun = Date.now();
    expect(await one.close(200)).toBe(3);
    expect(Date.now() - begun).toBeLessThan(5000);
    expect(told).toHaveLength(1);
    add(one, 'later');
    expect([one.waiting, one.dropped]).toEqual([0, 3]);
  });
});

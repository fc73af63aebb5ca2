import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src-shared/domain/network.ts';
import { migrate } from '../../../src-main/keep/store/migrate.ts';
import { SAMPLE_SHA256 } from '../../../src-shared/domain/sample.ts';
import { alarmRate } from '../../../src-main/keep/store/queries/alarm-rate.ts';
import { compareOf } from '../../../src-main/keep/store/queries/compare/index.ts';
import { getHost, listHosts } from '../../../src-main/keep/store/queries/hosts.ts';
import { fewest } from '../../../src-main/keep/store/queries/compare/changes.ts';
import { periodOf, sideNamed } from '../../../src-main/run/cli/compare-side.ts';
import { comparisonText } from '../../../src-main/run/cli/compare-words.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';

const HOUR = 3600;
let db: Database.Database;
let flows: number;

function capture(id: number, name: string, at: number, seconds: number, sha256 = `${id}`): void {
  db.prepare("INSERT INTO captures (id, name, status, imported_at, program) VALUES (?, ?, 'complete', ?, 'sonde')").run(id, name, id); // prettier-ignore
  const time = (sec: number): string => new Date(sec * 1000).toISOString().replace('Z', '000000Z');
  db.prepare("INSERT INTO inputs VALUES (?, 0, ?, ?, 'pcap', '[]', 1, 1, ?, ?, '[]')").run(id, `/in/${name}`, sha256, time(at), time(at + seconds)); // prettier-ignore
}

const ids = new Map<string, number>();
function host(of: number, address: string): number {
  const key = `${of} ${address}`;
  const known = ids.get(key);
  if (known !== undefined) return known;
  const id = ids.size + 1;
  ids.set(key, id);
  db.prepare("INSERT INTO hosts (capture, host, address, address_bytes, risk, flows, bytes_out, bytes_in, roles) VALUES (?, ?, ?, ?, 0, 0, 0, 0, '[]')").run(of, id, address, parseAddress(address)); // prettier-ignore
  return id;
}

interface Flow {
  of: number;
  from: string;
  to: string;
  port: number;
  bytes: number;
  service?: string;
  at?: number;
  answered?: boolean;
}

function flow({ of, from, to, port, bytes, service = '', at = 0, answered = true }: Flow): void {
  db.prepare(
    `INSERT INTO flows (capture, id, uid, community_id, sec, nano, duration, orig_host, orig_port, resp_host, resp_port,
       proto, service, app, conn_state, history, missed_bytes, orig_pkts, orig_ip_bytes, resp_pkts, resp_ip_bytes, vlan,
       tunnel, anomalous, facts) VALUES (?, ?, '', '', ?, 0, 0, ?, 40000, ?, ?, 6, ?, '', ?, '', 0, 1, ?, ?, 0, 0, 0, 0, '')`,
  ).run(of, ++flows, at, host(of, from), host(of, to), port, service, answered ? 3 : 1, bytes, answered ? 1 : 0);
}

function incident(of: number, uid: string, kind: string, source: string, severity = 'warning'): void {
  db.prepare(
    "INSERT INTO incidents (capture, uid, number, kind, severity, confidence, title, first_ts, decided_ts, last_ts, body) VALUES (?, ?, 1, ?, ?, 1, ?, '1970-01-01T00:00:10.000000000Z', '', '', ?)",
  ).run(of, uid, kind, severity, `${kind} of ${source}`, JSON.stringify({ sources: [source] }));
}

beforeEach(() => {
  ids.clear();
  flows = 0;
  db = new Database(':memory:');
  migrate(db);
  db.function('watch', () => 1);
  capture(1, 'monday.pcap', 0, HOUR);
  capture(2, 'tuesday.pcap', 86_400, HOUR);
  for (const of of [1, 2]) {
    const at = of === 1 ? 10 : 86_410;
    flow({ of, from: '10.0.0.5', to: '10.0.0.1', port: 443, service: 'ssl', bytes: 1000, at });
    flow({ of, from: '10.0.0.5', to: '192.0.2.1', port: 80, service: 'http', bytes: 500, at });
  }
  flow({ of: 1, from: '10.0.0.6', to: '10.0.0.1', port: 22, service: 'ssh', bytes: 300, at: 20 });
  flow({ of: 2, from: '10.0.0.7', to: '198.51.100.9', port: 443, service: 'ssl', bytes: 90_000, at: 86_420 });
  flow({ of: 2, from: '10.0.0.7', to: '10.0.0.99', port: 445, bytes: 60, at: 86_430, answered: false });
  incident(1, 'u1', 'port-scan', '10.0.0.6');
  incident(1, 'u2', 'command-and-control', '10.0.0.5');
  incident(2, 'u3', 'command-and-control', '10.0.0.5');
  incident(2, 'u4', 'data-exfiltration', '10.0.0.7', 'critical');
});
afterEach(() => void db.close());

const CAPTURES = { a: { kind: 'capture', capture: 1 }, b: { kind: 'capture', capture: 2 } } as const;
const addresses = (rows: readonly { address: string }[]): string[] => rows.map(({ address }) => address);

describe('two captures', () => {
  it('tell new and gone hosts; who only was asked for is none', () => {
    const { hosts } = compareOf(db, CAPTURES);
    expect(addresses(hosts.new.rows)).toEqual(['10.0.0.7', '198.51.100.9']);
    expect(addresses(hosts.gone.rows)).toEqual(['10.0.0.6']);
    expect(hosts.both).toBe(3);
  });

  it('tell services of ours that answered, and who talks to whom', () => {
    const { services, peers } = compareOf(db, CAPTURES);
    expect(services.new.total).toBe(0);
    expect(services.gone.rows).toMatchObject([{ address: '10.0.0.1', port: 22, proto: 'tcp', service: 'ssh' }]);
    expect(peers.new.rows).toMatchObject([{ address: '10.0.0.7', peer: '198.51.100.9', bytes: 90_000 }]);
    expect(peers.gone.rows).toMatchObject([{ address: '10.0.0.6', peer: '10.0.0.1' }]);
  });

  it('tell incidents apart by kind and source, whatever their uid', () => {
    const { incidents } = compareOf(db, CAPTURES);
    expect(incidents.new.rows.map(({ uid }) => uid)).toEqual(['u4']);
    expect(incidents.gone.rows.map(({ uid }) => uid)).toEqual(['u1']);
    expect(incidents.both).toBe(1);
    expect(incidents.new.rows[0]).not.toHaveProperty('sources');
  });

  it('explain the difference by the fewest hosts and services that carry most of it', () => {
    const { explains, measure } = compareOf(db, CAPTURES);
    expect(measure).toBe('bytes');
    expect(explains).toMatchObject({ a: 1800, b: 91_560, change: 89_760, moved: 90_360 });
    expect(explains.rows).toMatchObject([{ address: '10.0.0.7', service: 'ssl', a: 0, b: 90_000, change: 90_000 }]);
    expect(explains.covered).toBeCloseTo(90_000 / 90_360);
  });

  it('give amounts per hour where one lasts much longer', () => {
    capture(3, 'short.pcap', 0, 600);
    flow({ of: 3, from: '10.0.0.5', to: '10.0.0.1', port: 443, service: 'ssl', bytes: 250 });
    const found = compareOf(db, { a: CAPTURES.a, b: { kind: 'capture', capture: 3 } });
    expect(found.measure).toBe('bytes-per-hour');
    expect(found.volumes.services.rows.find(({ key }) => key === 'ssl')).toMatchObject({
      a: 1000,
      b: 1500,
      change: 500,
    });
    expect(found.notes.join()).toContain('per hour');
  });

  it('tell DNS to all of a link from DNS', () => {
    flow({ of: 1, from: '10.0.0.5', to: '224.0.0.251', port: 5353, service: 'dns', bytes: 70 });
    flow({ of: 1, from: '10.0.0.5', to: '10.0.0.1', port: 53, service: 'dns', bytes: 80 });
    const { rows } = compareOf(db, CAPTURES).volumes.services;
    expect(rows.filter(({ key }) => key.endsWith('dns')).map(({ key, a }) => [key, a])).toEqual(
      expect.arrayContaining([
        ['mdns', 70],
        ['dns', 80],
      ]),
    );
  });

  it('are the same as themselves', () => {
    const found = compareOf(db, { a: CAPTURES.a, b: CAPTURES.a });
    expect([found.hosts, found.services, found.peers, found.incidents].map((c) => c.new.total + c.gone.total)).toEqual([
      0, 0, 0, 0,
    ]);
    expect(found.explains).toMatchObject({ change: 0, moved: 0, covered: 0, rows: [] });
  });

  it('give what the schema of the JSON says, and text without control characters', () => {
    db.prepare("UPDATE captures SET name = 'bad\u001b[31mname' WHERE id = 2").run();
    const found = compareOf(db, CAPTURES);
    const schema = JSON.parse(readFileSync(resourcePath('schemas', 'sonde.compare-1.schema.json'), 'utf8')) as object;
    const valid = new Ajv().compile(schema);
    expect(valid({ schema: 'sonde.compare/1', ...found }), JSON.stringify(valid.errors)).toBe(true);
    expect(comparisonText(found)).not.toContain('\u001b');
    expect(comparisonText(found)).toContain('New hosts in B: 2\n  10.0.0.7');
  });

  it('say when by their packets, and how long they lasted by the same two times', () => {
    const set = db.prepare('UPDATE inputs SET first_ts = ?, last_ts = ? WHERE capture = 1');
    set.run('1970-01-01T00:00:07.250000000Z', '1970-01-01T00:00:20.500000000Z');
    // Of the flows the last began at 20, and none says when it ended.
    const { a } = compareOf(db, CAPTURES);
    expect([a.firstTs, a.lastTs, a.seconds]).toEqual([
      '1970-01-01T00:00:07.250000000Z',
      '1970-01-01T00:00:20.500000000Z',
      13.25,
    ]);
    const cut = { kind: 'period', range: { from: 10, to: 20 } } as const;
    const { a: part } = compareOf(db, { a: cut, b: CAPTURES.b });
    expect([part.firstTs, part.lastTs, part.seconds]).toEqual([
      '1970-01-01T00:00:10.000000000Z',
      '1970-01-01T00:00:20.000000000Z',
      10,
    ]);
  });

  it('refuse a capture that is gone', () => {
    expect(() => compareOf(db, { ...CAPTURES, b: { kind: 'capture', capture: 9 } })).toThrow('no longer there');
  });
});

describe('the list of hosts', () => {
  const list = (change: Partial<Parameters<typeof listHosts>[1]> = {}) =>
    listHosts(db, { capture: 9, search: '', order: 'risk', descending: true, limit: 100, ...change });

  beforeEach(() => {
    capture(9, 'quiet.pcap', 0, HOUR);
    const hosts: [address: string, flows: number, out: number, back: number][] = [
      ['224.0.0.1', 1, 0, 60],
      ['10.0.0.1', 4, 900, 100],
      ['ff02::fb', 2, 0, 200],
      ['192.0.2.7', 4, 5000, 1],
      ['10.0.0.2', 9, 10, 10],
    ];
    const add = db.prepare("INSERT INTO hosts (capture, host, address, address_bytes, risk, flows, bytes_out, bytes_in, roles) VALUES (9, ?, ?, ?, 0, ?, ?, ?, '[]')"); // prettier-ignore
    for (const [at, [address, ...rest]] of hosts.entries()) add.run(at + 1, address, parseAddress(address), ...rest);
  });

  it('begins, among equals, with those that did most, page by page', () => {
    const order = ['10.0.0.2', '192.0.2.7', '10.0.0.1', 'ff02::fb', '224.0.0.1'];
    for (const descending of [true, false]) {
      expect(addresses(list({ descending }).rows)).toEqual(order);
      const paged: string[] = [];
      let cursor: string | null | undefined;
      do {
        const page = list({ descending, limit: 2, ...(cursor ? { cursor } : {}) });
        paged.push(...addresses(page.rows));
        cursor = page.next;
      } while (cursor !== null);
      expect(paged).toEqual(order);
    }
  });

  it('counts an address of a group as neither ours nor outside', () => {
    const groups = list().rows.filter(({ group }) => group);
    expect(addresses(groups)).toEqual(['ff02::fb', '224.0.0.1']);
    expect(groups.some(({ local }) => local)).toBe(false);
  });

  it('counts the broadcast of a subnet as none of ours; a host of a wider one that ends in .255 is', () => {
    const add = db.prepare("INSERT INTO hosts (capture, host, address, address_bytes, risk, flows, bytes_out, bytes_in, roles) VALUES (9, ?, ?, ?, 0, 3, ?, 300, '[]')"); // prettier-ignore
    add.run(21, '10.0.0.255', parseAddress('10.0.0.255'), 0);
    add.run(22, '10.0.1.255', parseAddress('10.0.1.255'), 40);
    add.run(23, '2001:db8::ff', parseAddress('2001:db8::ff'), 0);
    const rows = new Map(list().rows.map(({ address, local, group }) => [address, { local, group }]));
    expect(rows.get('10.0.0.255')).toEqual({ local: false, group: true });
    expect(rows.get('10.0.1.255')).toEqual({ local: true, group: false });
    expect(rows.get('2001:db8::ff')).toEqual({ local: false, group: false });
    expect(getHost(db, { capture: 9, address: '10.0.0.255' }).host).toMatchObject({ local: false, group: true });
  });
});

describe('two times', () => {
  const day = (n: number) => ({ kind: 'period' as const, range: { from: n * 86_400, to: (n + 1) * 86_400 } });

  it('leave the built-in sample out, and say so; as a capture it is compared', () => {
    capture(8, 'sample', 86_400, HOUR, SAMPLE_SHA256);
    flow({ of: 8, from: '10.0.0.88', to: '10.0.0.1', port: 22, bytes: 700, at: 86_450 });
    incident(8, 'u8', 'dga', '10.0.0.88');
    const { b, notes, hosts } = compareOf(db, { a: day(0), b: day(1) });
    expect(b.captures).toEqual([{ capture: 2, name: 'tuesday.pcap' }]);
    expect(notes).toContain('The built-in sample lies in B, and is left out: it is made up.');
    expect(hosts.new.rows.map(({ address }) => address)).not.toContain('10.0.0.88');
    const one = compareOf(db, { ...CAPTURES, b: { kind: 'capture', capture: 8 } });
    expect(one.b).toMatchObject({ flows: 1, incidents: 1 });
    expect(one.notes.join()).not.toContain('sample');
  });

  it('of false alarms by day count nothing of the sample either', () => {
    const { days } = alarmRate(db, { zone: 'UTC', days: 30 });
    capture(8, 'sample', 86_400 * 3, HOUR, SAMPLE_SHA256);
    incident(8, 'u8', 'dga', '10.0.0.88');
    expect(alarmRate(db, { zone: 'UTC', days: 30 }).days).toEqual(days);
    expect(days.map(({ day }) => day)).toEqual(['1970-01-01', '1970-01-02']);
  });

  it('hold all captures of each, and say what they are made of', () => {
    const found = compareOf(db, { a: day(0), b: day(1) });
    expect(found.a.captures).toEqual([{ capture: 1, name: 'monday.pcap' }]);
    expect(addresses(found.hosts.new.rows)).toEqual(['10.0.0.7', '198.51.100.9']);
  });

  it('count traffic that was read twice once', () => {
    capture(4, 'monday again', 0, HOUR, '1');
    flow({ of: 4, from: '10.0.0.5', to: '10.0.0.1', port: 443, service: 'ssl', bytes: 1000, at: 10 });
    const { a, notes } = compareOf(db, { a: day(0), b: day(1) });
    expect(a.captures.map(({ capture: id }) => id)).toEqual([4]);
    expect(notes[0]).toContain('monday.pcap');
  });

  it('say so where there is nothing', () => {
    expect(compareOf(db, { a: day(0), b: day(5) }).notes[0]).toContain('no flows in B');
  });
});

describe('how sides are named on the command line', () => {
  // A Sunday.
  const when = { zone: 'UTC', now: Date.parse('2026-11-22T12:00:00Z') };
  const from = (text: string): string | null => {
    const side = periodOf(text, when);
    return side?.kind === 'period' ? new Date(side.range.from * 1000).toISOString().slice(0, 10) : null;
  };

  it.each([
    ['today', '2026-11-22'],
    ['yesterday', '2026-11-21'],
    ['last-tuesday', '2026-11-17'],
    ['Tuesday', '2026-11-17'],
    ['sunday', '2026-11-15'],
    ['2026-11-03', '2026-11-03'],
    ['2026-11-03..2026-11-05', '2026-11-03'],
    ['2026-13-03', null],
    ['monday.pcap', null],
  ])('%s', (text, day) => expect(from(text)).toBe(day));

  it('captures by number, name and file; the rest is refused with what there is', () => {
    const known = [
      { id: 1, name: 'a', inputs: [{ path: '/in/x.pcap' }] },
      { id: 7, name: 'a', inputs: [] },
    ];
    expect(sideNamed('1', known, when)).toEqual({ kind: 'capture', capture: 1 });
    expect(sideNamed('a', known, when)).toEqual({ kind: 'capture', capture: 7 });
    expect(sideNamed('/in/x.pcap', known, when)).toEqual({ kind: 'capture', capture: 1 });
    expect(() => sideNamed('b', known, when)).toThrow('no capture of this number');
    expect(() => sideNamed('2026-11-05..2026-11-03', known, when)).toThrow('is before');
  });
});

it('the fewest rows stop where most is carried, and never count more than there is', () => {
  const rows = [50, -40, 5, 5].map((change, i) => ({ key: `${i}`, a: 0, b: 0, change }));
  expect(fewest(rows)).toMatchObject({ moved: 100, covered: 0.9, rows: [{ share: 0.5 }, { share: 0.4 }] });
});

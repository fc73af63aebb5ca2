import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSought, SOUGHT_MAX } from '../../../src-shared/domain/search.ts';
import { parseFilter } from '../../../src-shared/domain/filter/parse.ts';
import { addressText, parseAddress } from '../../../src-shared/domain/network.ts';
import { migrate } from '../../../src-main/keep/store/migrate.ts';
import { findEverywhere } from '../../../src-main/keep/store/queries/search/index.ts';
import { findFlows, PORT_SQL, SERVICE_SQL } from '../../../src-main/keep/store/queries/search/flows.ts';
import { condition } from '../../../src-main/keep/store/filter/sql.ts';
import { listHosts } from '../../../src-main/keep/store/queries/hosts.ts';
import { HOSTS_SQL, NAMES_BEGIN_SQL } from '../../../src-main/keep/store/queries/search/hosts.ts';
import { RULE_BY_SID_SQL } from '../../../src-main/keep/store/queries/search/others.ts';

const JA3 = '6734f37431670b3ab4292b8f60f29984';
let db: Database.Database;

function host(capture: number, id: number, address: string, name = ''): void {
  db.prepare(
    "INSERT INTO hosts (capture, host, address, address_bytes, risk, flows, bytes_out, bytes_in, roles) VALUES (?, ?, ?, ?, 0, 3, 0, 0, '[]')",
  ).run(capture, id, address, parseAddress(address));
  if (name !== '')
    db.prepare("INSERT INTO host_names (capture, address, source, name) VALUES (?, ?, 'dns', ?)").run(
      capture,
      address,
      name,
    );
}

function flow(capture: number, id: number, port: number, facts = ''): void {
  db.prepare(
    `INSERT INTO flows (capture, id, uid, community_id, sec, nano, duration, orig_host, orig_port, resp_host, resp_port,
       proto, service, app, conn_state, history, missed_bytes, orig_pkts, orig_ip_bytes, resp_pkts, resp_ip_bytes, vlan,
       tunnel, anomalous, facts) VALUES (?, ?, ?, '', 1, 0, 0, 1, 5, 2, ?, 6, 'ssl', '', 3, '', 0, 1, 60, 1, 60, 0, 0, 0, ?)`,
  ).run(capture, id, `C${id}`, port, facts);
}

function incident(capture: number, uid: string, title: string, body: object): void {
  db.prepare(
    "INSERT INTO incidents (capture, uid, number, kind, severity, confidence, title, first_ts, decided_ts, last_ts, body) VALUES (?, ?, 1, 'port-scan', 'warning', 1, ?, '2026', '2026', '2026', ?)",
  ).run(capture, uid, title, JSON.stringify(body));
}

beforeEach(() => {
  db = new Database(':memory:');
  migrate(db);
  db.function('watch', () => 1);
  db.exec(`INSERT INTO captures (id, name, status, imported_at, program) VALUES
    (1, 'Monday', 'complete', 1, 'sonde'), (2, '100% of Tuesday', 'complete', 2, 'sonde')`);
  db.exec(
    `INSERT INTO inputs VALUES (2, 0, '/data/tuesday.pcap', '${'ab'.repeat(32)}', 'pcap', '[]', 1, 1, NULL, NULL, '[]')`,
  );
  host(1, 1, '10.0.1.5', 'printer.office.example');
  host(2, 1, '10.0.1.5', 'printer.office.example');
  host(2, 2, '10.0.15.9', 'Mail.example');
  host(2, 3, '10.0.2.1');
  host(2, 4, 'fd00:12::1');
  db.exec("INSERT INTO host_macs VALUES (2, '10.0.1.5', '02:aa:bb:cc:dd:ee')");
  flow(2, 1, 443, JSON.stringify({ 'tls.ja3': JA3 }));
  flow(2, 2, 3389);
  flow(1, 3, 3389);
  incident(2, 'uid-one', 'Scan of many ports', {
    sources: ['10.0.1.5'],
    targets: [],
    domains: ['bad.example'],
    ports: [3389],
    summary: '',
    evidence: [{ fact: 'said "hello"' }],
  });
  db.exec(`INSERT INTO rule_sources (id, kind, name, origin, paths, added_at, read_at, author, sha256, refused)
    VALUES (1, 'rules', 'office', 'path', '[]', 0, 0, '', '', 0)`);
  db.exec("INSERT INTO rules VALUES (1, 1, 2012345, 1, 1, 'Strange agent', 'trojan-activity', 1, 'alert ...')");
});
afterEach(() => void db.close());

const find = (text: string): ReturnType<typeof findEverywhere> => findEverywhere(db, text);

describe('what a text is taken for', () => {
  it.each([
    ['10.0.1.5', 'an address'],
    ['10.0.0.0/8', 'a network'],
    ['10.0.', 'the beginning of an address'],
    ['fd00:12:', 'the beginning of an address'],
    ['aa:bb:cc', 'the address of a network card'],
    ['443', 'a port or the number of a rule'],
    ['port 443', 'a port'],
    ['sid:2012345', 'the number of a rule'],
    [JA3, 'a JA3 fingerprint or an MD5 hash'],
    ['t13d1516h2_8daaf6152771_02713d6af862', 'a JA4 fingerprint'],
    ['ab'.repeat(32), 'a SHA-256 hash'],
    ['curl/8.1', 'words'],
  ])('%s: %s', (text, taken) => {
    expect(readSought(text).taken).toBe(taken);
  });

  it('gives a filter that can be read whatever was typed, and no more text than the bound', () => {
    for (const text of [
      'a"b\\c',
      "'; DROP TABLE flows --",
      'x\ny\0z',
      '(((',
      'and',
      '',
      '%_'.repeat(300),
      '300.1.',
      '::::',
    ])
      expect(parseFilter(readSought(text).filter)).toMatchObject({ ok: true });
    expect(readSought('x'.repeat(5000)).text).toHaveLength(SOUGHT_MAX);
  });

  it('reads the beginning of an address as all that begin so', () => {
    const ranges = readSought('10.0.1').ranges.map(({ first, last }) => `${addressText(first)}-${addressText(last)}`);
    expect(ranges).toEqual(['10.0.1.0-10.0.1.255', '10.0.10.0-10.0.19.255', '10.0.100.0-10.0.199.255']);
  });
});

describe('the search box', () => {
  it('finds hosts by address, beginning and network, once each, with the newest capture', () => {
    expect(find('10.0.1.5').hosts.rows).toEqual([
      {
        address: '10.0.1.5',
        name: 'printer.office.example',
        flows: 3,
        capture: 2,
        captures: 2,
        captureName: '100% of Tuesday',
      },
    ]);
    expect(find('10.0.1').hosts.rows.map((h) => h.address)).toEqual(['10.0.1.5', '10.0.15.9']);
    expect(find('10.0.0.0/20').hosts.rows.map((h) => h.address)).toEqual(['10.0.1.5', '10.0.2.1', '10.0.15.9']);
    expect(find('fd00:12:').hosts.rows.map((h) => h.address)).toEqual(['fd00:12::1']);
  });

  it('takes a network of IPv6 for one, however wide: IPv4 is not in it', () => {
    expect(find('::/0').hosts.rows.map((h) => h.address)).toEqual(['fd00:12::1']);
    expect(find('0.0.0.0/0').hosts.rows.map((h) => h.address)).not.toContain('fd00:12::1');
    const hosts = { order: 'address', descending: false, limit: 50 } as const;
    const listed = listHosts(db, { ...hosts, capture: 2, search: '::/0' }).rows.map((h) => h.address);
    expect(listed).toEqual(['fd00:12::1']);
    // The flows are from hosts 1 and 2 (IPv4); one more is from 4 to 1.
    flow(2, 9, 80);
    db.exec('UPDATE flows SET orig_host = 4 WHERE id = 9');
    const ids = (text: string): unknown[] => {
      const read = parseFilter(text);
      if (!read.ok || !read.filter) throw new Error('no filter');
      const { sql, params } = condition(read.filter, 2);
      return db
        .prepare(`SELECT f.id FROM flows f WHERE f.capture = 2 AND ${sql}`)
        .pluck()
        .all(...params);
    };
    expect(ids('host == ::/0')).toEqual([9]);
    expect(ids('id.resp_h == ::/0')).toEqual([]);
    expect(ids('host != ::/0')).toEqual([1, 2]);
  });

  it('finds names by any part, those that begin with it first, and cards', () => {
    expect(find('example').names.rows.map((n) => n.name)).toEqual(['Mail.example', 'printer.office.example']);
    expect(find('office').names.rows[0]).toMatchObject({ address: '10.0.1.5', capture: 2, captures: 2 });
    expect(find('MAIL').names.rows[0]).toMatchObject({ name: 'Mail.example' });
    expect(find('02-AA-bb').names.rows[0]).toMatchObject({ name: '02:aa:bb:cc:dd:ee', from: 'mac' });
  });

  it('takes wildcards for what they are', () => {
    expect(find('100%').captures.rows).toEqual([{ capture: 2, name: '100% of Tuesday', why: 'name' }]);
    expect(find('%%').captures.rows).toEqual([]);
    expect(find('__').names.rows).toEqual([]);
  });

  it('finds incidents by title, uid, address, domain, port and evidence', () => {
    for (const text of ['many ports', 'uid-one', '10.0.1.5', 'bad.example', '3389', 'said "hello"'])
      expect(find(text).incidents.rows.map((i) => i.uid)).toEqual(['uid-one']);
    // Names of the fields of the body are no words of it.
    expect(find('targets').incidents.rows).toEqual([]);
  });

  it('finds flows to a port in all captures, and rules and captures by number, words, file and hash', () => {
    expect(find('3389').flows.rows.map(({ capture, filter, flows }) => ({ capture, filter, flows }))).toEqual([
      { capture: 2, filter: 'id.resp_p == 3389', flows: 1 },
      { capture: 1, filter: 'id.resp_p == 3389', flows: 1 },
    ]);
    expect(find('sid:2012345').rules.rows).toEqual([{ sid: 2012345, message: 'Strange agent', set: 'office' }]);
    expect(find('strange').rules.rows).toHaveLength(1);
    expect(find('tuesday.pcap').captures.rows[0]).toMatchObject({ capture: 2, why: 'file' });
    expect(find('AB'.repeat(32)).captures.rows[0]).toMatchObject({ capture: 2, why: 'hash' });
  });

  it('says what it did not look through, and finds fingerprints in a walk over flows', () => {
    expect(find(JA3).left.at(-1)).toContain('the bytes of packets');
    expect(find('x').left[0]).toContain('one character more');
    expect(find(JA3).remaining.map((c) => c.capture)).toEqual([2, 1]);
    expect(findFlows(db, JA3.toUpperCase(), 2)).toMatchObject({ flows: 1, more: false });
    expect(findFlows(db, JA3, 1)).toMatchObject({ flows: 0 });
    expect(() => findFlows(db, JA3, 9)).toThrow('no longer there');
    expect(() => findFlows(db, ' \0 ', 1)).toThrow('nothing is looked for');
  });
});

describe('the plans of its questions', () => {
  const plan = (sql: string, params: unknown[]): string =>
    (db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...params) as { detail: string }[]).map((r) => r.detail).join('\n');

  it('look things up in indexes; flows are never walked', () => {
    const bytes = parseAddress('10.0.0.1');
    expect(plan(HOSTS_SQL, [bytes, bytes])).toMatch(/SEARCH h USING INDEX hosts_by_address \(address_bytes>\? AND/);
    expect(plan(NAMES_BEGIN_SQL, ['a', 'b'])).toMatch(
      /SEARCH host_names USING (COVERING )?INDEX host_names_by_name \(name>/,
    );
    expect(plan(PORT_SQL, [1, 443])).toMatch(
      /SEARCH flows USING COVERING INDEX flows_by_resp_port \(capture=\? AND resp_port=\?\)/,
    );
    expect(plan(SERVICE_SQL, [1, 'ssl'])).toMatch(
      /USING COVERING INDEX flows_by_service \(capture=\? AND service=\?\)/,
    );
    expect(plan(RULE_BY_SID_SQL, [1])).toContain('rules_sid (sid=?)');
  });

  it('walk no table of flows whatever is typed', () => {
    const asked: string[] = [];
    const { prepare } = db;
    db.prepare = ((sql: string) => (asked.push(sql), prepare.call(db, sql))) as typeof db.prepare;
    for (const text of ['443', '10.0.1.5', '10.0', 'ssl', JA3, 'words of many', 'aa:bb:cc']) find(text);
    for (const sql of new Set(asked)) {
      if (!/\bflows\b/.test(sql) || !sql.includes('FROM flows')) continue;
      const details = (prepare.call(db, `EXPLAIN QUERY PLAN ${sql}`) as Database.Statement).all(1, 1) as {
        detail: string;
      }[];
      for (const { detail } of details) expect(detail).not.toMatch(/^SCAN flows/);
    }
    expect(asked.some((sql) => sql.includes('FROM flows INDEXED BY'))).toBe(true);
  });
});

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src-shared/domain/network.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { sealed, type CaseManifest } from '../../../src-main/keep/exports/case/manifest.ts';
import { readCase } from '../../../src-main/keep/exports/case/read.ts';
import { BLOCK, padding, readTarHeader, tarHeader, TAR_END } from '../../../src-main/keep/exports/case/tar.ts';
import { openDatabase } from '../../../src-main/keep/store/database.ts';
import { getCapture } from '../../../src-main/keep/store/queries/captures.ts';
import { makeCase } from '../../../src-main/run/api/cases/make.ts';
import { openCase } from '../../../src-main/run/api/cases/open.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { pcapFile } from '../../generator/write.ts';
import { CLIENT, SERVER, Talk } from '../signatures/talk.ts';

const SLOW = 60_000;
const BEGIN = 1_700_000_000;
const SECRET = 'hunter2-in-geo-path';
let folder: string;
let file: string;
let manifest: CaseManifest;

const at = (name: string): string => join(folder, name);
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A database with one capture of two connections; its first incident is about one of them. */
function fill(db: Database.Database, pcap: string): void {
  db.exec(`INSERT INTO captures (id, name, status, imported_at, program, report) VALUES
    (3, 'office', 'complete', 1, 'sonde', '{}'),
    (4, 'nobody asked for', 'complete', 1, 'sonde', '{}')`);
  db.prepare("INSERT INTO inputs VALUES (3, 0, ?, ?, 'pcap', '[]', 2, 2, ?, ?, '[]')").run(
    pcap,
    sha(readFileSync(pcap)),
    '2023-11-14T22:13:20.000000000Z',
    '2023-11-14T22:13:22.000000000Z',
  );
  const host = db.prepare("INSERT INTO hosts (capture, host, address, address_bytes, risk, flows, bytes_out, bytes_in, roles) VALUES (?, ?, ?, ?, 0.5, 1, 10, 10, '[]')"); // prettier-ignore
  for (const [id, address] of [CLIENT, SERVER, '10.9.9.9'].entries())
    host.run(3, id + 1, address, parseAddress(address));
  host.run(4, 1, '10.8.8.8', parseAddress('10.8.8.8'));
  const flow = db.prepare(
    `INSERT INTO flows (capture, id, uid, community_id, sec, nano, duration, orig_host, orig_port, resp_host, resp_port,
       proto, service, app, conn_state, history, missed_bytes, orig_pkts, orig_ip_bytes, resp_pkts, resp_ip_bytes, vlan,
       tunnel, anomalous, facts) VALUES (3, ?, '', '', ${BEGIN}, 0, 2, 1, ?, 2, 80, 6, 'http', '', 3, '', 0, 1, 60, 1, 60, 0, 0, 0, '')`,
  );
  flow.run(1, 40_000);
  flow.run(2, 40_001);
  const incident = db.prepare(
    "INSERT INTO incidents (capture, uid, number, kind, severity, confidence, title, first_ts, decided_ts, last_ts, body) VALUES (?, ?, 1, 'port-scan', 'warning', 1, ?, '2023-11-14T22:13:20.000000000Z', '', '', ?)",
  );
  for (const [capture, uid] of [
    [3, 'wanted'],
    [3, 'other'],
    [4, 'else'],
  ] as const) {
    const body = { id: 1, uid, kind: 'port-scan', severity: 'warning', confidence: 1, title: `Title of ${uid}`, summary: '', firstTs: '2023-11-14T22:13:20.000000000Z', decidedTs: '2023-11-14T22:13:20.000000000Z', lastTs: '2023-11-14T22:13:22.000000000Z', sources: [CLIENT], sourcesTotal: 1, targets: [SERVER], targetsTotal: 1, ports: [80], portsTotal: 1, domains: [], domainsTotal: 0, flows: 1, packets: 1, bytes: 1, technique: [], evidence: [], attributions: [], detectors: {}, response: [], wiresharkFilter: '' }; // prettier-ignore
    incident.run(capture, uid, `Title of ${uid}`, JSON.stringify(body));
  }
  db.exec("INSERT INTO incident_flows VALUES (3, 'wanted', 1), (3, 'other', 2)");
  db.exec("INSERT INTO audit (at, user, action, object, detail) VALUES (1, 'ann', 'import', 'office', '')");
  db.prepare("INSERT INTO settings VALUES ('desk', ?), ('alerts', ?)").run(
    JSON.stringify({ networks: ['192.168.0.0/16'], geo: [`/home/${SECRET}/city.mmdb`] }),
    JSON.stringify({ password: SECRET }),
  );
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-case-'));
  const talks = [0, 1].map((i) => new Talk(80, 40_000 + i).open().up('GET / HTTP/1.1\r\n\r\n').close().frames);
  const packets = talks
    .flat()
    .map((data, k) => ({ ts: BigInt(BEGIN) * 1_000_000_000n + BigInt(k) * 1_000_000n, data }));
  writeFileSync(at('in.pcap'), pcapFile(packets));
  const db = openDatabase(at('desk.db'));
  fill(db, at('in.pcap'));
  db.close();
  file = at('theft.sondecase');
  manifest = await makeCase({
    database: at('desk.db'),
    rings: at('desk.db.packets'),
    incidents: [{ capture: 3, uid: 'wanted' }],
    out: file,
    title: 'Theft',
    note: 'look',
    now: 5,
    user: 'ann',
  });
}, SLOW);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function refusal(bytes: Uint8Array | string, name = 'bad.sondecase'): Promise<string> {
  writeFileSync(at(name), bytes);
  const before = readdirSync(folder).sort();
  const error = (await openCase(at(name), at('target')).catch((thrown: unknown) => thrown)) as SondeError;
  expect(error.code).toBe('damaged-case');
  expect(existsSync(at('target'))).toBe(false);
  expect(readdirSync(folder).sort()).toEqual(before);
  return error.message;
}

/** Where the bytes of a part begin in the archive. */
function placeOf(tar: Buffer, wanted: string): number {
  for (let from = 0; from < tar.length;) {
    const entry = readTarHeader(tar.subarray(from, from + BLOCK));
    if (entry === null || typeof entry === 'string') break;
    if (entry.name === wanted) return from + BLOCK;
    from += BLOCK + entry.size + padding(entry.size);
  }
  throw new Error(`there is no ${wanted}`);
}

function archive(entries: readonly (readonly [string, Uint8Array])[]): Buffer {
  const blocks = entries.flatMap(([name, data]) => [
    tarHeader(name, data.length),
    data,
    new Uint8Array(padding(data.length)),
  ]);
  return gzipSync(Buffer.concat([...blocks, TAR_END]));
}

/** A case as somebody would forge it: parts of their own, under right hashes. */
function forged(parts: Record<string, Uint8Array>, change: Partial<CaseManifest> = {}): Buffer {
  const { sha256: _, ...facts } = manifest;
  const list = Object.entries(parts).map(([name, data]) => ({ name, bytes: data.length, sha256: sha(data) }));
  const text = Buffer.from(JSON.stringify(sealed({ ...facts, parts: list, ...change })));
  return archive([['manifest.json', text], ...Object.entries(parts)]);
}

describe('a case', () => {
  it('names its parts with their hashes, the hashes of the inputs, and a hash of its own', async () => {
    expect(manifest.parts.map(({ name }) => name)).toEqual(['database.sqlite', 'report/1.html', 'packets/1.pcapng', 'settings.json', 'audit.ndjson']); // prettier-ignore
    expect(manifest.captures).toMatchObject([
      { capture: 3, name: 'office', left: '', inputs: [{ name: 'in.pcap', sha256: sha(readFileSync(at('in.pcap'))) }] },
    ]);
    expect(await readCase(file, null)).toEqual(manifest);
    const schema = JSON.parse(readFileSync(resourcePath('schemas', 'sonde.case-1.schema.json'), 'utf8')) as object;
    const valid = new Ajv().compile(schema);
    expect(valid(manifest), JSON.stringify(valid.errors)).toBe(true);
  });

  it('opens elsewhere with the incident, its flow, hosts and packets, and nothing else', async () => {
    const { database } = await openCase(file, at('opened'));
    const db = new Database(database, { readonly: true });
    const all = (sql: string): unknown[] => db.prepare(sql).pluck().all();
    expect(all('SELECT name FROM captures')).toEqual(['office (from a case)']);
    expect(all('SELECT uid FROM incidents')).toEqual(['wanted']);
    expect(all('SELECT id FROM flows')).toEqual([1]);
    expect(all('SELECT address FROM hosts ORDER BY host')).toEqual([CLIENT, SERVER]);
    expect(all('SELECT user FROM audit')).toEqual(['ann']);
    const [path] = all('SELECT path FROM inputs') as string[];
    expect(path).toBe(join(at('opened'), 'packets', '1.pcapng'));
    // The totals stay those of the capture, whatever part of it is here; the part is measured as any capture is.
    const { packets, bytes, inputs } = getCapture(db, 3);
    expect([packets, bytes]).toEqual([2, 2]);
    expect(inputs).toMatchObject([{ packets: manifest.captures[0]!.packets }]);
    expect(inputs[0]!.packets).toBeGreaterThan(2);
    expect(inputs[0]!.bytes).toBeLessThan(statSync(path!).size);
    expect(all('SELECT sha256 FROM inputs')).toEqual([sha(readFileSync(path!))]);
    expect(all('PRAGMA foreign_key_check')).toEqual([]);
    db.close();
    expect(readFileSync(join(at('opened'), 'report', '1.html'), 'utf8')).toContain('Title of wanted');
    expect(JSON.parse(readFileSync(join(at('opened'), 'settings.json'), 'utf8'))).toEqual({
      networks: ['192.168.0.0/16'],
    });
    expect(readFileSync(join(at('opened'), 'audit.ndjson'), 'utf8')).toContain('"user":"ann"');
  });

  it('does nothing by itself: channels, files and ages that somebody put into its database are taken out', async () => {
    await openCase(file, at('armed'));
    const path = join(at('armed'), 'database.sqlite');
    const db = new Database(path);
    db.exec("INSERT INTO settings VALUES ('alerts', '{}')");
    db.exec("INSERT INTO alert_channels VALUES ('out', 'out', 'webhook', 1, '{}', '[]')");
    db.prepare("UPDATE settings SET value = ? WHERE key = 'desk'").run(
      JSON.stringify({ networks: ['10.0.0.0/8'], geo: ['/etc/shadow'], retentionDays: 1 }),
    );
    db.pragma('journal_mode = DELETE');
    db.close();
    writeFileSync(at('armed.sondecase'), forged({ 'database.sqlite': readFileSync(path) }));
    const { database } = await openCase(at('armed.sondecase'), at('disarmed'));
    const after = new Database(database, { readonly: true });
    expect(after.prepare('SELECT count(*) FROM alert_channels').pluck().get()).toBe(0);
    expect(after.prepare('SELECT key FROM settings').pluck().all()).toEqual(['desk']);
    const kept = JSON.parse(String(after.prepare('SELECT value FROM settings').pluck().get())) as object;
    expect(kept).toEqual({ networks: ['10.0.0.0/8'], retentionDays: 0, tourSeen: true });
    expect(after.prepare('SELECT count(*) FROM incidents').pluck().get()).toBe(1);
    after.close();
  });

  it('holds no secret and no path of this machine', () => {
    const text = gunzipSync(readFileSync(file)).toString('latin1');
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(folder);
    expect(text).not.toContain('10.9.9.9');
    expect(text).not.toContain('nobody asked for');
  });

  it('says why it has no packets where the capture is gone or was changed', async () => {
    const db = openDatabase(at('gone.db'));
    fill(db, at('in.pcap'));
    db.prepare('UPDATE inputs SET sha256 = ?').run('0'.repeat(64));
    const options = { database: at('gone.db'), rings: at('none'), incidents: [{ capture: 3, uid: 'wanted' }], title: 't', note: '', now: 1, user: 'u' }; // prettier-ignore
    const changed = await makeCase({ ...options, out: at('changed.sondecase') });
    expect(changed.captures[0]).toMatchObject({ packets: 0, left: 'its packets are no longer there, or were changed' });
    db.prepare("UPDATE inputs SET path = '/nowhere/x.pcap'").run();
    db.close();
    const gone = await makeCase({ ...options, out: at('gone.sondecase') });
    expect(gone.captures[0]!.left).toContain('no longer where they were');
    expect(gone.parts.map(({ name }) => name)).not.toContain('packets/1.pcapng');
    await expect(makeCase({ ...options, incidents: [{ capture: 3, uid: 'no' }], out: at('no.sondecase') })).rejects.toThrow('no longer there'); // prettier-ignore
    expect(existsSync(at('no.sondecase'))).toBe(false);
  });
});

describe('a damaged or changed case is refused, naming the part', () => {
  it.each(['manifest.json', 'database.sqlite', 'report/1.html', 'packets/1.pcapng', 'settings.json', 'audit.ndjson'])(
    'a byte of %s',
    async (name) => {
      const tar = gunzipSync(readFileSync(file));
      tar[placeOf(tar, name) + 1]! ^= 1;
      expect(await refusal(gzipSync(tar))).toContain(name);
    },
  );

  it('a fact in the manifest, a header, an end cut off, something added', async () => {
    const tar = gunzipSync(readFileSync(file));
    const text = tar.toString('latin1');
    const title = text.indexOf('"Theft"');
    const changed = Buffer.from(tar);
    changed.write('"Thefts', title);
    expect(await refusal(gzipSync(changed))).toContain('manifest.json');
    const other = Buffer.from(tar);
    other.write('"theft"', title);
    expect(await refusal(gzipSync(other))).toContain('manifest.json was changed: its hash');
    const header = Buffer.from(tar);
    header[placeOf(tar, 'report/1.html') - BLOCK + 2]! ^= 1;
    expect(await refusal(gzipSync(header))).toContain('report/1.html');
    expect(await refusal(readFileSync(file).subarray(0, 2000))).toContain('ends too early');
    expect(await refusal(gzipSync(Buffer.concat([tar, Buffer.alloc(10)])))).toContain('more than its manifest names');
    expect(await refusal('no case at all')).toContain('manifest.json');
    expect(await refusal('')).toContain('manifest.json');
  });

  it('names that lead elsewhere, and parts that no case has', async () => {
    const data = Buffer.from('x');
    for (const name of ['../evil', '/etc/cron.d/x', 'packets/../../x.pcapng', 'report/0.html', 'extra.txt'])
      expect(await refusal(forged({ 'database.sqlite': data, [name]: data }))).toContain('a part that no case has');
    const { sha256: _, ...facts } = manifest;
    const right = Buffer.from(JSON.stringify(sealed({ ...facts, parts: [{ name: 'database.sqlite', bytes: 1, sha256: sha(data) }] }))); // prettier-ignore
    expect(
      await refusal(
        archive([
          ['manifest.json', right],
          ['../evil', data],
        ]),
      ),
    ).toContain('database.sqlite');
    expect(await refusal(archive([['../manifest.json', right]]))).toContain('manifest.json');
  });

  it('links, and sizes beyond what a case may have', async () => {
    const link = Buffer.from(tarHeader('manifest.json', 10));
    link[156] = '2'.charCodeAt(0);
    expect(await refusal(gzipSync(link))).toContain('manifest.json');
    // Unpacks to far more than its manifest says: the reader stops where the part should end.
    const data = Buffer.alloc(64 * 1024 * 1024);
    const { sha256: _, ...facts } = manifest;
    const parts = [{ name: 'database.sqlite', bytes: 5, sha256: sha(data) }];
    const small = Buffer.from(JSON.stringify(sealed({ ...facts, parts })));
    expect(
      await refusal(
        archive([
          ['manifest.json', small],
          ['database.sqlite', data],
        ]),
      ),
    ).toContain('another size');
    const huge = Buffer.from(JSON.stringify(sealed({ ...facts, parts: [{ name: 'database.sqlite', bytes: 2 ** 50, sha256: sha(data) }] }))); // prettier-ignore
    expect(await refusal(archive([['manifest.json', huge]]))).toContain('larger than any may be');
    expect(await refusal(gzipSync(tarHeader('manifest.json', 2 ** 32)))).toContain('larger than any may be');
  });

  it('a database that is not one of ours, or does what ours does not, also under right hashes', async () => {
    const opened = await openCase(file, at('again'));
    const db = new Database(opened.database);
    db.exec('CREATE TRIGGER evil AFTER INSERT ON audit BEGIN DELETE FROM incidents; END');
    db.close();
    const bytes = readFileSync(opened.database);
    expect(await refusal(forged({ 'database.sqlite': bytes }))).toContain('trigger evil, which Sonde does not make');
    expect(await refusal(forged({ 'database.sqlite': Buffer.from('not a database, however long it may be'.repeat(50)) }))).toContain('database.sqlite'); // prettier-ignore
    expect(await refusal(forged({ 'database.sqlite': Buffer.alloc(0) }))).toContain('database.sqlite');
  });

  it.each([
    ['captures.report', "UPDATE captures SET report = '[]'"],
    ['captures.facts', "UPDATE captures SET facts = 'no JSON'"],
    ['inputs.link_types', "UPDATE inputs SET link_types = '{'"],
    ['inputs.warnings', "UPDATE inputs SET warnings = '5'"],
    ['incidents.body', "UPDATE incidents SET body = 'null'"],
    ['incidents.body', "UPDATE incidents SET body = '{}'"],
    ['incidents.title', "UPDATE incidents SET title = replace(hex(zeroblob(4000000)), '0', 'A')"],
    ['incidents', "UPDATE incidents SET kind = '__proto__'"],
    ['hosts.roles', "UPDATE hosts SET roles = '[5]'"],
    ['hosts.device', "UPDATE hosts SET device = 'x'"],
    ['hosts.address_bytes', "UPDATE hosts SET address_bytes = x'00'"],
    ['hosts.risk', 'UPDATE hosts SET risk = 1e999'],
    ['flows.facts', "UPDATE flows SET facts = '['"],
    ['flows.sec', 'UPDATE flows SET sec = 9223372036854775807'],
    ['settings.value', `UPDATE settings SET value = '{"networks":5}'`],
    ['settings.value', "UPDATE settings SET value = '[]'"],
  ])('%s of a kind or length that Sonde does not write: %s', async (where, sql) => {
    const opened = await openCase(file, at('odd'));
    const db = new Database(opened.database);
    db.exec(sql);
    db.close();
    const bytes = readFileSync(opened.database);
    rmSync(at('odd'), { recursive: true });
    expect(await refusal(forged({ 'database.sqlite': bytes }))).toContain(`${where} holds what Sonde does not write`);
  });

  it('times and counts that none can be', async () => {
    const { sha256: _, ...facts } = manifest;
    const captures = facts.captures.map((each) => ({ ...each, packets: -5 }));
    for (const change of [{ createdAt: 9e16 }, { captures }]) {
      const forgedManifest = Buffer.from(JSON.stringify(sealed({ ...facts, ...change })));
      expect(await refusal(archive([['manifest.json', forgedManifest]]))).toContain(
        'manifest.json is not one of a case',
      );
    }
  });

  it('a folder that is there is left as it is', async () => {
    writeFileSync(at('taken'), 'mine');
    await expect(openCase(file, at('taken'))).rejects.toMatchObject({ code: 'write-failed' });
    expect(readFileSync(at('taken'), 'utf8')).toBe('mine');
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONN_STATES } from '../../../src-main/meter/flows/types.ts';
import { codes, ends, FIELDS, LINE, readAll, readText, zeekLog } from './records.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-zeek-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('conn.log as tab-separated text', () => {
  it('reads all that a flow is', async () => {
    const { records } = await readText(at('a'), zeekLog([LINE]));
    const [record] = records;
    expect(records).toHaveLength(1);
    expect(ends(record!)).toBe('192.168.4.76:36844 > 192.168.4.1:53');
    expect(record).toMatchObject({
      sec: 1591367999,
      nano: 305988000,
      lastSec: 1591367999,
      lastNano: 372840000,
      proto: 17,
      service: 'dns',
      origBytes: 62,
      respBytes: 141,
      connState: CONN_STATES.indexOf('SF'),
      history: 'Dd',
      origPkts: 2,
      origIpBytes: 118,
      respPkts: 2,
      respIpBytes: 197,
      hasBytes: 1,
      oneWay: false,
    });
  });

  it('keeps all nine digits of a time', async () => {
    const line = LINE.replace('1591367999.305988', '1591367999.305988123').replace('0.066852', '0.999999999');
    const { records } = await readText(at('a'), zeekLog([line]));
    expect(records[0]).toMatchObject({ nano: 305988123, lastSec: 1591368000, lastNano: 305988122 });
  });

  it('takes columns by name, in any order, with others between them', async () => {
    const fields = FIELDS.split(' ').toReversed().join(' label ');
    const line = LINE.split(' ').toReversed().join(' x ');
    const { records } = await readText(at('a'), zeekLog([line], fields));
    expect(records.map(ends)).toEqual(['192.168.4.76:36844 > 192.168.4.1:53']);
  });

  it('knows unset values from zero', async () => {
    const line = LINE.replace('0.066852 62 141', '- - -').replace(' dns ', ' - ');
    const [record] = (await readText(at('a'), zeekLog([line]))).records;
    expect(record).toMatchObject({ hasBytes: 0, service: '', lastSec: 1591367999, lastNano: 305988000 });
  });

  it('tells ICMP of both families apart, and takes other protocols from ip_proto', async () => {
    const icmp = (a: string, b: string): string =>
      LINE.replace('192.168.4.76', a).replace('192.168.4.1 ', `${b} `).replace(' udp ', ' icmp ');
    const lines = [icmp('10.0.0.1', '10.0.0.2'), icmp('fe80::1', 'fe80::2')].map((line) => `${line} -`);
    const other = `${LINE.replace(' udp ', ' unknown_transport ')} 47`;
    const { records } = await readText(at('a'), zeekLog([...lines, other], `${FIELDS} ip_proto`));
    expect(records.map(({ proto }) => proto)).toEqual([1, 58, 47]);
  });

  it('reads a log that was gzip- or zstd-compressed, or has Windows line ends, or no last line end', async () => {
    const text = zeekLog([LINE, LINE]);
    for (const content of [gzipSync(text), zstdCompressSync(text), text.replaceAll('\n', '\r\n'), text.trimEnd()]) {
      expect((await readText(at('a'), content)).records).toHaveLength(2);
    }
  });

  it('counts and names lines that it cannot read, and goes on', async () => {
    const bad = [
      LINE.replace('192.168.4.76', '192.168.4'),
      LINE.replace('36844', '99999'),
      LINE.replace('1591367999.305988', 'yesterday'),
      LINE.replace(' 62 ', ' -62 '),
      LINE.replace(' SF ', ' XX '),
      '1591367999.305988 CMdzit1AMNsmfAIiQc',
    ];
    const read = await readText(at('a'), zeekLog([...bad, LINE]));
    expect(read.records).toHaveLength(1);
    const warnings = read.reader.summaries()[0]!.warnings.map(({ message }) => message);
    expect(warnings).toHaveLength(6);
    expect(warnings[0]).toContain('line 7: id.orig_h is no address');
    expect(warnings[1]).toContain('id.orig_p is no port');
    expect(warnings[5]).toContain('it has 2 of 18 columns');
  });

  it('counts thousands of bad lines in a bounded list', async () => {
    const read = await readText(at('a'), zeekLog(Array.from({ length: 5000 }, (_, i) => `bad${i}`)));
    const { warnings } = read.reader.summaries()[0]!;
    expect(warnings.length).toBeLessThanOrEqual(33);
    expect(warnings.reduce((sum, { count }) => sum + count, 0)).toBe(5000);
  });

  it('passes over a line without end, in bounded memory', async () => {
    const read = await readText(at('a'), zeekLog([LINE, 'x'.repeat(5_000_000), LINE]));
    expect(read.records).toHaveLength(2);
    expect(codes(read)).toEqual({ 'bad-record': 1 });
  });

  it('says which log it was given instead', async () => {
    writeFileSync(at('dns.log'), zeekLog(['1.0 a'], 'ts uid', 'dns'));
    await expect(readAll([at('dns.log')])).rejects.toThrow("Zeek's dns.log tells nothing of flows");
  });
});

describe('conn.log in JSON', () => {
  const json = {
    ts: 1591367999.305988,
    uid: 'CMdzit1AMNsmfAIiQc',
    'id.orig_h': '192.168.4.76',
    'id.orig_p': 36844,
    'id.resp_h': '192.168.4.1',
    'id.resp_p': 53,
    proto: 'udp',
    duration: 0.066852,
    orig_bytes: 62,
    resp_bytes: 141,
    conn_state: 'SF',
    orig_pkts: 2,
    resp_pkts: 2,
    orig_ip_bytes: 118,
    resp_ip_bytes: 197,
  };

  it('reads the same as from text', async () => {
    const { records } = await readText(at('j'), `${JSON.stringify(json)}\n`);
    expect(records[0]).toMatchObject({ sec: 1591367999, nano: 305988000, lastNano: 372840000, origBytes: 62 });
  });

  it('reads times as calendar text and as milliseconds, durations with an exponent, nested ids', async () => {
    const { ['id.orig_h']: a, ['id.orig_p']: b, ['id.resp_h']: c, ['id.resp_p']: d, ...rest } = json;
    const lines = [
      { ...json, ts: '2020-06-05T14:39:59.305988Z' },
      { ...json, ts: 1591367999305 },
      { ...json, duration: 1e-7 },
      { ...rest, id: { orig_h: a, orig_p: b, resp_h: c, resp_p: d } },
    ];
    const { records } = await readText(at('j'), lines.map((line) => JSON.stringify(line)).join('\n'));
    expect(records.map(({ sec }) => sec)).toEqual([1591367999, 1591367999, 1591367999, 1591367999]);
    expect(records.map(({ nano }) => nano)).toContain(305000000);
    expect(records.map(({ lastNano }) => lastNano)).toContain(305988100);
  });

  it('passes over lines of other logs and lines that are no JSON', async () => {
    const lines = [json, { ...json, _path: 'dns' }].map((line) => JSON.stringify(line));
    const read = await readText(at('j'), [...lines, '{"ts":'].join('\n'));
    expect(read.records).toHaveLength(1);
    expect(codes(read)).toEqual({ 'other-records': 1, 'bad-record': 1 });
  });
});

describe('several files', () => {
  const later = (seconds: number): string => LINE.replace('1591367999', String(1591367999 + seconds));

  it('are one, in the order of time, whatever order they were named in', async () => {
    writeFileSync(at('2'), zeekLog([later(10), later(30)]));
    writeFileSync(at('1'), zeekLog([later(0), later(20)]));
    const { records, reader } = await readAll([at('2'), at('1')]);
    expect(records.map(({ sec }) => sec - 1591367999)).toEqual([0, 10, 20, 30]);
    expect(reader.summaries().map(({ path }) => path)).toEqual([at('2'), at('1')]);
    expect(reader.summaries()[0]!.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('puts records in order as far as it holds them back, and counts those that come later', async () => {
    writeFileSync(at('1'), zeekLog([50, 40, 30, 20, 10, 0].map(later)));
    const all = await readAll([at('1')]);
    expect(all.records.map(({ sec }) => sec - 1591367999)).toEqual([0, 10, 20, 30, 40, 50]);
    const lines = Array.from({ length: 20_000 }, (_, i) => later(i));
    writeFileSync(at('1'), zeekLog([...lines, later(5)]));
    const { records, reader } = await readAll([at('1')], { waiting: 100 });
    expect(records).toHaveLength(20_001);
    expect(reader.late).toBe(1);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { evaluate, type EvaluateOptions } from '../../../src-main/detect/lab/evaluate.ts';
import { shareFeatures } from '../../../src-main/detect/lab/cross-data.ts';
import { COMMON_FEATURES } from '../../../src-main/detect/lab/formats/common.ts';
import { FORMATS, readTable } from '../../../src-main/detect/lab/formats/registry.ts';
import type { Table } from '../../../src-main/detect/lab/formats/types.ts';
import type { Warning } from '../../../src-main/detect/lab/split.ts';
import { conn, CONN_HEADER, kdd, labelledRecords } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'sonde-cross-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => join(folder, name);
function write(name: string, lines: readonly string[]): string {
  writeFileSync(file(name), `${lines.join('\n')}\n`);
  return file(name);
}

const BINETFLOW =
  'StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,SrcPkts,Label';
const flow = (state: string, dport: string, packets: number, bytes: number, label: string): string =>
  `2018/12/18 14:00:00.075359,1.5,tcp,10.0.0.1,5269,->,10.0.0.2,${dport},${state},0,0,${packets},${bytes},70,1,${label}`;
const UNSW_NAMES =
  'id,dur,proto,service,state,spkts,dpkts,sbytes,dbytes,rate,sttl,dttl,sload,dload,sloss,dloss,sinpkt,dinpkt,sjit,djit,' +
  'swin,stcpb,dtcpb,dwin,tcprtt,synack,ackdat,smean,dmean,trans_depth,response_body_len,ct_srv_src,ct_state_ttl,' +
  'ct_dst_ltm,ct_src_dport_ltm,ct_dst_sport_ltm,ct_dst_src_ltm,is_ftp_login,ct_ftp_cmd,ct_flw_http_mthd,ct_src_ltm,' +
  'ct_srv_dst,is_sm_ips_ports,attack_cat,label';
function unsw(values: Record<string, string>): string {
  const usual: Record<string, string> = { proto: 'tcp', service: '-', state: 'FIN', attack_cat: 'Normal' };
  return UNSW_NAMES.split(',')
    .map((name) => values[name] ?? usual[name] ?? '0')
    .join(',');
}

/** Values of a shared feature in both tables. */
function values(table: Table, name: string): (number | string)[] {
  const { numbers, codes, words, spec } = table.columns.find((column) => column.spec.name === name)!;
  return spec.kind === 'numeric' ? [...numbers] : Array.from(codes, (code) => words[code]!);
}

async function share(
  train: string,
  test: string,
): Promise<[Table, Table, ReturnType<typeof shareFeatures>[2], Warning[]]> {
  const warnings: Warning[] = [];
  const [a, b, shared] = shareFeatures(await readTable([train]), await readTable([test]), warnings);
  return [a, b, shared, warnings];
}

const ZEEK = write('conn.log', [
  ...CONN_HEADER,
  conn({
    proto: 'tcp',
    conn_state: 'S0',
    'id.resp_p': '3389',
    duration: '-',
    orig_bytes: '-',
    resp_bytes: '-',
    orig_pkts: '1',
    resp_pkts: '0',
    orig_ip_bytes: '60',
    resp_ip_bytes: '0',
    label: 'Malicious',
  }),
  conn({
    proto: 'udp',
    conn_state: 'SF',
    'id.resp_p': '53',
    duration: '0.25',
    orig_bytes: '40',
    resp_bytes: '100',
    orig_pkts: '1',
    resp_pkts: '2',
    orig_ip_bytes: '68',
    resp_ip_bytes: '156',
    label: 'Benign',
  }),
]);

describe('features that formats share', () => {
  it('are made of columns that the formats have', () => {
    const known = new Set(FORMATS.map(({ id }) => id));
    for (const { recipes } of COMMON_FEATURES)
      for (const format of Object.keys(recipes)) expect(known).toContain(format);
  });

  it('of Zeek and Argus: one unit, one set of words, headers as they count, unset bytes as none', async () => {
    const argus = write('a.binetflow', [
      BINETFLOW,
      flow('S_', '3389', 1, 74, 'flow=From-Botnet-V1-Scan'),
      flow('S_RA', '80', 2, 134, 'flow=From-Botnet-V1-Scan'),
      flow('SPA_SPA', '443', 10, 2000, 'flow=From-Normal'),
      flow('FSRPA_FSPA', '0x0016', 10, 2000, 'flow=From-Normal'),
      flow('INT', '53', 1, 74, 'flow=From-Normal'),
    ]);
    const [zeek, ctu, shared] = await share(ZEEK, argus);
    expect(values(zeek, 'duration')).toEqual([0, 0.25]);
    expect(values(zeek, 'state')).toEqual(['unanswered', 'answered']);
    expect(values(zeek, 'service')).toEqual(['remote', 'dns']);
    expect(values(zeek, 'target_port')).toEqual(['registered', 'system']);
    expect(values(zeek, 'payload')).toEqual([0, 140]);
    expect(values(zeek, 'wire')).toEqual([60, 224]);
    expect(values(ctu, 'state')).toEqual(['unanswered', 'refused', 'answered', 'reset', 'unanswered']);
    expect(values(ctu, 'service')).toEqual(['remote', 'web', 'tls', 'remote', 'dns']);
    expect(values(ctu, 'packets_in')).toEqual([0, 1, 9, 9, 0]);
    expect(values(ctu, 'wire')).toEqual([60, 106, 1860, 1860, 60]);
    expect(values(ctu, 'payload')).toEqual([20, 26, 1460, 1460, 20]);
    expect(shared.features.find(({ name }) => name === 'payload')).toMatchObject({ estimated: true, unit: 'bytes' });
    expect(shared.features.find(({ name }) => name === 'wire')).toMatchObject({ estimated: false });
    expect(shared.features.map(({ name }) => name)).not.toContain('payload_out');
  });

  it('of KDD and UNSW-NB15: payload is estimated from bytes with headers, and what no feature needs is named', async () => {
    const nsl = write('nsl.txt', [
      `${kdd({ flag: 'REJ', service: 'private', src_bytes: '0', dst_bytes: '0' })},neptune,21`,
      `${kdd({ service: 'domain_u', protocol_type: 'udp', src_bytes: '44', dst_bytes: '80' })},normal,21`,
    ]);
    const test = write('unsw.csv', [
      UNSW_NAMES,
      unsw({ dur: '0.5', service: 'http', spkts: '10', dpkts: '8', sbytes: '1540', dbytes: '432', label: '0' }),
      unsw({ proto: 'udp', state: 'INT', spkts: '2', sbytes: '184', label: '1', attack_cat: 'DoS' }),
      unsw({ proto: 'arp', state: 'INT', spkts: '1', sbytes: '20', label: '0' }),
    ]);
    const [a, b, { leftOut }, warnings] = await share(nsl, test);
    expect(values(a, 'state')).toEqual(['refused', 'answered']);
    expect(values(a, 'service')).toEqual(['other', 'dns']);
    expect(values(b, 'payload_out')).toEqual([1000, 100, 0]);
    expect(values(b, 'payload_in')).toEqual([0, 0, 0]);
    expect(values(b, 'protocol')).toEqual(['tcp', 'udp', 'other']);
    expect(leftOut.train).toContain('serror_rate');
    expect(leftOut.test).toContain('sttl');
    expect(leftOut.test).not.toContain('spkts');
    const [{ code, message }] = warnings as [Warning];
    expect(code).toBe('cross-data');
    expect(message).toContain('the 7 features that both can say');
    expect(message).toContain('only estimated: payload_out, payload_in, payload');
  });

  it('are too few where the formats have little in common, and the message says which', async () => {
    const seven = write('seven.csv', [
      'source_ip,destination_ip,protocol,packet_size,bytes_sent,bytes_received,flag,is_anomaly',
      '10.0.0.1,10.0.0.2,TCP,60,100,200,SF,0',
      '10.0.0.1,10.0.0.2,TCP,60,100,200,S0,1',
    ]);
    const argus = write('b.binetflow', [BINETFLOW, flow('S_', '80', 1, 74, 'flow=From-Normal')]);
    await expect(share(argus, seven)).rejects.toMatchObject({
      code: 'unknown-format',
      message: expect.stringContaining('shares only 3 features with ctu-13 (protocol, state, payload)') as string,
    });
  });
});

describe('a comparison across data sets', () => {
  const options = (train: string, test: string): EvaluateOptions => ({
    train: [train],
    test: [test],
    regime: 'supervised',
    detectors: ['one-rule', 'random-forest'],
    split: 'official',
    seeds: [1],
    validation: 0.2,
    targetFpr: 0.05,
    duplicates: 'drop',
    keepShortcuts: false,
    clock: () => 0,
  });

  it('learns from one and is judged by the other, and its report says by what', async () => {
    const nsl = write('train.txt', [labelledRecords(1200, 1)]);
    const lines = Array.from({ length: 200 }, (_, i) =>
      conn(
        i % 4 === 0
          ? { conn_state: 'S0', orig_bytes: '-', resp_bytes: '-', label: 'Malicious', ts: String(i) }
          : { conn_state: 'SF', orig_bytes: String(i), resp_bytes: String(90 * i), label: 'Benign', ts: String(i) },
      ),
    );
    const zeek = write('judge.log', [...CONN_HEADER, ...lines]);
    const { data, warnings, results } = await evaluate(options(nsl, zeek));
    expect(data.train.format).toBe('nsl-kdd');
    expect(data.test).toMatchObject({ format: 'zeek-conn', rows: 200, attack: 50 });
    expect(data.shared!.features).toHaveLength(7);
    expect(data.duplicatesAcross).toBe(0);
    expect(warnings.map(({ code }) => code)).toContain('cross-data');
    expect(results.find(({ detector }) => detector === 'random-forest')!.rocAuc).toBeGreaterThan(0.95);
  });

  it('is refused, with the formats that can be compared, for a format without known features', async () => {
    const nsl = write('train2.txt', [labelledRecords(300, 1)]);
    const table = { ...(await readTable([nsl])), format: 'csv' };
    expect(() => shareFeatures(table, { ...table, format: 'nsl-kdd' }, [])).toThrow('is of the format nsl-kdd');
  });
});

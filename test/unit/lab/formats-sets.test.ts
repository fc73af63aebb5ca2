import { describe, expect, it } from 'vitest';
import { cicName } from '../../../src-main/detect/lab/formats/cicflowmeter.ts';
import { readTable } from '../../../src-main/detect/lab/formats/registry.ts';
import { load } from '../../../src-main/detect/lab/load.ts';
import { swappedFiles, type Warning } from '../../../src-main/detect/lab/split.ts';
import { FLOW_CSV_HEADER } from '../../../src-main/meter/flows/record.ts';
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import { schemaId } from '../../../src-shared/features/schema.ts';
import { column, fileWriter, lineOf, ofRole, wordsOf } from './format-files.ts';

const file = fileWriter();

const UNSW =
  'id,dur,proto,service,state,spkts,dpkts,sbytes,dbytes,rate,sttl,dttl,sload,dload,sloss,dloss,sinpkt,dinpkt,sjit,djit,swin,' +
  'stcpb,dtcpb,dwin,tcprtt,synack,ackdat,smean,dmean,trans_depth,response_body_len,ct_srv_src,ct_state_ttl,ct_dst_ltm,' +
  'ct_src_dport_ltm,ct_dst_sport_ltm,ct_dst_src_ltm,is_ftp_login,ct_ftp_cmd,ct_flw_http_mthd,ct_src_ltm,ct_srv_dst,' +
  'is_sm_ips_ports,attack_cat,label';
const unsw = (values: Record<string, string>): string =>
  lineOf(UNSW, { proto: 'tcp', service: '-', state: 'FIN', attack_cat: 'Normal', ...values });

describe('UNSW-NB15 with a header', () => {
  it('is read with its kinds, behind a byte order mark; TTLs and sequence numbers are shortcuts', async () => {
    const lines = [
      unsw({ id: '1', dur: '0.5' }),
      unsw({ id: '2', attack_cat: 'Backdoors', label: '1' }),
      unsw({ id: '3', attack_cat: ' Fuzzers ', label: '1' }),
    ];
    const table = await readTable([file('unsw.csv', `\ufeff${UNSW}\r\n${lines.join('\r\n')}\r\n`)]);
    expect(table).toMatchObject({ format: 'unsw-nb15', rows: 3, skippedRows: 0, leftOut: [] });
    expect(table.kinds).toEqual(['normal', 'Backdoor', 'Fuzzers']);
    expect([...table.attack]).toEqual([0, 1, 1]);
    expect(table.columns).toHaveLength(42);
    expect(ofRole(table, 'shortcut')).toEqual(['sttl', 'dttl', 'stcpb', 'dtcpb', 'ct_state_ttl']);
    expect(column(table, 'dur').numbers[0]).toBe(0.5);
  });

  it('finds the same record under another number and another label', async () => {
    const lines = [unsw({ id: '1' }), unsw({ id: '2', attack_cat: 'DoS', label: '1' }), unsw({ id: '3', dur: '1' })];
    const { identity } = await readTable([file('unsw-twice.csv', [UNSW, ...lines].join('\n'))]);
    expect(identity[0]).toBe(identity[1]);
    expect(identity[2]).not.toBe(identity[0]);
  });

  it('leaves out what contradicts itself', async () => {
    const lines = [
      unsw({}),
      unsw({ attack_cat: 'DoS' }),
      unsw({ label: '2' }),
      unsw({ is_sm_ips_ports: '7' }),
      unsw({ dur: '-1' }),
    ];
    const { skipped } = await readTable([file('unsw-bad.csv', [UNSW, ...lines].join('\n'))]);
    expect(skipped).toEqual([
      { reason: 'label and attack_cat say different things', count: 1, lines: [3] },
      { reason: 'label is not 0 or 1', count: 1, lines: [4] },
      { reason: 'is_sm_ips_ports is not from 0 to 1', count: 1, lines: [5] },
      { reason: 'dur is not from 0 to 9007199254740992', count: 1, lines: [6] },
    ]);
  });

  it('without its label says so', async () => {
    const header = UNSW.replace(',attack_cat,label', '');
    const path = file('unsw-unlabelled.csv', `${header}\n${lineOf(header, {})}\n`);
    await expect(readTable([path])).rejects.toThrow('has the columns of UNSW-NB15');
  });

  it('is noticed when training and testing set are swapped, by their sizes', async () => {
    const made = await readTable([file('unsw-one.csv', `${UNSW}\n${unsw({})}`)]);
    const sized = (rows: number, skippedRows = 0) => ({ ...made, rows, skippedRows });
    expect(swappedFiles(sized(82_332), sized(175_340, 1))).toMatchObject({ code: 'swapped-files' });
    expect(swappedFiles(sized(175_341), sized(82_332))).toBeUndefined();
    expect(swappedFiles({ ...sized(82_332), format: 'kdd99' }, sized(175_341))).toBeUndefined();
  });
});

describe('the parts of UNSW-NB15 without a header', () => {
  const raw = (values: Record<number, string>): string => {
    const usual: Record<number, string> = {
      0: '59.166.0.0',
      1: '1390',
      2: '149.171.126.6',
      3: '53',
      4: 'udp',
      5: 'CON',
      13: 'dns',
    };
    const times: Record<number, string> = { 28: '1421927414', 29: '1421927414', 47: '' };
    return Array.from({ length: 49 }, (_, i) => values[i] ?? usual[i] ?? times[i] ?? '0').join(',');
  };

  it('are read by position; hexadecimal ports and blanks of other protocols are known', async () => {
    const lines = [
      raw({ 6: '0.001055', 7: '132' }),
      raw({ 1: '0x000b', 3: '-', 37: '', 38: ' ', 39: '' }),
      raw({ 47: ' Reconnaissance ', 48: '1' }),
      raw({ 28: 'yesterday' }),
      'a,b,c',
    ];
    const table = await readTable([file('UNSW-NB15_1.csv', lines.join('\n'))]);
    expect(table).toMatchObject({ format: 'unsw-nb15-raw', rows: 3, kinds: ['normal', 'Reconnaissance'] });
    expect(table.skipped.map(({ reason, lines: at }) => [reason, at])).toEqual([
      ['stime is not a time', [4]],
      ['there are not 49 fields', [5]],
    ]);
    expect([column(table, 'dur').numbers[0], column(table, 'sbytes').numbers[0]]).toEqual([Math.fround(0.001055), 132]);
    expect([column(table, 'sport').numbers[1], column(table, 'dsport').numbers[1]]).toEqual([11, NaN]);
    expect(wordsOf(column(table, 'dsport_range'))).toEqual(['system', 'none', 'system']);
    expect(column(table, 'ct_ftp_cmd').numbers[1]).toBeNaN();
    expect(table.time[0]).toBe(1421927414);
    expect(column(table, 'srcip').spec).toMatchObject({ role: 'shortcut', end: 'source' });
  });

  it('can stand beside the sets with a header, by the columns both have', async () => {
    const train = file('raw-train.csv', [raw({}), raw({ 47: 'DoS', 48: '1' })].join('\n'));
    const test = file('set-test.csv', [UNSW, unsw({}), unsw({ label: '1', attack_cat: 'DoS' })].join('\n'));
    const warnings: Warning[] = [];
    const found = await load({ train: [train], test: [test], split: 'official', seed: 1 }, warnings);
    expect(found.train.columns.map(({ spec }) => spec.name)).toEqual(found.test.columns.map(({ spec }) => spec.name));
    expect(found.train.columns).toHaveLength(41);
    expect(warnings).toContainEqual({
      code: 'columns-not-shared',
      message:
        'left out are columns that stand only in the training data: srcip, sport, dstip, dsport, stime, ltime, dsport_range; ' +
        'only in the test data: rate',
    });
  });
});

const CIC_2017 =
  ' Destination Port, Flow Duration, Total Fwd Packets, Total Backward Packets, Fwd Packet Length Mean,Flow Bytes/s,' +
  ' Flow Packets/s, Flow IAT Mean, Fwd Header Length, Fwd Header Length,Init_Win_bytes_forward, Label';
const CIC_2018 =
  'Dst Port,Protocol,Timestamp,Flow Duration,Tot Fwd Pkts,Tot Bwd Pkts,Fwd Pkt Len Mean,Flow Byts/s,Flow Pkts/s,Flow IAT Mean,' +
  'Fwd Header Len,Init Fwd Win Byts,Label';

describe('flows of CICFlowMeter', () => {
  it('have the same columns in every spelling', () => {
    const spellings = [
      ['Total Length of Bwd Packets', 'TotLen Bwd Pkts', 'Total Length of Bwd Packet', 'totlen_bwd_pkts'],
      ['Min Packet Length', 'Pkt Len Min', 'Packet Length Min', 'pkt_len_min'],
      ['Avg Fwd Segment Size', 'Fwd Seg Size Avg', 'Fwd Segment Size Avg', 'fwd_seg_size_avg'],
      ['Fwd Avg Bytes/Bulk', 'Fwd Byts/b Avg', 'Fwd Bytes/Bulk Avg', 'fwd_byts_b_avg'],
      ['Bwd Avg Bulk Rate', 'Bwd Blk Rate Avg', 'Bwd Bulk Rate Avg', 'bwd_blk_rate_avg'],
      ['Init_Win_bytes_forward', 'Init Fwd Win Byts', 'FWD Init Win Bytes', 'init_fwd_win_byts'],
      ['act_data_pkt_fwd', 'Fwd Act Data Pkts', 'Fwd Act Data Pkts', 'fwd_act_data_pkts'],
      ['min_seg_size_forward', 'Fwd Seg Size Min', 'Fwd Seg Size Min', 'fwd_seg_size_min'],
      ['CWE Flag Count', 'CWE Flag Count', 'CWR Flag Count', 'cwr_flag_count'],
      ['Fwd Header Length', 'Fwd Header Len', ' Fwd Header Length.1', 'fwd_header_len'],
      ['Source IP', 'Src IP', 'Src IP', 'src_ip'],
      ['Packet Length Variance', 'Pkt Len Var', 'Packet Length Variance', 'pkt_len_var'],
    ];
    for (const [name, ...others] of spellings) expect(others.map(cicName)).toEqual(others.map(() => name));
    expect(cicName('Attempted Category')).toBe('Attempted Category');
  });

  it('keep infinities as unset and count them; a negative time is a bad record', async () => {
    const line = (values: Record<string, string>): string => lineOf(CIC_2017, { Label: 'BENIGN', ...values });
    const lines = [
      line({ 'Destination Port': '80', 'Flow Duration': '109' }),
      line({ 'Flow Bytes/s': 'Infinity', 'Flow Packets/s': 'NaN' }),
      line({ 'Flow Bytes/s': 'Infinity', Init_Win_bytes_forward: '-1' }),
      line({ 'Flow Duration': '-5' }),
      CIC_2017,
      line({ Label: 'Web Attack \ufffd XSS' }),
      line({ Label: 'NeedManualLabel' }),
      line({ Label: 'FTP-Patator - Attempted' }),
      line({ 'Flow Duration': 'x' }),
      line({ 'Flow Duration': 'Infinity' }),
    ];
    const table = await readTable([file('cic2017.csv', [CIC_2017, ...lines].join('\n'))]);
    expect(table).toMatchObject({ format: 'cicflowmeter', rows: 5, kinds: ['normal', 'Web Attack - XSS'] });
    expect(table.notes).toEqual([
      { reason: 'Flow Bytes/s is Infinity: read as unset', count: 2, lines: [3, 4] },
      { reason: 'Flow Packets/s is NaN: read as unset', count: 1, lines: [3] },
      { reason: 'Flow Duration is Infinity: read as unset', count: 1, lines: [11] },
    ]);
    expect(table.skipped.map(({ reason, lines: at }) => [reason, at])).toEqual([
      ['Flow Duration is below zero', [5]],
      ['the header stands there again', [6]],
      ['Label is not set', [8]],
      ['labelled as an attempt without effect: neither', [9]],
      ['Flow Duration is not a number', [10]],
    ]);
    expect(column(table, 'Flow Bytes/s').numbers[1]).toBeNaN();
    expect(column(table, 'Flow Bytes/s').spec.optional).toBe(true);
    expect(column(table, 'Total Fwd Packets').spec.optional).toBeUndefined();
    expect(column(table, 'Init_Win_bytes_forward').numbers[2]).toBeNaN();
    expect(table.leftOut).toEqual([{ name: 'Fwd Header Length', why: 'it stands there twice' }]);
    expect(wordsOf(column(table, 'Destination Port range'))[0]).toBe('system');
  });

  it('of 2018 can judge what learned from 2017, by the columns both have', async () => {
    const old = (values: Record<string, string>): string => lineOf(CIC_2017, { Label: 'BENIGN', ...values });
    const late = (values: Record<string, string>): string =>
      lineOf(CIC_2018, { Label: 'Benign', Timestamp: '14/02/2018 08:31:01', ...values });
    const train = file('c17.csv', [CIC_2017, old({ 'Flow Duration': '7' }), old({ Label: 'DDoS' })].join('\n'));
    const test = file('c18.csv', [CIC_2018, late({ 'Tot Fwd Pkts': '9' }), late({ Label: 'Bot' })].join('\n'));
    const warnings: Warning[] = [];
    const found = await load({ train: [train], test: [test], split: 'official', seed: 1 }, warnings);
    expect(found.test.columns.map(({ spec }) => spec.name)).toEqual(found.train.columns.map(({ spec }) => spec.name));
    expect(column(found.test, 'Total Fwd Packets').numbers[0]).toBe(9);
    expect(found.test.time[0]).toBe(Date.UTC(2018, 1, 14, 8, 31, 1) / 1000);
    expect(warnings.map(({ code }) => code)).toEqual(['columns-left-out', 'columns-not-shared']);
  });

  it('of several files have the columns of the first; what only a later one has is named', async () => {
    const line = lineOf(CIC_2018, { Label: 'Benign', Timestamp: '14/02/2018 08:31:01' });
    const first = file('a.csv', `${CIC_2018}\n${line}\n`);
    const more = file('b.csv', `Flow ID,Src IP,${CIC_2018}\n1-2,10.0.0.1,${line}\n`);
    const table = await readTable([first, more]);
    expect(table.rows).toBe(2);
    expect(table.leftOut).toEqual([
      { name: 'Source IP', why: 'the file before has no such column' },
      { name: 'Flow ID', why: 'the file before has no such column' },
    ]);
    await expect(readTable([more, first])).rejects.toThrow('has no column Source IP, as the file before it has');
  });

  it('say so when their hours are of half days', async () => {
    const at = (hour: string): string =>
      lineOf(CIC_2018, { Label: hour === '02' ? 'Bot' : 'Benign', Timestamp: `14/02/2018 ${hour}:00:00` });
    const codes = async (...hours: string[]): Promise<string[]> => {
      const warnings: Warning[] = [];
      const train = file(`hours${hours.join('')}.csv`, [CIC_2018, ...hours.map(at)].join('\n'));
      await load({ train: [train], test: [], split: 'time', seed: 1 }, warnings);
      return warnings.map(({ code }) => code);
    };
    expect(await codes('08', '12', '02')).toEqual(['half-days']);
    expect(await codes('08', '12', '14')).toEqual([]);
  });
});

describe('CTU-13', () => {
  const HEADER = 'StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,Label';
  const flow = (label: string, values: Record<string, string> = {}): string =>
    lineOf(HEADER, {
      StartTime: '2011/08/10 09:46:59.607825',
      Proto: 'tcp',
      SrcAddr: '147.32.84.165',
      DstAddr: '212.50.71.179',
      Dir: '   ->',
      State: 'S_RA',
      Label: label,
      ...values,
    });

  it('is read with botnet against normal; background is left out', async () => {
    const lines = [
      flow('flow=From-Botnet-V42-TCP-CC1-HTTP-Not-Encrypted', { Sport: '0x0303', Dport: '', dTos: '' }),
      flow('flow=From-Normal-V42-Grill', { Dport: '80' }),
      flow('flow=Background-Established-cmpgw-CVUT'),
      flow('flow=To-Background-UDP-CVUT-DNS-Server'),
      flow(''),
      flow('flow=Normal', { StartTime: '10.8.2011' }),
    ];
    const table = await readTable([file('capture.binetflow', [HEADER, ...lines].join('\n'))]);
    expect(table).toMatchObject({ format: 'ctu-13', rows: 2, kinds: ['normal', 'TCP-CC1-HTTP-Not-Encrypted'] });
    expect(table.skipped).toEqual([
      { reason: 'labelled as background: neither', count: 2, lines: [4, 5] },
      { reason: 'labelled neither Normal nor Botnet', count: 1, lines: [6] },
      { reason: 'StartTime is not a time', count: 1, lines: [7] },
    ]);
    expect(table.time[0]).toBeCloseTo(Date.UTC(2011, 7, 10, 9, 46, 59) / 1000 + 0.607825, 5);
    expect([column(table, 'Sport').numbers[0], column(table, 'dTos').numbers[0]]).toEqual([771, NaN]);
    expect(wordsOf(column(table, 'Dir'))).toEqual(['->', '->']);
    expect(wordsOf(column(table, 'Dport range'))).toEqual(['none', 'system']);
    expect(table.group[0]).toBe(table.group[1]);
    expect(ofRole(table, 'shortcut')).toEqual(['StartTime', 'SrcAddr', 'DstAddr', 'Sport', 'Dport']);
  });
});

describe('records of seven fields', () => {
  const HEADER = 'source_ip,destination_ip,protocol,packet_size,bytes_sent,bytes_received,flag,is_anomaly';

  it('are known in any order of their columns, whatever divides them', async () => {
    const lines = ['10.0.0.1\t10.0.0.2\tTCP\t60\t100\t200\tSYN\t0', '10.0.0.3\t10.0.0.2\tTCP\t60\t100\t200\tSYN\ttrue'];
    const table = await readTable([file('seven.tsv', [HEADER.replaceAll(',', '\t'), ...lines].join('\n'))]);
    expect(table).toMatchObject({ format: 'seven-fields', rows: 2, kinds: ['normal', 'anomaly'] });
    const turned = HEADER.split(',').reverse().join(',');
    const other = await readTable([
      file('turned.csv', `${turned}\n1,SYN,2,1,60,UDP,10.0.0.2,10.0.0.1\nmaybe,A,2,1,60,UDP,b,a\n`),
    ]);
    expect(other).toMatchObject({ format: 'seven-fields', rows: 1 });
    expect(column(other, 'bytes_sent').numbers[0]).toBe(1);
    expect(other.skipped).toEqual([{ reason: 'is_anomaly says neither yes nor no', count: 1, lines: [3] }]);
    expect(ofRole(table, 'shortcut')).toEqual(['source_ip', 'destination_ip']);
  });

  it('are the same record however they are quoted and divided', async () => {
    const cells = ['10.0.0.1', '10.0.0.2', 'TCP', '60', '100', '200', 'SYN', '0'];
    const plain = cells.join(',');
    const quoted = cells.map((cell) => `"${cell}"`).join(',');
    const commas = await readTable([file('same.csv', [HEADER, plain, quoted, plain.replace('SYN', 'ACK')].join('\n'))]);
    const bars = await readTable([file('same.txt', `${HEADER}\n${plain.replace(/0$/, '1')}`.replaceAll(',', '|'))]);
    expect(commas.identity[0]).toBe(commas.identity[1]);
    expect(commas.identity[2]).not.toBe(commas.identity[0]);
    expect(bars.identity[0]).toBe(commas.identity[0]);
  });
});

describe("Sonde's own files with labels", () => {
  const flow: Record<string, string> = {
    ts: '1700000000.5',
    community_id: '1:abc',
    'id.orig_h': '10.0.0.1',
    'id.orig_p': '40000',
    'id.resp_h': '192.0.2.1',
    'id.resp_p': '443',
    proto: 'tcp',
    service: '-',
    duration: '-',
    conn_state: 'S0',
    history: 'Sh',
    app: 'TLS',
    score: '0.99',
    detectors: '"a=1;b=2"',
  };

  it('are read from CSV and from JSON lines to the same table, without what Sonde said of them', async () => {
    const csv = [
      `${FLOW_CSV_HEADER},label,kind`,
      lineOf(`${FLOW_CSV_HEADER},label,kind`, { ...flow, label: 'benign', kind: '-' }),
      lineOf(`${FLOW_CSV_HEADER},label,kind`, { ...flow, label: 'malicious', kind: 'port-scan' }),
      lineOf(`${FLOW_CSV_HEADER},label,kind`, { ...flow, label: 'beacon', kind: '' }),
      lineOf(`${FLOW_CSV_HEADER},label,kind`, { ...flow, label: '', kind: '' }),
    ];
    const table = await readTable([file('flows.csv', csv.join('\n'))]);
    expect(table).toMatchObject({ format: 'sonde-flows', rows: 3, kinds: ['normal', 'port-scan', 'beacon'] });
    expect(table.skipped[0]!.reason).toBe('label is not set, or says neither ordinary nor attack');
    expect(table.columns.map(({ spec }) => spec.name)).not.toContain('score');
    expect(wordsOf(column(table, 'app'))).toEqual(['TLS', 'TLS', 'TLS']);
    expect(column(table, 'duration').numbers[0]).toBeNaN();
    expect([column(table, 'history.h').numbers[0], column(table, 'history.F').numbers[0]]).toEqual([1, 0]);
    expect(table.identity[0]).toBe(table.identity[1]);

    const numbers = new Set(['ts', 'id.orig_p', 'id.resp_p', 'orig_bytes', 'resp_bytes']);
    const json = csv.slice(1).map((line) => {
      const cells = line.replaceAll('"', '').split(',');
      const entries = csv[0]!.split(',').map((name, i): [string, unknown] => {
        const text = cells[i]!;
        return [name, text === '-' ? null : numbers.has(name) ? Number(text) : text];
      });
      return JSON.stringify(Object.fromEntries(entries));
    });
    const objects = await readTable([file('flows.ndjson', json.join('\n'))]);
    expect(objects).toMatchObject({ format: 'sonde-flows', rows: 3, kinds: table.kinds });
    for (const [i, each] of objects.columns.entries()) {
      expect(each.spec.name).toBe(table.columns[i]!.spec.name);
      expect([...each.numbers]).toEqual([...table.columns[i]!.numbers]);
      expect(wordsOf(each)).toEqual(wordsOf(table.columns[i]!));
    }
  });

  it('without labels say so', async () => {
    const csv = file('flows-bare.csv', `${FLOW_CSV_HEADER}\n${lineOf(FLOW_CSV_HEADER, flow)}\n`);
    await expect(readTable([csv])).rejects.toThrow('none that is called label');
    const json = file('flows-bare.ndjson', `${JSON.stringify(flow)}\n`);
    await expect(readTable([json])).rejects.toThrow('its flows have no "label"');
  });

  it('are read from the matrix of features, under its comment', async () => {
    const header = `${FLOW_FEATURES.map(({ id }) => id).join(',')},label`;
    const words: Record<string, string> = {};
    for (const feature of FLOW_FEATURES) if (feature.kind === 'categorical') words[feature.id] = feature.vocabulary[0]!;
    const lines = [`# sonde.features/1 schema=${schemaId()}`, header];
    lines.push(lineOf(header, { ...words, label: 'normal' }), lineOf(header, { ...words, label: 'ddos' }));
    const table = await readTable([file('features.csv', lines.join('\n'))]);
    expect(table).toMatchObject({ format: 'sonde-features', rows: 2, kinds: ['normal', 'ddos'], skippedRows: 0 });
    expect(table.columns.map(({ spec }) => spec.name)).toEqual(FLOW_FEATURES.map(({ id }) => id));
    expect(ofRole(table, 'feature')).toHaveLength(FLOW_FEATURES.length);
    lines[0] = '# sonde.features/1 schema=0123456789abcdef';
    const other = file('features-other.csv', lines.join('\n'));
    await expect(readTable([other])).rejects.toThrow('it was written with features 0123456789abcdef');
  });
});

/** Records of the formats, for tests. */
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { KDD_COLUMNS } from '../../../src-main/detect/lab/formats/kdd.ts';

/** The 41 features of a KDD record, zero but for what is given. */
export function kdd(values: Record<string, string> = {}): string {
  const usual: Record<string, string> = { protocol_type: 'tcp', service: 'http', flag: 'SF' };
  return KDD_COLUMNS.map(({ name }) => values[name] ?? usual[name] ?? '0').join(',');
}

/** Lines of NSL-KDD that anyone can tell apart: scans and floods beside downloads. */
export function labelledRecords(count: number, seed: number): string {
  const random = randomSource(seed);
  const whole = (most: number): string => String(Math.floor(random() * most));
  return Array.from({ length: count }, (_, i) => {
    const seen = { dst_host_count: whole(256), dst_host_srv_count: whole(256) };
    if (i % 4 === 1) return `${kdd({ ...seen, flag: 'S0', count: '300', serror_rate: '1' })},neptune,21`;
    if (i % 20 === 2) return `${kdd({ ...seen, service: 'private', dst_host_diff_srv_rate: '0.9' })},satan,21`;
    const service = ['http', 'smtp', 'ftp'][Math.floor(random() * 3)]!;
    const bytes = { src_bytes: whole(900), dst_bytes: whole(90_000), count: whole(20) };
    return `${kdd({ service, ...bytes })},normal,21`;
  }).join('\n');
}

/** Lines of NSL-KDD whose classes overlap, as in the world: quiet scans, floods that begin slowly, busy servers. */
export function likeRecords(count: number, seed: number): string {
  const random = randomSource(seed);
  const about = (middle: number, spread: number): number => middle + (random() + random() + random() - 1.5) * spread;
  const whole = (value: number): string => String(Math.max(0, Math.round(value)));
  const rate = (value: number): string => Math.min(1, Math.max(0, value)).toFixed(2);
  return Array.from({ length: count }, (_, i) => {
    const attack = i % 5 === 0;
    const flood = attack && i % 3 === 0;
    const busy = random() < 0.15;
    const seen = {
      count: whole(flood ? about(180, 160) : about(busy ? 70 : 12, busy ? 60 : 14)),
      serror_rate: rate(flood ? about(0.7, 0.5) : about(busy ? 0.2 : 0.02, 0.2)),
      dst_host_count: whole(Math.min(255, about(attack ? 190 : 150, 120))),
      dst_host_diff_srv_rate: rate(attack && !flood ? about(0.5, 0.5) : about(0.06, 0.15)),
      src_bytes: whole(2 ** about(attack ? 6 : 9, 5)),
      dst_bytes: whole(attack && random() < 0.7 ? 0 : 2 ** about(11, 6)),
      duration: whole(random() < 0.1 ? 2 ** about(6, 5) : 0),
    };
    const service = attack
      ? flood
        ? 'private'
        : 'http'
      : ['http', 'smtp', 'ftp', 'domain_u'][Math.floor(random() * 4)]!;
    const flag = flood && random() < 0.8 ? 'S0' : attack && random() < 0.4 ? 'REJ' : 'SF';
    return `${kdd({ ...seen, service, flag })},${flood ? 'neptune' : attack ? 'satan' : 'normal'},21`;
  }).join('\n');
}

const FIELDS =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig ' +
  'local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents label detailedlabel';

export const CONN_HEADER = ['#separator \\x09', '#path\tconn', `#fields\t${FIELDS.split(' ').join('\t')}`];

/** A line of conn.log. */
export function conn(values: Record<string, string> = {}): string {
  const usual: Record<string, string> = {
    ts: '1655071198.444458',
    uid: 'C1',
    'id.orig_h': '10.0.0.1',
    'id.orig_p': '40000',
    'id.resp_h': '192.0.2.1',
    'id.resp_p': '443',
    proto: 'tcp',
    conn_state: 'S0',
    history: 'S',
    orig_pkts: '1',
    tunnel_parents: '(empty)',
    detailedlabel: 'Scan',
  };
  return FIELDS.split(' ')
    .map((name) => values[name] ?? usual[name] ?? '-')
    .join('\t');
}

/**
 * A file of UNSW-NB15 with so many lines: `count` records, every third an attack, from record `from` on; the other lines are
 * no records, so that a file is as long as the official ones without being large.
 */
export function unswFile(lines: number, count: number, from: number): string {
  const header = 'dur,proto,service,state,spkts,dpkts,sbytes,dbytes,rate,sttl,ct_state_ttl,attack_cat,label';
  const records = Array.from({ length: count }, (_, i) => {
    const at = from + i;
    const attack = at % 3 === 0;
    const bytes = attack ? 40 + (at % 60) : 900 + ((at * 37) % 8000);
    const kind = attack ? 'Fuzzers,1' : 'Normal,0';
    return `${at / 1000},tcp,-,${attack ? 'INT' : 'FIN'},${attack ? 2 : 12},10,${bytes},${bytes * 2},8,254,1,${kind}`;
  });
  return [header, ...records, ...Array.from({ length: lines - count }, () => '-'), ''].join('\n');
}

/** Flows as Zeek logs them: refused ones are scans, of two kinds. */
export function labelledFlows(count: number, from: number): string {
  const lines = Array.from({ length: count }, (_, n) => {
    const i = n + from;
    const ts = String(1655071198 + i);
    if (i % 3 === 0) return conn({ ts, uid: `S${i}`, label: 'Malicious', detailedlabel: i % 2 ? 'Scan' : 'Probe' });
    const bytes = { orig_bytes: String(100 + ((i * 37) % 900)), resp_bytes: String(500 + ((i * 91) % 9000)) };
    const packets = { orig_pkts: String(4 + (i % 5)), resp_pkts: String(5 + (i % 7)), history: 'ShADadFf' };
    const known = { conn_state: 'SF', service: 'http', duration: String(0.1 + (i % 9) / 10) };
    return conn({ ts, uid: `N${i}`, ...bytes, ...packets, ...known, label: 'Benign', detailedlabel: '-' });
  });
  return [...CONN_HEADER, ...lines].join('\n');
}

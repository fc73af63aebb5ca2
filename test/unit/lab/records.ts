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

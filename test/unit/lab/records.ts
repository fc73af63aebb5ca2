/** Records of the formats, for tests. */
import { KDD_COLUMNS } from '../../../src-main/detect/lab/formats/kdd.ts';

/** The 41 features of a KDD record, zero but for what is given. */
export function kdd(values: Record<string, string> = {}): string {
  const usual: Record<string, string> = { protocol_type: 'tcp', service: 'http', flag: 'SF' };
  return KDD_COLUMNS.map(({ name }) => values[name] ?? usual[name] ?? '0').join(',');
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

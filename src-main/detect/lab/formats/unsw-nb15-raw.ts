/**
 * The four parts of the whole UNSW-NB15 (UNSW-NB15_1.csv to _4.csv): 49 fields without a header, in the order of the set's
 * list of features. Columns that the training and testing sets have too are called as there.
 */
import { hashFields } from './builder.ts';
import { csvReader, fieldsOf } from './csv.ts';
import { portOf, portRange } from './ports.ts';
import { valueOf } from './tabular.ts';
import { timeOf } from './times.ts';
import { BadRecord, type ColumnSpec, type Format, type LineReader, type ParsedRecord } from './types.ts';
import { unswColumn, unswVerdict } from './unsw-nb15.ts';

const ORDER =
  'srcip sport dstip dsport proto state dur sbytes dbytes sttl dttl sloss dloss service sload dload spkts dpkts swin dwin ' +
  'stcpb dtcpb smean dmean trans_depth response_body_len sjit djit stime ltime sinpkt dinpkt tcprtt synack ackdat ' +
  'is_sm_ips_ports ct_state_ttl ct_flw_http_mthd is_ftp_login ct_ftp_cmd ct_srv_src ct_srv_dst ct_dst_ltm ct_src_ltm ' +
  'ct_src_dport_ltm ct_dst_sport_ltm ct_dst_src_ltm attack_cat label';
const NAMES = ORDER.split(' ');
const at = (name: string): number => NAMES.indexOf(name);
const PLACES: ReadonlyMap<string, ColumnSpec> = new Map([
  ['srcip', { name: 'srcip', kind: 'categorical', role: 'shortcut', end: 'source' }],
  ['dstip', { name: 'dstip', kind: 'categorical', role: 'shortcut', end: 'target' }],
  ['sport', { name: 'sport', kind: 'numeric', role: 'shortcut', optional: true }],
  ['dsport', { name: 'dsport', kind: 'numeric', role: 'shortcut', optional: true }],
  ['stime', { name: 'stime', kind: 'numeric', role: 'shortcut' }],
  ['ltime', { name: 'ltime', kind: 'numeric', role: 'shortcut' }],
]);
/** Left blank in connections of other protocols. */
const BLANK = new Set(['ct_flw_http_mthd', 'is_ftp_login', 'ct_ftp_cmd']);
const COLUMNS: readonly ColumnSpec[] = NAMES.slice(0, -2).map((name) => {
  const spec = PLACES.get(name) ?? unswColumn(name);
  return BLANK.has(name) ? { ...spec, optional: true } : spec;
});
const DERIVED: ColumnSpec = { name: 'dsport_range', kind: 'categorical', role: 'feature' };
const COMPARED = COLUMNS.map((_, i) => i);
const DAY = 86_400;

function recordOf(fields: readonly string[]): ParsedRecord {
  const verdict = unswVerdict(fields[at('label')]!, fields[at('attack_cat')]!);
  const time = timeOf(fields[at('stime')]!, 'stime');
  const source = fields[at('srcip')]!.trim();
  const values = COLUMNS.map((spec, i) =>
    spec.name === 'sport' || spec.name === 'dsport' ? portOf(fields[i]!, spec.name) : valueOf(fields[i]!, spec),
  );
  values.push(portRange(values[at('dsport')] as number));
  const identity = hashFields(fields, COMPARED);
  return { ...verdict, values, identity, time, group: `${source} ${Math.floor(time / DAY)}`, source };
}

function reader(): LineReader {
  return csvReader({ columns: [...COLUMNS, DERIVED], read: recordOf }, { delimiter: ',', header: NAMES, rows: [] });
}

function isRecord(line: string): boolean {
  try {
    const fields = fieldsOf(line, ',');
    return fields?.length === NAMES.length && recordOf(fields).values.length > 0;
  } catch (error) {
    if (error instanceof BadRecord) return false;
    throw error;
  }
}

export const UNSW_NB15_RAW: Format = {
  id: 'unsw-nb15-raw',
  title: 'UNSW-NB15 (the four parts without a header)',
  recognise: (lines) => (lines.some(isRecord) ? reader() : undefined),
};

/**
 * KDD Cup 99 (41 features and a label that ends with a full stop; Stolfo et al. 1999) and NSL-KDD (the same with a
 * difficulty behind the label; Tavallaee et al. 2009). Comma-separated, without a header.
 */
import { hashText } from './builder.ts';
import { DELIMITERS, delimiterName } from './csv.ts';
import { BadRecord, numberOf, type ColumnSpec, type Format, type LineReader, type ParsedRecord } from './types.ts';

const NAMES =
  'duration protocol_type service flag src_bytes dst_bytes land wrong_fragment urgent hot num_failed_logins logged_in ' +
  'num_compromised root_shell su_attempted num_root num_file_creations num_shells num_access_files num_outbound_cmds ' +
  'is_host_login is_guest_login count srv_count serror_rate srv_serror_rate rerror_rate srv_rerror_rate same_srv_rate ' +
  'diff_srv_rate srv_diff_host_rate dst_host_count dst_host_srv_count dst_host_same_srv_rate dst_host_diff_srv_rate ' +
  'dst_host_same_src_port_rate dst_host_srv_diff_host_rate dst_host_serror_rate dst_host_srv_serror_rate ' +
  'dst_host_rerror_rate dst_host_srv_rerror_rate';
const WORDS = new Set(['protocol_type', 'service', 'flag']);
const SWITCHES = new Set(['land', 'logged_in', 'root_shell', 'is_host_login', 'is_guest_login']);
const PROTOCOLS = new Set(['tcp', 'udp', 'icmp']);
const FLAGS = new Set(['OTH', 'REJ', 'RSTO', 'RSTOS0', 'RSTR', 'S0', 'S1', 'S2', 'S3', 'SF', 'SH']);
const MOST_BYTES = 2 ** 32;
const WORD = /^[\w.-]{1,40}$/;

function rangeOf(name: string): readonly [number, number] {
  if (name.endsWith('_rate') || SWITCHES.has(name)) return [0, 1];
  if (name === 'count' || name === 'srv_count') return [0, 511];
  if (name === 'dst_host_count' || name === 'dst_host_srv_count') return [0, 255];
  if (name === 'su_attempted') return [0, 2];
  return [0, MOST_BYTES];
}

export const KDD_COLUMNS: readonly ColumnSpec[] = NAMES.split(' ').map((name) =>
  WORDS.has(name)
    ? { name, kind: 'categorical', role: 'feature' }
    : { name, kind: 'numeric', role: 'feature', range: rangeOf(name) },
);

const FEATURES = KDD_COLUMNS.length;

function featuresOf(fields: readonly string[]): (number | string)[] {
  if (!PROTOCOLS.has(fields[1]!)) throw new BadRecord('protocol_type is not tcp, udp or icmp');
  if (!FLAGS.has(fields[3]!)) throw new BadRecord('flag is not a state of a connection');
  const values: (number | string)[] = [];
  for (let i = 0; i < FEATURES; i++) {
    const spec = KDD_COLUMNS[i]!;
    const text = fields[i]!;
    if (spec.kind === 'categorical' && !WORD.test(text)) throw new BadRecord(`${spec.name} is not a word`);
    values.push(spec.kind === 'numeric' ? numberOf(text, spec) : text);
  }
  return values;
}

function reader(fieldCount: number): LineReader {
  const read = (line: string): ParsedRecord | undefined => {
    if (line === '') return undefined;
    const fields = line.split(',', fieldCount + 2);
    if (fields.length !== fieldCount) throw new BadRecord(`there are not ${fieldCount} fields`);
    const values = featuresOf(fields);
    const label = fields[FEATURES]!.replace(/\.$/, '');
    if (!WORD.test(label)) throw new BadRecord('the label is not a word');
    // The difficulty says how many classifiers knew the record: it is of the label's side.
    const behind = fields.slice(FEATURES).reduce((sum, field) => sum + field.length + 1, 0);
    const identity = hashText(line.slice(0, line.length - behind));
    return { values, attack: label !== 'normal', kind: label, identity, time: NaN };
  };
  return { columns: KDD_COLUMNS, read };
}

function format(id: string, title: string, fieldCount: number): Format {
  return {
    id,
    title,
    recognise(lines) {
      const made = reader(fieldCount);
      const good = lines.some((line) => {
        try {
          return made.read(line) !== undefined;
        } catch {
          return false;
        }
      });
      return good ? made : undefined;
    },
    lacks(lines) {
      const line = lines.find((each) => each !== '') ?? '';
      const by = DELIMITERS.find((each) => each !== ',' && line.split(each).length === fieldCount);
      const isOne = by !== undefined && PROTOCOLS.has(line.split(by)[1]!);
      if (!isOne) return undefined;
      return { why: `it is ${title} divided by ${delimiterName(by)}`, cure: 'Divide its fields by commas.' };
    },
  };
}

export const NSL_KDD = format('nsl-kdd', 'NSL-KDD', FEATURES + 2);
export const KDD99 = format('kdd99', 'KDD Cup 99', FEATURES + 1);

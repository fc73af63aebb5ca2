/**
 * Zeek's conn.log with a `label` column (Benign, Malicious; and `detailedlabel` with the kind), as netflowlabeler writes
 * it: tab-separated with its `#fields` header, or a JSON object a line. Records labelled otherwise (Background) say
 * neither and are left out.
 */
import {
  BadRecord,
  numberOf,
  type ColumnRole,
  type ColumnSpec,
  type Format,
  type LineReader,
  type ParsedRecord,
} from './types.ts';

const MOST = 2 ** 53;
const number = (name: string, optional = false, role: ColumnRole = 'feature', most = MOST): ColumnSpec => ({
  name,
  kind: 'numeric',
  role,
  range: [0, most],
  ...(optional && { optional }),
});
const word = (name: string, role: ColumnRole = 'feature'): ColumnSpec => ({ name, kind: 'categorical', role });

/** Columns taken as they are. Whether an end is one of ours (`local_…`) comes from its address. */
const TAKEN: readonly ColumnSpec[] = [
  word('proto'),
  word('service'),
  number('duration', true),
  number('orig_bytes', true),
  number('resp_bytes', true),
  word('conn_state'),
  number('missed_bytes', true),
  number('orig_pkts', true),
  number('orig_ip_bytes', true),
  number('resp_pkts', true),
  number('resp_ip_bytes', true),
  number('ts', false, 'shortcut'),
  { ...word('id.orig_h', 'shortcut'), end: 'source' },
  { ...word('id.resp_h', 'shortcut'), end: 'target' },
  number('id.orig_p', false, 'shortcut', 65535),
  number('id.resp_p', false, 'shortcut', 65535),
  word('local_orig', 'shortcut'),
  word('local_resp', 'shortcut'),
];
/** Letters of `history`: upper case of the originator, lower case of the responder. */
const LETTERS = 'SHADFRCTIQWGXshadfrctiqwgx^'.split('');
const COLUMNS: readonly ColumnSpec[] = [
  ...TAKEN,
  word('resp_port_range'),
  ...LETTERS.map((letter) => number(`history.${letter}`, false, 'feature', 1)),
];
const NEEDED = ['ts', 'id.orig_h', 'id.resp_h', 'id.orig_p', 'id.resp_p', 'proto', 'conn_state', 'label'];
const KIND_FIELDS = ['detailedlabel', 'detailed-label', 'detailed_label'];
const WORD = /^[\w.:,;()^ -]{1,64}$/;
const UNSET = '-';

type Field = (name: string) => string;

function valueOf(spec: ColumnSpec, field: Field): number | string {
  const text = field(spec.name);
  if (spec.kind === 'categorical') {
    if (!WORD.test(text)) throw new BadRecord(`${spec.name} is not a word`);
    return text;
  }
  if (text === UNSET && spec.optional) return NaN;
  return numberOf(text, spec);
}

/** Ranges of IANA: the port itself would name a service of one network. */
function portRange(port: number): string {
  if (port === 0) return 'none';
  return port < 1024 ? 'system' : port < 49152 ? 'registered' : 'dynamic';
}

function recordOf(field: Field, identity: string): ParsedRecord {
  const label = field('label').toLowerCase();
  if (label !== 'malicious' && label !== 'benign') throw new BadRecord('labelled neither Benign nor Malicious');
  const values = TAKEN.map((spec) => valueOf(spec, field));
  const history = field('history');
  values.push(portRange(Number(field('id.resp_p'))));
  for (const letter of LETTERS) values.push(history.includes(letter) ? 1 : 0);
  const named = KIND_FIELDS.map(field).find((text) => text !== UNSET && text !== '(empty)' && text !== '');
  const time = Number(field('ts'));
  return {
    values,
    attack: label === 'malicious',
    kind: (named ?? 'attack').slice(0, 64),
    identity,
    time,
    group: `${field('id.orig_h')} ${Math.floor(time / 86400)}`,
    source: field('id.orig_h'),
  };
}

function tabReader(header: string): LineReader {
  const names = header.split('\t').slice(1);
  const at = new Map(names.map((name, i) => [name, i]));
  const labels = new Set(['label', ...KIND_FIELDS]);
  const kept = names.flatMap((name, i) => (labels.has(name) ? [] : [i]));
  return {
    columns: COLUMNS,
    read(line) {
      if (line === '' || line.startsWith('#')) return undefined;
      const fields = line.split('\t', names.length + 1);
      if (fields.length !== names.length) throw new BadRecord(`there are not ${names.length} fields`);
      return recordOf((name) => fields[at.get(name) ?? -1] ?? UNSET, kept.map((i) => fields[i]).join('\t'));
    },
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : UNSET;
}

function jsonObject(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new BadRecord('the line is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadRecord('not a JSON object');
  return value as Record<string, unknown>;
}

const jsonReader: LineReader = {
  columns: COLUMNS,
  read(line) {
    if (line === '') return undefined;
    const object = jsonObject(line);
    const field: Field = (name) => (Object.hasOwn(object, name) ? textOf(object[name]) : UNSET);
    for (const name of NEEDED) if (field(name) === UNSET) throw new BadRecord(`${name} is missing`);
    const rest = Object.entries(object).filter(([name]) => name !== 'label' && !KIND_FIELDS.includes(name));
    return recordOf(field, JSON.stringify(rest));
  },
};

export const ZEEK_CONN: Format = {
  id: 'zeek-conn',
  title: "Zeek's conn.log with labels",
  recognise(lines) {
    const header = lines.find((line) => line.startsWith('#fields\t'));
    if (header !== undefined) {
      const names = new Set(header.split('\t'));
      return NEEDED.every((name) => names.has(name)) ? tabReader(header) : undefined;
    }
    const first = lines[0] ?? '';
    if (!first.startsWith('{')) return undefined;
    return NEEDED.every((name) => first.includes(`"${name}"`)) ? jsonReader : undefined;
  },
};

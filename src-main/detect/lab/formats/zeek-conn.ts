/**
 * Zeek's conn.log with a `label` column (Benign, Malicious; and `detailedlabel` with the kind), as netflowlabeler writes
 * it: tab-separated with its `#fields` header, or a JSON object a line. Records labelled otherwise (Background) say
 * neither and are left out.
 */
import { hashFields } from './builder.ts';
import { ADD_LABELS } from './labels.ts';
import { portRange } from './ports.ts';
import { secondsOf } from './times.ts';
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
export const CONN_TAKEN: readonly ColumnSpec[] = [
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
/** Columns made of the others. */
export const CONN_DERIVED: readonly ColumnSpec[] = [
  word('resp_port_range'),
  ...LETTERS.map((letter) => number(`history.${letter}`, false, 'feature', 1)),
];
const COLUMNS: readonly ColumnSpec[] = [...CONN_TAKEN, ...CONN_DERIVED];
const NEEDED = ['ts', 'id.orig_h', 'id.resp_h', 'id.orig_p', 'id.resp_p', 'proto', 'conn_state', 'label'];
const KIND_FIELDS = ['detailedlabel', 'detailed-label', 'detailed_label'];
const WORD = /^[\w.:,;()^ -]{1,64}$/;
const UNSET = '-';
const FIELDS = '#fields\t';

type Field = (name: string) => string;

function valueOf(spec: ColumnSpec, field: Field): number | string {
  const text = field(spec.name);
  if (spec.kind === 'categorical') {
    if (!WORD.test(text)) throw new BadRecord(`${spec.name} is not a word`);
    return text;
  }
  if (text === UNSET && spec.optional) return NaN;
  return numberOf(spec.name === 'ts' ? secondsText(text) : text, spec);
}

/** Seconds as they stand, or of a date (JSON::TS_ISO8601). */
function secondsText(text: string): string {
  return text.includes('T') ? String(secondsOf(text)) : text;
}

/** Values of `CONN_DERIVED`. */
export function connDerived(port: string, history: string): (number | string)[] {
  return [portRange(Number(port)), ...LETTERS.map((letter) => (history.includes(letter) ? 1 : 0))];
}

function recordOf(field: Field, identity: string | number): ParsedRecord {
  const label = field('label').toLowerCase();
  if (label !== 'malicious' && label !== 'benign') throw new BadRecord('labelled neither Benign nor Malicious');
  const values = CONN_TAKEN.map((spec) => valueOf(spec, field));
  values.push(...connDerived(field('id.resp_p'), field('history')));
  const named = KIND_FIELDS.map(field).find((text) => text !== UNSET && text !== '(empty)' && text !== '');
  const time = Number(secondsText(field('ts')));
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

/** IoT-23 divides its last three columns by blanks. */
const BLANKS = / {2,}/;

interface Layout {
  count: number;
  at: ReadonlyMap<string, number>;
  /** Fields that are compared: all but the labels. */
  compared: readonly number[];
  divided: (line: string) => string[];
}

function layoutOf(header: string): Layout {
  const isBlank = BLANKS.test(header);
  const divided = (line: string): string[] => {
    const fields = line.split('\t');
    return isBlank ? [...fields.slice(0, -1), ...fields.at(-1)!.split(BLANKS)] : fields;
  };
  const names = divided(header).slice(1);
  const labels = new Set(['label', ...KIND_FIELDS]);
  return {
    count: names.length,
    at: new Map(names.map((name, i) => [name, i])),
    compared: names.flatMap((name, i) => (labels.has(name) ? [] : [i])),
    divided,
  };
}

function tabReader(header: string): LineReader {
  let layout = layoutOf(header);
  return {
    columns: COLUMNS,
    read(line) {
      // Of logs that were joined, each brings its own.
      if (line.startsWith(FIELDS)) layout = layoutOf(line);
      if (line === '' || line.startsWith('#')) return undefined;
      const { count, at, compared, divided } = layout;
      const fields = divided(line);
      if (fields.length !== count) throw new BadRecord(`there are not ${count} fields`);
      const identity = hashFields(fields, compared);
      return recordOf((name) => fields[at.get(name) ?? -1] ?? UNSET, identity);
    },
  };
}

/** A value of JSON as it would stand in a line of text; "-" for null, lists and objects. */
export function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : UNSET;
}

/** A line as a JSON object. @throws BadRecord */
export function jsonObject(line: string): Record<string, unknown> {
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
    const header = lines.find((line) => line.startsWith(FIELDS));
    if (header !== undefined) {
      const names = new Set(header.split(/\t| {2,}/));
      return NEEDED.every((name) => names.has(name)) ? tabReader(header) : undefined;
    }
    const first = lines.find((line) => line !== '') ?? '';
    if (!first.startsWith('{')) return undefined;
    return NEEDED.every((name) => first.includes(`"${name}"`)) ? jsonReader : undefined;
  },
  lacks(lines) {
    const header = lines.find((line) => line.startsWith(FIELDS) || line.startsWith('{')) ?? '';
    const missing = NEEDED.filter((name) => !header.includes(name));
    if (missing.length !== 1) return undefined;
    return { why: `it is a conn.log without the column ${missing[0]}`, cure: ADD_LABELS };
  },
};

/** Our own flows (`--flows`, CSV or a JSON object a line) with a `label` column that somebody added. */
import { FLOW_FIELDS, FLOW_JSON_FIELDS } from '../../../meter/flows/record.ts';
import { ADD_LABELS, kindOf, verdictOf } from './labels.ts';
import { rowReader, tabular, UNSET, type Tabular } from './tabular.ts';
import type { Format, LineReader } from './types.ts';
import { CONN_DERIVED, CONN_TAKEN, connDerived, jsonObject, textOf } from './zeek-conn.ts';

const DAY = 86_400;
/** What Sonde made of the flow: to learn from it would be to learn from itself. */
const OURS = ['score', 'anomalous', 'detectors', 'incidents', 'facts'];
const KIND = 'kind';

const DESCRIPTION: Tabular = {
  id: 'sonde-flows',
  title: "Sonde's flows with labels",
  columns: [
    ...CONN_TAKEN.filter(({ name }) => !name.startsWith('local_')),
    { name: 'app', kind: 'categorical', role: 'feature' },
  ],
  needed: ['ts', 'community_id', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto', 'conn_state', 'history'],
  label: 'label',
  besideLabel: [KIND, ...OURS],
  numbering: ['uid'],
  readFrom: ['ts_ns', 'community_id', 'vlan', 'tunnel_parents', 'history'],
  derived: CONN_DERIVED,
  beside(field) {
    const verdict = verdictOf(field('label'), 'label');
    const named = field(KIND).trim();
    const time = Number(field('ts'));
    const source = field('id.orig_h');
    return {
      ...verdict,
      ...(verdict.attack && named !== '' && named !== UNSET && { kind: kindOf(named) }),
      time,
      group: `${source} ${Math.floor(time / DAY)}`,
      source,
      derived: connDerived(field('id.resp_p'), field('history')),
    };
  },
};

/** Reads the cells of a line of `--flows` as CSV, with a label behind them. */
export const FLOW_CELLS = rowReader([...FLOW_FIELDS, 'label'], DESCRIPTION);

const CSV = tabular(DESCRIPTION);
const JSON_HEADER = [...FLOW_JSON_FIELDS, 'label', KIND];

function jsonReader(): LineReader {
  const rows = rowReader(JSON_HEADER, DESCRIPTION);
  return {
    columns: rows.columns,
    read(line) {
      if (line.trim() === '') return undefined;
      const object = jsonObject(line);
      return rows.read(JSON_HEADER.map((name) => (Object.hasOwn(object, name) ? textOf(object[name]) : UNSET)));
    },
  };
}

const isJson = (lines: readonly string[]): boolean => {
  const first = lines.find((line) => line.trim() !== '') ?? '';
  return first.startsWith('{') && DESCRIPTION.needed.every((name) => first.includes(`"${name}"`));
};

export const SONDE_FLOWS: Format = {
  id: CSV.id,
  title: CSV.title,
  recognise(lines) {
    if (isJson(lines)) return lines.some((line) => line.includes('"label"')) ? jsonReader() : undefined;
    return CSV.recognise(lines);
  },
  lacks(lines) {
    if (!isJson(lines)) return CSV.lacks?.(lines);
    const isLabelled = lines.some((line) => line.includes('"label"'));
    return isLabelled ? undefined : { why: 'its flows have no "label"', cure: ADD_LABELS };
  },
};

/** A filter as a condition on `flows f`. Values are always parameters; the text is made of constants of this file only. */
import {
  FACT_FIELDS,
  NAME_FACTS,
  PROTO_WORDS,
  STATE_WORDS,
  TUNNEL_WORDS,
} from '../../../../src-shared/domain/filter/fields.ts';
import { rangesOf, type Network } from '../../../../src-shared/domain/network.ts';
import type { Filter, Order } from '../../../../src-shared/domain/filter/types.ts';

export type Parameter = number | string | Uint8Array;

export interface Condition {
  /** Without WHERE; holds or does not, and is never null where it stands under a NOT. */
  sql: string;
  params: Parameter[];
}

const NUMBERS: ReadonlyMap<string, string> = new Map([
  ['id.orig_p', 'f.orig_port'],
  ['id.resp_p', 'f.resp_port'],
  ['duration', 'f.duration'],
  ['orig_bytes', 'ifnull(f.orig_bytes, -1)'],
  ['resp_bytes', 'ifnull(f.resp_bytes, -1)'],
  ['bytes', '(f.orig_ip_bytes + f.resp_ip_bytes)'],
  ['missed_bytes', 'f.missed_bytes'],
  ['orig_pkts', 'f.orig_pkts'],
  ['orig_ip_bytes', 'f.orig_ip_bytes'],
  ['resp_pkts', 'f.resp_pkts'],
  ['resp_ip_bytes', 'f.resp_ip_bytes'],
  ['vlan', '(f.vlan & 4095)'],
  ['score', 'ifnull(f.score, -1)'],
  ['process.pid', 'ifnull(f.process_pid, -1)'],
]);

/** Columns that may be unset: the indexes hold -1 for that, so conditions are written over the same expression. */
const OPTIONAL: ReadonlyMap<string, string> = new Map([
  ['orig_bytes', 'f.orig_bytes'],
  ['resp_bytes', 'f.resp_bytes'],
  ['score', 'f.score'],
  ['process.pid', 'f.process_pid'],
]);

const TEXTS: ReadonlyMap<string, string> = new Map([
  ['uid', 'f.uid'],
  ['community_id', 'f.community_id'],
  ['service', 'f.service'],
  ['app', 'f.app'],
  ['history', 'f.history'],
  ['facts', 'f.facts'],
  ['process', 'f.process_name'],
  ...FACT_FIELDS.map((name): [string, string] => [name, factColumn(name)]),
]);

/** A fact of a flow, '' where it has none. `name` is one of this program's own names. */
function factColumn(name: string): string {
  return `ifnull(iif(f.facts = '', '', json_extract(f.facts, '$."${name}"')), '')`;
}

const ORDERS: Readonly<Record<Order, string>> = { '==': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' };

const make = (sql: string, ...params: Parameter[]): Condition => ({ sql, params });

function column(from: ReadonlyMap<string, string>, field: string): string {
  const found = from.get(field);
  if (found === undefined) throw new RangeError(`the filter's field ${field} has no column`);
  return found;
}

function joined(items: readonly Condition[], word: ' AND ' | ' OR '): Condition {
  return { sql: `(${items.map((i) => i.sql).join(word)})`, params: items.flatMap((i) => i.params) };
}

function numberCondition({ field, op, value }: Extract<Filter, { type: 'number' }>): Condition {
  const optional = OPTIONAL.get(field);
  if (optional !== undefined)
    return make(`(${column(NUMBERS, field)} ${ORDERS[op]} ? AND ${optional} IS NOT NULL)`, value);
  if (field !== 'port') return make(`${column(NUMBERS, field)} ${ORDERS[op]} ?`, value);
  // "port != 22": neither is; everything else: either is.
  return joined(
    [make(`f.orig_port ${ORDERS[op]} ?`, value), make(`f.resp_port ${ORDERS[op]} ?`, value)],
    op === '!=' ? ' AND ' : ' OR ',
  );
}

function timeCondition({ op, sec, nano }: Extract<Filter, { type: 'time' }>): Condition {
  return make(`(f.sec, f.nano) ${ORDERS[op]} (?, ?)`, sec, nano);
}

function textCondition({ field, op, value }: Extract<Filter, { type: 'text' }>, capture: number): Condition {
  // What is looked up must not depend on the row: SQLite then does it once.
  if (field === 'incident') {
    const found = op === 'contains' ? 'instr(uid, ?) > 0' : 'uid = ?';
    return make(`f.id IN (SELECT flow FROM incident_flows WHERE capture = ? AND ${found})`, capture, value);
  }
  if (field === 'name') {
    return joined(
      NAME_FACTS.map((fact) => textCondition({ type: 'text', field: fact, op, value }, capture)),
      ' OR ',
    );
  }
  const name = column(TEXTS, field);
  if (op === 'contains') return make(`instr(lower(${name}), lower(?)) > 0`, value);
  // Zeek's service is a set written with commas.
  if (field === 'service' && value !== '')
    return make(`instr(',' || ${name} || ',', ?) > 0`, `,${value.toLowerCase()},`);
  return field === 'app' ? make(`${name} = ? COLLATE NOCASE`, value) : make(`${name} = ?`, value);
}

function wordCondition({ field, word }: Extract<Filter, { type: 'word' }>): Condition {
  if (field === 'conn_state')
    return make('f.conn_state = ?', STATE_WORDS.indexOf(word as (typeof STATE_WORDS)[number]));
  if (field === 'tunnel') return make('f.tunnel = ?', TUNNEL_WORDS.indexOf(word as (typeof TUNNEL_WORDS)[number]));
  const numbers = PROTO_WORDS.get(word) ?? [Number(word)];
  return joined(
    numbers.map((n) => make('f.proto = ?', n)),
    ' OR ',
  );
}

/** An end by its host, or by its own address where the host table was full. */
function endCondition(side: 'orig' | 'resp', capture: number, network: Network): Condition {
  return joined(
    rangesOf(network).map(({ first, last }) => rangeCondition(side, capture, first, last)),
    ' OR ',
  );
}

function rangeCondition(side: 'orig' | 'resp', capture: number, first: Uint8Array, last: Uint8Array): Condition {
  return make(
    `(f.${side}_host IN (SELECT h.host FROM hosts h WHERE h.capture = ? AND h.address_bytes BETWEEN ? AND ?)` +
      ` OR (f.${side}_host = 0 AND f.${side}_address BETWEEN ? AND ?))`,
    capture,
    first,
    last,
    first,
    last,
  );
}

function addressCondition({ field, network }: Extract<Filter, { type: 'address' }>, capture: number): Condition {
  if (field === 'id.orig_h') return endCondition('orig', capture, network);
  if (field === 'id.resp_h') return endCondition('resp', capture, network);
  return joined([endCondition('orig', capture, network), endCondition('resp', capture, network)], ' OR ');
}

function unsetCondition({ field }: Extract<Filter, { type: 'unset' }>): Condition {
  const text = TEXTS.get(field);
  if (text !== undefined) return make(`${text} = ''`);
  const optional = OPTIONAL.get(field);
  return make(optional === undefined ? '0' : `${optional} IS NULL`);
}

/** The condition of a filter on the flows of one capture. @throws RangeError for a field without a column (a bug). */
export function condition(filter: Filter, capture: number): Condition {
  const each = (item: Filter): Condition => condition(item, capture);
  switch (filter.type) {
    case 'and':
      return joined(filter.items.map(each), ' AND ');
    case 'or':
      return joined(filter.items.map(each), ' OR ');
    case 'not': {
      const { sql, params } = each(filter.item);
      // What is unknown does not hold, so its opposite does.
      return { sql: `NOT ifnull(${sql}, 0)`, params };
    }
    case 'number':
      return numberCondition(filter);
    case 'time':
      return timeCondition(filter);
    case 'text':
      return textCondition(filter, capture);
    case 'word':
      return wordCondition(filter);
    case 'address':
      return addressCondition(filter, capture);
    case 'flag':
      return make('f.anomalous = 1');
    case 'unset':
      return unsetCondition(filter);
  }
}

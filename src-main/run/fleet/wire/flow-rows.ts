/** Flows: their table, and what it says more shortly than column by column. */
import { CONN_STATES, flowSchema, HISTORY_MAX, type FlowBatch, type FlowMeta } from '../../../meter/flows/types.ts';
import { WireError } from './error.ts';
import { portKind, type FlowBook, type Opened } from './event-rows.ts';
import { FLOW_ORDER, flowExpectations } from './flow-expect.ts';
import { LIMITS } from './limits.ts';
import { rangeOf } from './ranges.ts';
import { RowCoder, type HostCoder, type TableOptions } from './table.ts';
import type { TextCoder } from './texts.ts';
import { codeTime, since } from './times.ts';
import { Column, mix, type Beside, type Range } from './column.ts';
import type { ValueCoder } from './values.ts';

const WORDS = 4;
const SERVICE_MAX = 1024;
const ID = rangeOf('id', 'f64');
const SEC = rangeOf('sec', 'f64');
const NANO = rangeOf('nano', 'u32');
const WORD: Range = { least: 0, most: 2 ** 32 - 1, whole: true };
const ENDS_KEYS = new Set(['flows.proto']);
const KEYS = new Set(['flows.connState', 'flows.origPkts']);

/** States are numbers of a list that both sides must share. */
export const STATES = CONN_STATES.join();

export interface FlowParts {
  values: ValueCoder;
  hosts: HostCoder;
  texts: TextCoder;
  book: FlowBook;
  /** Addresses of the batch's hosts. */
  addresses: Uint32Array;
}

export class FlowCoder {
  private readonly parts: FlowParts;
  private readonly batch: FlowBatch;
  private readonly ends: RowCoder;
  private readonly rest: RowCoder;
  private readonly id = new Column('flows.id', 6);
  private readonly last = new Column('flows.last');
  private readonly start = new Column('flows.start');
  private readonly history = new Column('flows.history');
  private readonly own = new Column('flows.own');
  private readonly meta = new MetaColumns();
  private opened: Opened | undefined;
  private before = 0;
  private at = 0;

  constructor(parts: FlowParts, batch: FlowBatch) {
    this.parts = parts;
    this.batch = batch;
    const { values, hosts, book } = parts;
    const { columns, count } = batch;
    const expect = flowExpectations(columns, book, () => this.opened);
    const table = (order: readonly string[], keys: ReadonlySet<string>): TableOptions => {
      return { name: 'flows', schema: flowSchema, columns, count, order, expect, keys };
    };
    this.ends = new RowCoder(values, hosts, table(['proto', 'respPort'], ENDS_KEYS));
    this.rest = new RowCoder(values, hosts, table(FLOW_ORDER, KEYS));
  }

  /** The next ones, of one slice. @throws WireError */
  slice(cell: number, count: number): void {
    for (let left = count; left > 0; left--) this.row(this.at++, cell);
  }

  private row(row: number, cell: number): void {
    const { values, book } = this.parts;
    const { columns: c, meta } = this.batch;
    c.id[row] = values.check(this.before + values.signed(this.id, c.id[row]! - this.before), ID);
    this.before = c.id[row]!;
    this.opened = book.flows.get(this.before);
    const isKnown = this.opened ? 1 : 0;
    this.ends.row(row, isKnown);
    const kind = mix(c.proto[row]!, portKind(c.respPort[row]!));
    const beside = { key: mix(kind, isKnown), side: 0 };
    this.times(row, cell, beside);
    const service = this.letters(row, beside);
    beside.key = mix(mix(kind, isKnown), service);
    this.rest.row(row, beside.key);
    this.addresses(row, c.orig, c.origHost[row]!);
    this.addresses(row, c.resp, c.respHost[row]!);
    const learned = this.meta.code(this.parts, meta[row], { key: kind, side: service });
    if (values.isReading) meta[row] = learned;
  }

  /** The end, which lies near the slice mostly, and then the start. */
  private times(row: number, cell: number, beside: Beside): void {
    const { values, book } = this.parts;
    const { sec, nano, lastSec, lastNano } = this.batch.columns;
    const last = codeTime(values, this.last, { sec: lastSec[row]!, nano: lastNano[row]! }, cell, 0, beside);
    lastSec[row] = values.check(last.sec, SEC);
    lastNano[row] = values.check(last.nano, NANO);
    const near = this.opened ? book.time(this.opened.row) : last;
    const start = codeTime(values, this.start, { sec: sec[row]!, nano: nano[row]! }, cell, since(cell, near), beside);
    sec[row] = values.check(start.sec, SEC);
    nano[row] = values.check(start.nano, NANO);
  }

  /** Letters of Zeek's history: few different ones. */
  private letters(row: number, beside: Beside): number {
    const { texts } = this.parts;
    const { history, historyLength } = this.batch.columns;
    const at = row * HISTORY_MAX;
    const own = String.fromCharCode(...history.subarray(at, at + historyLength[row]!));
    const text = texts.text(this.history, own, HISTORY_MAX, beside);
    historyLength[row] = text.length;
    for (let i = 0; i < text.length; i++) history[at + i] = text.charCodeAt(i) & 0xff;
    return hashText(text);
  }

  /** Addresses are those of the hosts, but for hosts that came too late to be told apart. */
  private addresses(row: number, of: Uint32Array, host: number): void {
    const { values, addresses } = this.parts;
    const [a, b] = [row * WORDS, host * WORDS];
    let isOwn = false;
    for (let w = 0; w < WORDS; w++) isOwn ||= of[a + w] !== addresses[b + w];
    if (values.flag(this.own, isOwn, { key: host === 0 ? 1 : 0, side: 0 })) {
      for (let w = 0; w < WORDS; w++) {
        of[a + w] = values.check(values.whole(this.own.part(`${w}`), of[a + w]!), WORD);
      }
    } else if (values.isReading) {
      for (let w = 0; w < WORDS; w++) of[a + w] = addresses[b + w]!;
    }
  }
}

/** What inspectors learned. */
class MetaColumns {
  private readonly has = new Column('flows.meta');
  private readonly service = new Column('flows.service');
  private readonly app = new Column('flows.app');
  private readonly count = new Column('flows.facts');
  private readonly fact = new Column('flows.fact');
  /** By the name of a fact. */
  private readonly facts = new Map<string, Column>();

  code({ values, texts }: FlowParts, own: FlowMeta | undefined, beside: Beside): FlowMeta | undefined {
    if (!values.flag(this.has, own !== undefined, beside)) return undefined;
    const service = texts.text(this.service, own?.service ?? '', SERVICE_MAX, beside);
    let key = mix(beside.key, hashText(service));
    const app = texts.text(this.app, own?.app ?? '', LIMITS.fact, { key, side: 0 });
    key = mix(key, hashText(app));
    const given = Object.entries(own?.facts ?? {}).slice(0, LIMITS.facts);
    const count = values.whole(this.count, given.length, { key, side: beside.side });
    if (count > LIMITS.facts) throw new WireError('too-many', `a flow has ${count} facts`);
    const facts: [string, string][] = [];
    let side = count;
    for (let i = 0; i < count; i++) {
      const [name, value] = given[i] ?? ['', ''];
      const read = texts.text(this.fact, name, LIMITS.fact, { key, side });
      side = hashText(read);
      facts.push([read, texts.text(this.of(read), value, LIMITS.fact, { key, side })]);
    }
    return { service, app, facts: Object.fromEntries(facts) };
  }

  /** Names of facts are few; one that is made up each time shares a column. */
  private of(name: string): Column {
    const known = this.facts.get(name);
    if (known) return known;
    if (this.facts.size >= LIMITS.facts * 4) return this.fact;
    const column = new Column(`flows.fact.${name}`);
    this.facts.set(name, column);
    return column;
  }
}

export function hashText(text: string): number {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = mix(hash, text.charCodeAt(i));
  return hash;
}

/** What happened to flows while they lived; what comes after it (messages, flows) is expected by it. */
import { FLOW_EVENT, flowEventSchema, type FlowEventBatch } from '../../../meter/flows/types.ts';
import { rangeOf } from './ranges.ts';
import { NOBODY, RowCoder, type Expect, type HostCoder } from './table.ts';
import { codeTime, since, type Time } from './times.ts';
import { Column, mix } from './column.ts';
import type { ValueCoder } from './values.ts';

const ORDER = ['proto', 'respPort', 'origPort', 'origHost', 'respHost', 'tcpFlags', 'payloadLength', 'ttl', 'flipped'];
const KEYS = new Set(['events.proto', 'events.respPort']);
const FLOW = rangeOf('flow', 'f64');
const SEC = rangeOf('sec', 'f64');
const NANO = rangeOf('nano', 'u32');

/** A port that services have: the others are the systems' own. */
export const portKind = (port: number): number => (port < 32_768 ? port : 65_535);

/** What is known of a flow from its events. */
export interface Opened {
  row: number;
  answered: number;
}

export class FlowBook {
  readonly flows = new Map<number, Opened>();
  readonly columns: FlowEventBatch['columns'];

  constructor({ columns }: FlowEventBatch) {
    this.columns = columns;
  }

  note(row: number): void {
    const { kind, flow } = this.columns;
    const known = this.flows.get(flow[row]!);
    if (!known) this.flows.set(flow[row]!, { row, answered: -1 });
    else if (kind[row] === FLOW_EVENT.ANSWERED) known.answered = row;
  }

  time(row: number): Time {
    return { sec: this.columns.sec[row]!, nano: this.columns.nano[row]! };
  }
}

export class EventCoder {
  readonly book: FlowBook;
  private readonly values: ValueCoder;
  private readonly columns: FlowEventBatch['columns'];
  private readonly rows: RowCoder;
  private readonly kind = new Column('events.kind');
  private readonly flow = new Column('events.flow', 6);
  private readonly time = new Column('events.time');
  private opened: Opened | undefined;
  private newest = 0;
  private at = 0;

  constructor(values: ValueCoder, hosts: HostCoder, batch: FlowEventBatch) {
    const { columns: c, count } = batch;
    this.values = values;
    this.columns = c;
    this.book = new FlowBook(batch);
    const as = (column: Uint16Array | Uint32Array, otherwise: number): Expect => {
      return () => (this.opened ? column[this.opened.row]! : otherwise);
    };
    const expect = {
      proto: as(c.proto, 0),
      respPort: as(c.respPort, 0),
      origPort: as(c.origPort, 0),
      origHost: as(c.origHost, NOBODY),
      respHost: as(c.respHost, NOBODY),
    };
    const table = { name: 'events', schema: flowEventSchema, columns: c, count, order: ORDER, expect, keys: KEYS };
    this.rows = new RowCoder(values, hosts, table);
  }

  /** The next ones, of one slice. @throws WireError */
  slice(cell: number, count: number): void {
    let before = 0;
    for (let left = count; left > 0; left--) before = this.row(this.at++, cell, before);
  }

  private row(row: number, cell: number, before: number): number {
    const { values, columns: c, book } = this;
    c.kind[row] = values.symbol(this.kind, c.kind[row]!, 2);
    const beside = { key: c.kind[row]!, side: 0 };
    const next = this.newest + 1;
    const number = values.check(next + values.signed(this.flow, c.flow[row]! - next, beside), FLOW);
    c.flow[row] = number;
    this.newest = Math.max(this.newest, number);
    this.opened = book.flows.get(number);
    beside.side = this.opened ? 1 : 0;
    const read = codeTime(values, this.time, book.time(row), cell, before, beside);
    c.sec[row] = values.check(read.sec, SEC);
    c.nano[row] = values.check(read.nano, NANO);
    this.rows.row(row, mix(c.kind[row]!, beside.side));
    book.note(row);
    return since(cell, read);
  }
}

/** What messages of all kinds have. */
import type { ProtocolMessage } from '../../../meter/protocols/types.ts';
import { Column, type Beside, type Range } from './column.ts';
import type { FlowBook } from './event-rows.ts';
import type { HostCoder } from './table.ts';
import { codeTime, since } from './times.ts';
import type { ValueCoder } from './values.ts';

type Base = Pick<ProtocolMessage, 'sec' | 'nano' | 'flow' | 'orig' | 'resp' | 'respPort' | 'fromOrig'>;

const FLOW: Range = { least: -1, most: 2 ** 51, whole: true };
const PORT: Range = { least: 0, most: 65_535, whole: true };
const SEC: Range = { least: -1e12, most: 1e12, whole: true };
const NANO: Range = { least: 0, most: 999_999_999, whole: true };

export interface BaseParts {
  values: ValueCoder;
  hosts: HostCoder;
  book: FlowBook;
}

export class BaseCoder {
  private readonly parts: BaseParts;
  private readonly columns = {
    flow: new Column('messages.flow', 6),
    time: new Column('messages.time'),
    orig: new Column('messages.orig'),
    resp: new Column('messages.resp'),
    port: new Column('messages.respPort'),
    from: new Column('messages.fromOrig'),
  };
  private flow = 0;
  private cell = 0;
  private time = 0;

  constructor(parts: BaseParts) {
    this.parts = parts;
  }

  /** Those of a slice follow. */
  begin(cell: number): void {
    [this.cell, this.time] = [cell, 0];
  }

  /** @param kind of message. @throws WireError */
  code(given: Base | undefined, kind: number): Base {
    const { values, hosts, book } = this.parts;
    const { columns, cell } = this;
    const beside: Beside = { key: kind, side: 0 };
    const time = codeTime(values, columns.time, given ?? { sec: 0, nano: 0 }, cell, this.time, beside);
    this.time = since(cell, time);
    const flow = this.flow + values.signed(columns.flow, given ? given.flow - this.flow : 0, beside);
    this.flow = flow;
    const known = book.flows.get(flow);
    const ends = known ? { orig: book.columns.origHost[known.row], resp: book.columns.respHost[known.row] } : undefined;
    beside.side = known ? 1 : 0;
    const host = (column: Column, own: number, likely: number | undefined): number => {
      if (likely !== undefined && values.flag(column.part('same'), own === likely, beside)) return likely;
      return hosts.host(column, own, beside);
    };
    const orig = host(columns.orig, given?.orig ?? 0, ends?.orig);
    const resp = host(columns.resp, given?.resp ?? 0, ends?.resp);
    const port = known ? book.columns.respPort[known.row]! : 0;
    const respPort = port + values.signed(columns.port, given ? given.respPort - port : 0, beside);
    beside.side = respPort;
    const fromOrig = values.flag(columns.from, given?.fromOrig ?? false, beside);
    return {
      sec: values.check(time.sec, SEC),
      nano: values.check(time.nano, NANO),
      flow: values.check(flow, FLOW),
      orig,
      resp,
      respPort: values.check(respPort, PORT),
      fromOrig,
    };
  }
}

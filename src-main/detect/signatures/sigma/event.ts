/** What rules look at: one line of one of Zeek's logs, its cells by the number of their field (`kinds.ts`). */
import { isIP } from 'node:net';
import { wordsOf } from '../rules/addresses.ts';
import type { LogKind } from './kinds.ts';

export type Cell = string | number | boolean | readonly string[] | undefined;

const NONE: readonly string[] = [];

function textsOf(cell: Cell): readonly string[] {
  switch (typeof cell) {
    case 'undefined':
      return NONE;
    case 'string':
      return [cell];
    case 'number':
      return [String(cell)];
    case 'boolean':
      // Zeek writes T and F, rules mostly true and false.
      return cell ? ['true', 'T'] : ['false', 'F'];
    default:
      return cell;
  }
}

/** Whose event it is, for what is told of it. */
export interface EventEnds {
  sec: number;
  nano: number;
  /** `FlowBatch.id`, -1 where it is not known. */
  flow: number;
  /** Host ids. */
  orig: number;
  resp: number;
  respPort: number;
  /** Names that it is about. */
  names: readonly string[];
}

export class LogEvent {
  readonly kind: LogKind;
  readonly cells: readonly Cell[];
  readonly ends: EventEnds;
  private readonly written: (readonly string[] | undefined)[] = [];
  private readonly lowered: (readonly string[] | undefined)[] = [];
  private readonly parsed: (readonly (readonly number[])[] | undefined)[] = [];

  constructor(kind: LogKind, cells: readonly Cell[], ends: EventEnds) {
    this.kind = kind;
    this.cells = cells;
    this.ends = ends;
  }

  has(field: number): boolean {
    const cell = this.cells[field];
    return cell !== undefined && (typeof cell !== 'object' || cell.length > 0);
  }

  /** All that stands in a cell, as text: several where it is a list, none where it is not there. */
  texts(field: number): readonly string[] {
    return (this.written[field] ??= textsOf(this.cells[field]));
  }

  /** The same in lower case. */
  lowers(field: number): readonly string[] {
    return (this.lowered[field] ??= this.texts(field).map((text) => text.toLowerCase()));
  }

  /** Those that are addresses, four 32-bit words each, IPv4 mapped into IPv6. */
  addresses(field: number): readonly (readonly number[])[] {
    return (this.parsed[field] ??= this.texts(field)
      .filter((text) => isIP(text) !== 0 && !text.includes('%'))
      .map(wordsOf));
  }
}

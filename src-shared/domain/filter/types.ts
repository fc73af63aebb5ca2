/** The filter language: what a filter is once it has been read. */
import type { Network } from '../network.ts';

/** A stretch of the text, end exclusive. */
export interface Span {
  start: number;
  end: number;
}

/** Why a text is no filter: about which characters, and what to write instead. */
export interface Fault extends Span {
  message: string;
  cure: string;
  /** What was probably meant: to be written in place of these characters. */
  fix?: string;
}

export type Order = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type Filter =
  | { type: 'and' | 'or'; items: Filter[] }
  | { type: 'not'; item: Filter }
  | { type: 'number'; field: string; op: Order; value: number }
  /** Whole seconds since 1970 and nanoseconds. */
  | { type: 'time'; field: string; op: Order; sec: number; nano: number }
  | { type: 'text'; field: string; op: '==' | 'contains'; value: string }
  /** The place of the word in the field's list. */
  | { type: 'word'; field: string; word: string }
  | { type: 'address'; field: string; network: Network }
  | { type: 'flag'; field: string }
  | { type: 'unset'; field: string };

export type Parsed = { ok: true; filter: Filter | null } | { ok: false; fault: Fault };

/** Thrown inside the room only. */
export class FilterFault extends Error {
  readonly fault: Fault;

  constructor(message: string, at: Span, cure: string, fix?: string) {
    super(message);
    this.fault = { message, cure, start: at.start, end: at.end, ...(fix === undefined ? {} : { fix }) };
  }
}

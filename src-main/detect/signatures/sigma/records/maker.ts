/** Makers of log lines: one file a protocol, one line in `registry.ts`. */
import type { FlowBatch } from '../../../../meter/flows/types.ts';
import type { ProtocolMessage } from '../../../../meter/protocols/types.ts';
import type { NetworkView } from '../../../types.ts';
import type { Cell, EventEnds } from '../event.ts';
import type { CommonCells, KindId, Log } from '../kinds.ts';

/** A flow that ended. */
export interface EndedFlow {
  batch: FlowBatch;
  row: number;
  id: number;
  facts: Readonly<Record<string, string>>;
  services: readonly string[];
}

export interface Desk {
  readonly network: NetworkView;
  /** The fields that all lines have, for a message. */
  common(message: ProtocolMessage): CommonCells;
  commonOf(flow: EndedFlow): CommonCells;
  ends(message: ProtocolMessage, names?: readonly string[]): EventEnds;
  endsOf(flow: EndedFlow, names?: readonly string[]): EventEnds;
  wants(kind: KindId): boolean;
  put<F extends string>(log: Log<F>, common: CommonCells, values: Readonly<Record<F, Cell>>, ends: EventEnds): void;
}

export interface Maker {
  readonly kinds: readonly KindId[];
  /** Messages it reads; none: it goes by ended flows alone. */
  readonly reads: readonly ProtocolMessage['kind'][];
  message?(message: ProtocolMessage, desk: Desk): void;
  ended?(flow: EndedFlow, desk: Desk): void;
  /** The end of all: what is unfinished is told. */
  finish?(desk: Desk): void;
}

/** What is not there has no cell. */
export const orNone = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
export const namesOf = (name: string): readonly string[] => (name === '' ? [] : [name]);

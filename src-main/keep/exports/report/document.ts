/** A report as a list of blocks, the same for every form it is rendered in. All text is plain text. */
import type { Severity } from '../../../../src-shared/domain/incident.ts';

export interface Column {
  title: string;
  /** Numbers stand at the right. */
  right?: boolean;
  /** Share of the width, in relation to the other columns. */
  width: number;
}

/** An incident in time, milliseconds since 1970. */
export interface Bar {
  label: string;
  severity: Severity;
  first: number;
  last: number;
}

/** A number that is read from afar. */
export interface Figure {
  label: string;
  value: string;
  /** What to hold it against. */
  note: string;
  /** Gives it its colour; the words say the same. */
  severity?: Severity;
}

/** Incidents of a day, by severity. */
export interface Day {
  label: string;
  counts: Readonly<Record<Severity, number>>;
  /** Nothing was watched on it: none says nothing. */
  unseen: boolean;
}

export type Block =
  | { kind: 'title'; text: string; under: string }
  | { kind: 'heading'; level: 2 | 3; text: string; severity?: Severity }
  | { kind: 'text'; text: string; strong?: boolean }
  | { kind: 'list'; items: readonly string[] }
  | { kind: 'facts'; rows: readonly (readonly [name: string, value: string])[] }
  | { kind: 'table'; columns: readonly Column[]; rows: readonly (readonly string[])[] }
  | { kind: 'code'; text: string }
  | { kind: 'timeline'; from: number; to: number; bars: readonly Bar[] }
  | { kind: 'figures'; items: readonly Figure[] }
  | { kind: 'days'; days: readonly Day[] }
  | { kind: 'page' };

export interface ReportDocument {
  title: string;
  /** What the report is dated by, milliseconds since 1970: when the last packet of a capture was seen, or a period was looked at. */
  date: number;
  blocks: readonly Block[];
}

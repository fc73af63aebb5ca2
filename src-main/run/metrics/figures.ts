/** What metrics are made of: plain figures, whoever counted them. */
import type { Severity } from '../../../src-shared/domain/incident.ts';
import type { Histogram } from './exposition.ts';

/** A capture that runs. Counts are since its start. */
export interface CaptureFigures {
  readonly interface: string;
  /** False while its card is down or gone. */
  readonly up: boolean;
  readonly packets: number;
  /** Packets that were lost or only counted, by where; null: the engine cannot know. */
  readonly drops: { readonly kernel: number | null; readonly interface: number | null; readonly shed: number };
  readonly flows: number;
}

/** A channel of alerts. */
export interface ChannelFigures {
  readonly channel: string;
  /** Alerts that wait, and dead letters, now. */
  readonly waiting: number;
  readonly dead: number;
  /** Since the database was made. */
  readonly delivered: number;
  /** Alerts that found no place in the queue. */
  readonly refused: number;
  /** Milliseconds since 1970; null: the last attempt succeeded, or there was none. */
  readonly failingSince: number | null;
  /** Attempts that failed, since the start; absent where nobody counts them. */
  readonly failures?: number;
}

export interface ModelFigures {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
}

export interface Figures {
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly now: number;
  readonly captures: readonly CaptureFigures[];
  /** Flows by their score, 0 to 1; absent without a model. */
  readonly scores?: Histogram;
  /** Incidents that were told since the start, also those withdrawn later; one that worsens counts under both severities. */
  readonly incidents: readonly { readonly kind: string; readonly severity: Severity; readonly count: number }[];
  /** Of those that have not closed, by severity. */
  readonly open: Readonly<Record<Severity, number>>;
  readonly channels: readonly ChannelFigures[];
  readonly models: readonly ModelFigures[];
}

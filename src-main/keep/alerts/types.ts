/** What channels of alerts are, and what they are given to send. */
import type { Incident } from '../../../src-shared/domain/report.ts';

/** How a setting of a channel is asked for; the desk draws its forms from this, the settings file is checked by it. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  /** `secret`: kept apart, never shown again. `lines`: a list of texts. `headers`: lines `Name: value`. */
  readonly type: 'text' | 'secret' | 'url' | 'host' | 'port' | 'number' | 'choice' | 'switch' | 'lines' | 'headers';
  readonly required?: boolean;
  readonly default?: FieldValue;
  readonly options?: readonly { value: string; label: string }[];
  readonly min?: number;
  readonly max?: number;
  readonly maxLength?: number;
}
export type FieldValue = string | number | boolean | readonly string[];
/** Checked by the fields; secrets in the clear: never logged, never in an error's message. */
export type ChannelSettings = Readonly<Record<string, FieldValue>>;

export type AlertReason = 'opened' | 'worsened' | 'goes-on' | 'digest' | 'report' | 'test';

/** One message, the same for all channels; its JSON is schema `sonde.alert/1`. */
export interface Alert {
  readonly schema: 'sonde.alert/1';
  /** The same in every repetition of this very message: receivers can drop doubles by it. */
  readonly key: string;
  readonly reason: AlertReason;
  /** When it was made, UTC, ISO 8601. */
  readonly at: string;
  /** The name of this Sonde, as the settings give it. */
  readonly sensor: string;
  /** One line, and some more, in plain words: for channels that send text. */
  readonly title: string;
  readonly text: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly incident?: Incident;
  /** Of a digest: how many by severity, and the gravest. */
  readonly digest?: {
    readonly from: string;
    readonly to: string;
    readonly counts: Readonly<Record<'info' | 'warning' | 'critical', number>>;
    readonly incidents: readonly Pick<Incident, 'uid' | 'kind' | 'severity' | 'title' | 'firstTs' | 'lastTs'>[];
  };
  /** Files that go with it (a report): only channels that can attach send them. */
  readonly attachments?: readonly { name: string; type: string; data: Uint8Array }[];
}

export interface SendContext {
  /** Given up: the time a delivery may take is over, or the program ends. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What the other side said, in its own words, shortened to 500 characters, without secrets. */
export interface Answer {
  readonly words: string;
}

/** `retry`: whether trying again can help. `retryAfterMs`: what the other side asked for. */
export class DeliveryError extends Error {
  readonly retry: boolean;
  readonly retryAfterMs: number | undefined;
  constructor(words: string, retry: boolean, retryAfterMs?: number, options?: ErrorOptions) {
    super(words, options);
    this.name = 'DeliveryError';
    this.retry = retry;
    this.retryAfterMs = retryAfterMs;
  }
}

/** One file in `channels/`, one line in `channels/registry.ts`. */
export interface ChannelKind {
  readonly id: string;
  readonly title: string;
  readonly hint: string;
  readonly fields: readonly Field[];
  /** It sends what is attached to an alert. */
  readonly attaches?: true;
  /** What the fields alone do not catch; null: sound. */
  fault?(settings: ChannelSettings): string | null;
  /** @throws DeliveryError */
  send(alert: Alert, settings: ChannelSettings, context: SendContext): Promise<Answer>;
}

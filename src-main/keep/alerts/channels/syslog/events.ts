/** What an alert says to a log: the same few facts, from which each form of body takes its own names. */
import { VERSION } from '../../../../../src-shared/version.ts';
import { isIPv4, isIPv6 } from 'node:net';
import { plainLines } from '../common/summary.ts';
import type { Alert, AlertReason } from '../../types.ts';

/** Of who made it, as CEF and LEEF name it. */
export const MAKER = ['Sonde', 'Sonde', VERSION] as const;
/** 0 to 10, as both formats count. */
export const SEVERITY = { info: 3, warning: 6, critical: 9 } as const;

/** What CEF and LEEF are made of: an alert, or an incident of a continuous export, which is told of when it closes, too. */
export interface LogAlert extends Omit<Alert, 'reason'> {
  readonly reason: AlertReason | 'closed';
  /** It closed because it turned out to be part of another, or to be explained. */
  readonly withdrawn?: boolean;
}

export interface LogEvent {
  /** The kind of incident, or why the alert was made. */
  readonly id: string;
  readonly start: string;
  readonly end: string;
  readonly source: string | undefined;
  readonly target: string | undefined;
  readonly port: number | undefined;
  /** Of more than one source or target: all of them there were. */
  readonly sources: number;
  readonly targets: number;
}

export function eventOf({ incident, digest, reason, at }: LogAlert): LogEvent {
  return {
    id: incident?.kind ?? reason,
    start: incident?.firstTs ?? digest?.from ?? at,
    end: incident?.lastTs ?? digest?.to ?? at,
    source: incident?.sources[0],
    target: incident?.targets[0],
    port: incident?.ports[0],
    sources: incident?.sourcesTotal ?? 0,
    targets: incident?.targetsTotal ?? 0,
  };
}

/** The text of an incident names what stands in fields of its own. */
export const wordsOf = ({ incident, text }: LogAlert): string => plainLines(incident ? incident.summary : text);

/** Milliseconds since 1970 of an RFC 3339 time, as text. */
export function milliseconds(time: string): string {
  const found = Date.parse(time.replace(/(\.\d{3})\d+/, '$1'));
  return String(Number.isNaN(found) ? 0 : found);
}

export const familyOf = (address: string | undefined): 4 | 6 | 0 => {
  if (address === undefined) return 0;
  return isIPv4(address) ? 4 : isIPv6(address) ? 6 : 0;
};

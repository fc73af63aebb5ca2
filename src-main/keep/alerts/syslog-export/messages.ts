/** Messages of syslog (RFC 5424) of incidents and flows, in one of the formats that are one line an event. */
import { hostname } from 'node:os';
import { VERSION } from '../../../../src-shared/version.ts';
import type { Severity } from '../../../../src-shared/domain/incident.ts';
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import type { FlowBatch } from '../../../meter/flows/types.ts';
import { cefBody } from '../channels/syslog/cef.ts';
import { leefBody } from '../channels/syslog/leef.ts';
import { alertKey, incidentAlert } from '../make.ts';
import { lineFormat, LINE_ENDINGS } from '../../exports/continuous/lines.ts';
import type { SyslogFormat, SyslogTarget } from './target.ts';

/** RFC 5424, table 2: critical, warning, informational. */
const LEVEL: Readonly<Record<Severity, number>> = { critical: 2, warning: 4, info: 6 };
const FLOW_LEVEL = 6;
const HOST_MAX = 255;

export interface SyslogMessages {
  /** Null where it cannot be made as short as the target asks. */
  incident(event: LiveIncident): Buffer | null;
  /** Undefined: this format has no flows. */
  readonly flow: ((batch: FlowBatch, row: number) => Buffer | null) | undefined;
}

/** Visible ASCII without blanks; a hyphen for nothing (RFC 5424 6). */
const named = (text: string): string => text.replace(/[^\x21-\x7e]/g, '-').slice(0, HOST_MAX) || '-';

type Shorter = (event: LiveIncident) => LiveIncident;

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** Totals stay, so that a reader sees that lists were cut. */
const shorter =
  (lists: number, texts: number): Shorter =>
  ({ explanation: _left, ...event }) => ({
    ...event,
    sources: event.sources.slice(0, lists),
    targets: event.targets.slice(0, lists),
    ports: event.ports.slice(0, lists),
    domains: event.domains.slice(0, lists).map((name) => cut(name, texts)),
    evidence: event.evidence.slice(0, lists),
    attributions: [],
    title: cut(event.title, texts),
    summary: cut(event.summary, texts),
    response: event.response.slice(0, 1).map((text) => cut(text, texts)),
    wiresharkFilter: event.wiresharkFilter.length > texts ? '' : event.wiresharkFilter,
  });

/** What is left out, in this order, until it fits. */
const SHORTER: readonly Shorter[] = [
  (event) => event,
  shorter(20, 500),
  shorter(5, 200),
  shorter(1, 80),
  shorter(0, 40),
];

/** CEF and LEEF tell of a message of alerts; why it is sent is said in their words. */
const REASON = { open: 'opened', update: 'goes-on', closed: 'goes-on' } as const;

type Body = (event: LiveIncident, at: number, room: number) => string;

const alertBody =
  (write: typeof cefBody, sensor: string): Body =>
  ({ event: _, state, latencyMs: _late, withdrawn: _gone, ...incident }, at, room) => {
    const key = alertKey('export', incident.uid, state, incident.lastTs);
    return write(incidentAlert(incident, REASON[state], key, { at, sensor }), room);
  };

function endingOf(format: SyslogFormat): string {
  return LINE_ENDINGS.find((ending) => ending.startsWith(`.${format}`))!;
}

/** `now`: milliseconds since 1970. */
export function syslogMessages(target: SyslogTarget, now: () => number, host = hostname()): SyslogMessages {
  const { format, facility, maxBytes } = target;
  const framed = (level: number, id: string, at: number, body: (room: number) => string): Buffer => {
    const stamp = new Date(at).toISOString();
    const origin = `[origin software="Sonde" swVersion="${VERSION}"]`;
    const head = `<${facility * 8 + level}>1 ${stamp} ${named(host)} sonde - ${id} ${origin} `;
    return Buffer.from(head + body(maxBytes - Buffer.byteLength(head)), 'utf8');
  };
  const fitting = (message: Buffer): Buffer | null => (message.length <= maxBytes ? message : null);
  const incidents = (body: Body, steps: readonly Shorter[]): SyslogMessages['incident'] => {
    return (event) => {
      const at = now();
      for (const step of steps) {
        const message = framed(LEVEL[event.severity], event.state, at, (room) => body(step(event), at, room));
        if (message.length <= maxBytes) return message;
      }
      return null;
    };
  };
  if (format === 'cef' || format === 'leef') {
    const body = alertBody(format === 'cef' ? cefBody : leefBody, host);
    return { incident: incidents(body, SHORTER.slice(0, 1)), flow: undefined };
  }
  const { incident, flow } = lineFormat(`x${endingOf(format)}`, VERSION)!;
  return {
    incident: incidents((event) => incident(event).trimEnd(), SHORTER),
    flow: flow && ((batch, row) => fitting(framed(FLOW_LEVEL, 'flow', now(), () => flow(batch, row).trimEnd()))),
  };
}

/** Messages of syslog (RFC 5424) of incidents and flows, in one of the formats that are one line an event. */
import { hostname } from 'node:os';
import { VERSION } from '../../../../src-shared/version.ts';
import { plainText } from '../../../../src-shared/domain/plain-text.ts';
import type { Severity } from '../../../../src-shared/domain/incident.ts';
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import type { FlowBatch } from '../../../meter/flows/types.ts';
import { cefBody } from '../channels/syslog/cef.ts';
import { leefBody } from '../channels/syslog/leef.ts';
import type { LogAlert } from '../channels/syslog/events.ts';
import { alertKey, incidentAlert, testAlert } from '../make.ts';
import { lineFormat, LINE_ENDINGS } from '../../exports/continuous/lines.ts';
import { TEST_TITLE } from '../../exports/continuous/test-line.ts';
import type { SyslogFormat, SyslogTarget } from './target.ts';

/** RFC 5424, table 2: critical, warning, informational. */
const LEVEL: Readonly<Record<Severity, number>> = { critical: 2, warning: 4, info: 6 };
const FLOW_LEVEL = 6;
/** MSGID of a test. */
const TEST_ID = 'test';
const HOST_MAX = 255;

export interface SyslogMessages {
  /** Null where it cannot be made as short as the target asks. */
  incident(event: LiveIncident): Buffer | null;
  /** The same, saying where receivers look that it is a test. */
  test(event: LiveIncident): Buffer | null;
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
const REASON = { open: 'opened', update: 'goes-on' } as const;

type Body = (event: LiveIncident, at: number, room: number) => string;

function closing(alert: LogAlert, title: string, withdrawn: boolean): LogAlert {
  const opening = withdrawn ? 'Withdrawn' : 'Over';
  return { ...alert, reason: 'closed', title: plainText(`${opening}: ${title}`), ...(withdrawn ? { withdrawn } : {}) };
}

const alertBody =
  (write: typeof cefBody, sensor: string): Body =>
  ({ event: _, state, latencyMs: _late, withdrawn = false, ...incident }, at, room) => {
    // One that closed may be told again, with other figures or as withdrawn: that is another message.
    const key = alertKey('export', state, String(withdrawn), JSON.stringify(incident));
    const alert = incidentAlert(incident, state === 'closed' ? 'opened' : REASON[state], key, { at, sensor });
    return write(state === 'closed' ? closing(alert, incident.title, withdrawn) : alert, room);
  };

const testBody =
  (write: typeof cefBody, sensor: string): Body =>
  ({ uid, summary }, at, room) =>
    write({ ...testAlert(uid, { at, sensor }), title: TEST_TITLE, text: summary }, room);

function endingOf(format: SyslogFormat): string {
  return LINE_ENDINGS.find((ending) => ending.startsWith(`.${format}`))!;
}

type Framed = (level: number, id: string, at: number, body: (room: number) => string) => Buffer;

/** With the head of RFC 5424; `id`: its MSGID. */
function framing({ facility, maxBytes }: SyslogTarget, host: string): Framed {
  return (level, id, at, body) => {
    const stamp = new Date(at).toISOString();
    const origin = `[origin software="Sonde" swVersion="${VERSION}"]`;
    const head = `<${facility * 8 + level}>1 ${stamp} ${named(host)} sonde - ${id} ${origin} `;
    return Buffer.from(head + body(maxBytes - Buffer.byteLength(head)), 'utf8');
  };
}

/** `now`: milliseconds since 1970. `host`: the name of this Sonde. */
export function syslogMessages(target: SyslogTarget, now: () => number, host = hostname()): SyslogMessages {
  const { format, maxBytes } = target;
  const framed = framing(target, host);
  const fitting = (message: Buffer): Buffer | null => (message.length <= maxBytes ? message : null);
  const incidents = (body: Body, steps: readonly Shorter[], id?: string): SyslogMessages['incident'] => {
    return (event) => {
      const at = now();
      for (const step of steps) {
        const message = framed(LEVEL[event.severity], id ?? event.state, at, (room) => body(step(event), at, room));
        if (message.length <= maxBytes) return message;
      }
      return null;
    };
  };
  if (format === 'cef' || format === 'leef') {
    const write = format === 'cef' ? cefBody : leefBody;
    const whole = SHORTER.slice(0, 1);
    const test = incidents(testBody(write, host), whole, TEST_ID);
    return { incident: incidents(alertBody(write, host), whole), test, flow: undefined };
  }
  const { incident, test, flow } = lineFormat(`x${endingOf(format)}`, VERSION)!;
  return {
    incident: incidents((event) => incident(event).trimEnd(), SHORTER),
    test: incidents((event) => test(event).trimEnd(), SHORTER, TEST_ID),
    flow: flow && ((batch, row) => fitting(framed(FLOW_LEVEL, 'flow', now(), () => flow(batch, row).trimEnd()))),
  };
}

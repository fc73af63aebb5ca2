/** Formats of one JSON document a line. */
import { calendarTime } from '../../../../src-shared/domain/time.ts';
import type { ExportContext, ExportedIncident, IncidentFormat } from './types.ts';

export function lines(
  id: string,
  ending: string,
  document: (one: ExportedIncident, context: ExportContext) => unknown,
): IncidentFormat {
  return {
    id,
    ending,
    *write(incidents, context) {
      for (const one of incidents) yield `${JSON.stringify(document(dated(one), context))}\n`;
    },
  };
}

/** With times that every reader knows: a damaged capture may have others. */
export function dated({ incident, flow }: ExportedIncident): ExportedIncident {
  const [firstTs, decidedTs, lastTs] = [incident.firstTs, incident.decidedTs, incident.lastTs].map(calendarTime);
  return {
    incident: { ...incident, firstTs: firstTs!, decidedTs: decidedTs!, lastTs: lastTs! },
    ...(flow && { flow: { ...flow, start: calendarTime(flow.start), end: calendarTime(flow.end) } }),
  };
}

/** Milliseconds since 1970 of one of the report's times. */
export function epochMs(time: string): number {
  return Date.parse(`${time.slice(0, 23)}Z`);
}

/** Nanoseconds from one of the report's times to another; up to three months they are exact. */
export function nanosecondsBetween(from: string, to: string): number {
  const seconds = (epochMs(to.slice(0, 19) + '.000') - epochMs(from.slice(0, 19) + '.000')) / 1000;
  return seconds * 1e9 + Number(to.slice(20, 29)) - Number(from.slice(20, 29));
}

/** "T1498.001" is a sub-technique of "T1498". */
export function parentTechnique(id: string): string {
  return id.split('.')[0]!;
}

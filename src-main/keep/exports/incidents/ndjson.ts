/** Incidents as they stand in the report, one a line. */
import type { IncidentFormat } from './types.ts';

export const ndjson: IncidentFormat = {
  id: 'ndjson',
  ending: '.ndjson',
  *write(incidents) {
    for (const { incident } of incidents) yield `${JSON.stringify(incident)}\n`;
  },
};

/** The formats incidents can be written in. Adding one: its file and a line here. */
import { csv } from './csv.ts';
import { ecs } from './ecs.ts';
import { eve } from './eve.ts';
import { ndjson } from './ndjson.ts';
import { ocsf } from './ocsf.ts';
import { stix } from './stix.ts';
import type { IncidentFormat } from './types.ts';

export const INCIDENT_FORMATS: readonly IncidentFormat[] = [csv, ndjson, eve, ecs, ocsf, stix];

/** The format that a file name's ending tells, the longest first; undefined where none is. */
export function formatOfName(name: string): IncidentFormat | undefined {
  return INCIDENT_FORMATS.filter(({ ending }) => name.endsWith(ending)).toSorted(
    (a, b) => b.ending.length - a.ending.length,
  )[0];
}

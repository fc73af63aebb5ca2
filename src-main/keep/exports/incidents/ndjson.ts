/** Incidents as they stand in the report, one a line. */
import { lines } from './lines.ts';

export const ndjson = lines('ndjson', '.ndjson', ({ incident }) => incident);

/** Incidents as they stand in the server, believed as far as they look like incidents: other programs may write there too. */
import type { Incident } from '../../../../src-shared/domain/report.ts';

/** Characters of one; the largest that are written are far smaller. */
const LENGTH_MAX = 1 << 20;

export interface IncidentRecord {
  uid: string;
  /** Undefined: it was withdrawn. */
  incident: Incident | undefined;
}

type Loose = Record<string, unknown>;

const TEXTS = ['uid', 'kind', 'severity', 'title', 'summary', 'firstTs', 'decidedTs', 'lastTs', 'wiresharkFilter'];
const NUMBERS = [
  'id',
  'confidence',
  'sourcesTotal',
  'targetsTotal',
  'portsTotal',
  'domainsTotal',
  'flows',
  'packets',
  'bytes',
];
const LISTS = [
  'sources',
  'targets',
  'ports',
  'domains',
  'technique',
  'evidence',
  'attributions',
  'response',
  'sensors',
];
/** Of the record, not of the incident. */
const OURS: ReadonlySet<string> = new Set(['schema', 'state', 'withdrawn', 'sensors']);
const EVIDENCE = ['fact', 'unit'];

const isObject = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isIncident(value: Loose): boolean {
  const isText = (name: string): boolean => typeof value[name] === 'string';
  const isNumber = (name: string): boolean => typeof value[name] === 'number' && Number.isFinite(value[name]);
  const isList = (name: string): boolean => Array.isArray(value[name]);
  if (!TEXTS.every(isText) || !NUMBERS.every(isNumber) || !LISTS.every(isList)) return false;
  if (!isObject(value['detectors'])) return false;
  return (value['evidence'] as unknown[]).every(
    (one) => isObject(one) && EVIDENCE.every((name) => typeof one[name] === 'string'),
  );
}

/** Undefined for what is no incident. */
export function incidentRecord(body: Uint8Array): IncidentRecord | undefined {
  if (body.length > LENGTH_MAX) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isObject(value) || value['schema'] !== 'sonde.fleet-incident/1' || !isIncident(value)) return undefined;
  const uid = value['uid'] as string;
  if (value['withdrawn'] === true) return { uid, incident: undefined };
  const incident = Object.fromEntries(Object.entries(value).filter(([name]) => !OURS.has(name)));
  return { uid, incident: incident as unknown as Incident };
}

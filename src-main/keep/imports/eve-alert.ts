/** Events of type `alert` of Suricata's eve.json (docs.suricata.io, "Eve JSON Format"): what a rule of the sensor told. */
import { techniqueName } from '../../../src-shared/domain/incident.ts';
import { isObject, wholeOf, type JsonObject } from './json-line.ts';
import type { SensorAlert } from './record.ts';
import { addressInto, calendarMoment } from './values.ts';

const NUMBER_MAX = 2 ** 32 - 1;
const MESSAGE_MAX = 300;
const CATEGORY_MAX = 120;
const TECHNIQUES_MAX = 5;
const SEVERITY_USUAL = 3;

/** As Suricata names the severity of a rule: 1 is the gravest. */
const severityOf = (value: unknown): number => {
  const severity = wholeOf(value);
  return severity >= 1 && severity <= 255 ? severity : SEVERITY_USUAL;
};

const textOf = (value: unknown, most: number): string => (typeof value === 'string' ? value.slice(0, most) : '');

/** Metadata of rules are lists of texts, of techniques ids and names side by side. */
function techniquesOf(metadata: unknown): SensorAlert['techniques'] {
  if (!isObject(metadata)) return [];
  const list = (name: string): unknown[] => (Array.isArray(metadata[name]) ? (metadata[name] as unknown[]) : []);
  const names = list('mitre_technique_name');
  return list('mitre_technique_id')
    .slice(0, TECHNIQUES_MAX)
    .flatMap((given, at) => {
      const id = typeof given === 'string' ? given.toUpperCase() : '';
      const name = textOf(names[at], CATEGORY_MAX).replaceAll('_', ' ');
      return /^T\d{4}(?:\.\d{3})?$/.test(id) ? [{ id, name: name === '' ? techniqueName(id) : name }] : [];
    });
}

/** What the rule told, or what is wrong with it. */
export function eveAlert(object: JsonObject): SensorAlert | string {
  const { alert, timestamp } = object;
  if (!isObject(alert)) return 'it has no alert';
  const moment = typeof timestamp === 'string' ? calendarMoment(timestamp) : null;
  if (!moment) return 'its timestamp is no time';
  const ends = new Uint32Array(8);
  for (const [field, at] of [
    ['src_ip', 0],
    ['dest_ip', 4],
  ] as const) {
    const text = object[field];
    if (typeof text !== 'string' || !addressInto(text, ends, at)) return `${field} is no address`;
  }
  const [sid, gid, rev] = [alert['signature_id'], alert['gid'] ?? 1, alert['rev'] ?? 0].map(wholeOf);
  if (!(sid! <= NUMBER_MAX)) return 'alert.signature_id is no number of a rule';
  const port = wholeOf(object['dest_port'] ?? 0);
  const flow = wholeOf(object['flow_id'] ?? 0);
  return {
    ends,
    sec: moment.sec,
    nano: moment.nano,
    port: port <= 65_535 ? port : 0,
    sid: sid!,
    gid: gid! <= NUMBER_MAX ? gid! : 1,
    rev: rev! <= NUMBER_MAX ? rev! : 0,
    message: textOf(alert['signature'], MESSAGE_MAX),
    category: textOf(alert['category'], CATEGORY_MAX),
    severity: severityOf(alert['severity']),
    blocked: alert['action'] === 'blocked',
    techniques: techniquesOf(alert['metadata']),
    flow: Number.isSafeInteger(flow) ? flow : 0,
  };
}

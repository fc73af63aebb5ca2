/** An alert as JSON (schema `sonde.alert/1`, resources/schemas), whole or short enough for a message of bounded length. */
import type { Incident } from '../../../../../src-shared/domain/report.ts';
import type { Alert } from '../../types.ts';
import { shorten } from '../../http/words.ts';

/** The alert as an object of JSON: of attachments, what they are, not their content. */
export function plainAlert(alert: Alert): object {
  const { attachments = [], ...rest } = alert;
  if (attachments.length === 0) return rest;
  return { ...rest, attachments: attachments.map(({ name, type, data }) => ({ name, type, bytes: data.length })) };
}

export function alertJson(alert: Alert): string {
  return JSON.stringify(plainAlert(alert));
}

type Change = (alert: Alert) => Alert;

const ofIncident =
  (change: (incident: Incident) => Partial<Incident>): Change =>
  (alert) =>
    alert.incident ? { ...alert, incident: { ...alert.incident, ...change(alert.incident) } } : alert;

/** Half of a character takes six bytes of JSON; what stands for it takes three. */
const cutText = (text: string, most: number): string => shorten(text.toWellFormed(), most);

const cutLists = (most: number): Change =>
  ofIncident(({ sources, targets, ports, domains }) => ({
    sources: sources.slice(0, most),
    targets: targets.slice(0, most),
    ports: ports.slice(0, most),
    domains: domains.slice(0, most).map((domain) => cutText(domain, 64)),
  }));

const cutTexts = (most: number): Change => {
  const incident = ofIncident(({ title, summary, response, wiresharkFilter }) => ({
    title: cutText(title, most),
    summary: cutText(summary, most),
    response: response.slice(0, 1).map((text) => cutText(text, most)),
    wiresharkFilter: wiresharkFilter.length > most ? '' : wiresharkFilter,
  }));
  return (alert) =>
    incident({
      ...alert,
      title: cutText(alert.title, most),
      text: cutText(alert.text, most),
      sensor: cutText(alert.sensor, most),
    });
};

const cutDigest =
  (most: number): Change =>
  (alert) =>
    alert.digest ? { ...alert, digest: { ...alert.digest, incidents: alert.digest.incidents.slice(0, most) } } : alert;

function withoutExplanation(alert: Alert): Alert {
  if (!alert.incident) return alert;
  const { explanation: _left, ...incident } = alert.incident;
  return { ...alert, incident: { ...incident, attributions: [] } };
}

/** What is left out, in this order, until the rest fits. Totals stay, so that a reader sees that lists were cut. */
const CHANGES: readonly Change[] = [
  withoutExplanation,
  cutLists(20),
  cutDigest(10),
  ofIncident(({ evidence }) => ({ evidence: evidence.slice(0, 3), detectors: {} })),
  cutLists(3),
  cutTexts(160),
  cutDigest(2),
  ofIncident(() => ({ evidence: [] })),
  cutLists(1),
  cutTexts(60),
  ({ incident: _left, ...alert }) => cutDigest(0)(alert),
  // Control characters take six bytes each.
  cutTexts(20),
  cutTexts(1),
];

/** The JSON in at most `max` bytes of UTF-8; what is left of it still follows the schema. Its least is about 500 bytes, whatever its texts hold. */
export function shortJson(alert: Alert, max: number): string {
  const { attachments: _left, ...whole } = alert;
  let left: Alert = whole;
  let text = JSON.stringify(left);
  for (const change of CHANGES) {
    if (Buffer.byteLength(text) <= max) break;
    left = change(left);
    text = JSON.stringify(left);
  }
  return text;
}

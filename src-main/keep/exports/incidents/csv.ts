/** Incidents as CSV (RFC 4180), one a line; lists within a cell are divided by a blank. What would move or hide text becomes `?`. */
import { safeCell } from '../../../../src-shared/domain/csv.ts';
import { plainText } from '../../../../src-shared/domain/plain-text.ts';
import type { Incident } from '../../../../src-shared/domain/report.ts';
import type { IncidentFormat } from './types.ts';

const COLUMNS: readonly (readonly [name: string, value: (incident: Incident) => string | number])[] = [
  ['uid', (i) => i.uid],
  ['kind', (i) => i.kind],
  ['severity', (i) => i.severity],
  ['confidence', (i) => i.confidence],
  ['title', (i) => i.title],
  ['summary', (i) => i.summary],
  ['first_ts', (i) => i.firstTs],
  ['decided_ts', (i) => i.decidedTs],
  ['last_ts', (i) => i.lastTs],
  ['sources', (i) => i.sources.join(' ')],
  ['sources_total', (i) => i.sourcesTotal],
  ['targets', (i) => i.targets.join(' ')],
  ['targets_total', (i) => i.targetsTotal],
  ['ports', (i) => i.ports.join(' ')],
  ['ports_total', (i) => i.portsTotal],
  ['domains', (i) => i.domains.join(' ')],
  ['domains_total', (i) => i.domainsTotal],
  ['flows', (i) => i.flows],
  ['packets', (i) => i.packets],
  ['bytes', (i) => i.bytes],
  ['technique', (i) => i.technique.map((t) => t.id).join(' ')],
  ['detectors', (i) => Object.keys(i.detectors).join(' ')],
  ['response', (i) => i.response.join(' ')],
  ['wireshark_filter', (i) => i.wiresharkFilter],
];

export const csv: IncidentFormat = {
  id: 'csv',
  ending: '.csv',
  *write(incidents) {
    yield `${COLUMNS.map(([name]) => name).join(',')}\n`;
    for (const { incident } of incidents)
      yield `${COLUMNS.map(([, value]) => safeCell(plainText(String(value(incident))))).join(',')}\n`;
  },
};

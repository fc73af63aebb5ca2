/** What reports say of incidents: the first step on page one, and all evidence behind it. */
import {
  formatAmount,
  formatBytes,
  formatCount,
  formatMeasured,
  formatSure,
  plural,
} from '../../../../src-shared/domain/amounts.ts';
import { techniqueText, type Severity } from '../../../../src-shared/domain/incident.ts';
import type { Incident } from '../../../../src-shared/domain/report.ts';
import type { Block } from './document.ts';

/** On the first page, which holds no more beside the bars and the hosts. */
const FIRST = 3;
const ADDRESSES = 24;
const FILTER_MAX = 400;

export const WORDS: Readonly<Record<Severity, string>> = { critical: 'critical', warning: 'warning', info: 'note' };

/** Of a report that was anonymised. */
export const PSEUDONYMS = 'addresses and names are pseudonyms; who made the report can tell whose';

/** Of a confidence or a risk, as the desk says it. */
export const per = formatSure;

export function listed(items: readonly (string | number)[], total: number, most = ADDRESSES): string {
  const shown = items.slice(0, most).join(', ');
  return total > most ? `${shown} and ${formatCount(total - most)} more` : shown;
}

/** The first sentence: one that ends before another begins. */
function sentence(text: string): string {
  return /^.*?[.!?](?=\s+[A-Z]|$)/s.exec(text)?.[0] ?? text;
}

/** What is told of an incident on page one. */
export type Step = Readonly<Pick<Incident, 'severity' | 'title' | 'summary'>> & { response: readonly string[] };

/** Of incidents that call for action, at most `most`. */
export function firstSteps(incidents: readonly Step[], most = FIRST): Block[] {
  const shown = incidents.filter((i) => i.severity !== 'info').slice(0, most);
  if (shown.length === 0) return [];
  return [
    { kind: 'heading', level: 2, text: 'What to do first' },
    ...shown.flatMap((incident): Block[] => [
      { kind: 'heading', level: 3, text: incident.title, severity: incident.severity },
      { kind: 'text', text: [sentence(incident.summary), incident.response[0] ?? ''].filter(Boolean).join(' ') },
    ]),
  ];
}

function evidenceTable({ evidence }: Incident): Block[] {
  if (evidence.length === 0) return [];
  return [
    {
      kind: 'table',
      columns: [
        { title: 'Evidence', width: 6 },
        { title: 'Measured', right: true, width: 2 },
        { title: 'Usual', right: true, width: 2 },
      ],
      rows: evidence.map(({ fact, value, expected, unit }) => [
        fact,
        formatMeasured(value, unit),
        expected === null ? '' : formatAmount(expected, unit),
      ]),
    },
  ];
}

function reasonTable({ attributions }: Incident): Block[] {
  const shown = attributions.filter(({ contribution }) => contribution > 0);
  if (shown.length === 0) return [];
  return [
    {
      kind: 'table',
      columns: [
        { title: 'What the detectors noticed', width: 8 },
        { title: 'Contribution', right: true, width: 2 },
      ],
      rows: shown.map(({ text, contribution }) => [text, contribution.toFixed(2)]),
    },
  ];
}

/** `number`: its place in the report. `moment`: how a time is said. `more`: facts of it that the caller knows. */
export function incidentBlocks(
  incident: Incident,
  number: number,
  moment: (time: string) => string,
  more: readonly [string, string][] = [],
): Block[] {
  const { technique, detectors, wiresharkFilter } = incident;
  const rows: [string, string][] = [
    ['Kind', `${incident.kind}, ${WORDS[incident.severity]}, confidence ${per(incident.confidence)}`],
    [
      'Time',
      `${moment(incident.firstTs)} to ${moment(incident.lastTs)}; enough evidence ${moment(incident.decidedTs)}`,
    ],
    ['From', listed(incident.sources, incident.sourcesTotal)],
    ['To', listed(incident.targets, incident.targetsTotal)],
    ['Ports', listed(incident.ports, incident.portsTotal)],
    ['Names', listed(incident.domains, incident.domainsTotal)],
    [
      'Traffic',
      `${plural(incident.flows, 'flow')}, ${plural(incident.packets, 'packet')}, ${formatBytes(incident.bytes)}`,
    ],
    ['ATT&CK', technique.map((each) => techniqueText(each)).join(', ')],
    ['Found by', Object.entries(detectors).map(([id, score]) => `${id} (${score.toFixed(3)})`).join(', ')], // prettier-ignore
    ...more,
    ['Identifier', incident.uid],
  ];
  return [
    { kind: 'heading', level: 3, text: `${number}. ${incident.title}`, severity: incident.severity },
    { kind: 'text', text: incident.summary },
    { kind: 'facts', rows: rows.filter(([, value]) => value !== '') },
    ...evidenceTable(incident),
    ...reasonTable(incident),
    ...(incident.response.length > 0
      ? [
          { kind: 'text', text: 'What to do', strong: true } as const,
          { kind: 'list', items: incident.response } as const,
        ]
      : []),
    ...(wiresharkFilter !== '' && wiresharkFilter.length <= FILTER_MAX
      ? [{ kind: 'code', text: wiresharkFilter } as const]
      : []),
  ];
}

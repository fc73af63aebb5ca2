/** An incident as Markdown, for tickets and mail. */
import { plainText } from '../../../src-shared/domain/plain-text.ts';
import { kindOf, techniqueText } from '../../../src-shared/domain/incident.ts';
import { measured, score } from '../../lib/numbers.ts';
import { severityWord } from '../../lib/severity.ts';
import type { IncidentBody } from './types.ts';

/** What Markdown would take for its own, also for a link or a mention, is escaped: others chose the names in a capture. */
export function escapeMarkdown(text: string): string {
  return plainText(text.replace(/[\r\n]+/g, ' '))
    .replace(/[\\`*_{}[\]<>#|~!@&]/g, '\\$&')
    .replace(/:\/\/|(?<=\bwww)\./gi, '\\$&');
}

const MOST = 20;

function listed(values: readonly (string | number)[], total: number): string {
  const shown = values.slice(0, MOST);
  const more = total - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

export function incidentMarkdown(incident: IncidentBody): string {
  const lines = [
    `## ${escapeMarkdown(incident.title)}`,
    '',
    `**${severityWord(incident.severity)}**, ${kindOf(incident.kind).title}, confidence ${score(incident.confidence)}`,
    '',
    escapeMarkdown(incident.summary),
    '',
    `- First seen: ${incident.firstTs}`,
    `- Last seen: ${incident.lastTs}`,
    `- From: ${listed(incident.sources, incident.sourcesTotal)}`,
    `- To: ${listed(incident.targets, incident.targetsTotal)}`,
    ...(incident.ports.length > 0 ? [`- Ports: ${listed(incident.ports, incident.portsTotal)}`] : []),
    ...(incident.domains.length > 0
      ? [`- Domains: ${escapeMarkdown(listed(incident.domains, incident.domainsTotal))}`]
      : []),
    ...incident.technique.map((each) => `- ATT&CK: ${escapeMarkdown(techniqueText(each))}`),
    '',
    ...section('Evidence', evidenceTable(incident)),
    ...section(
      'What to do',
      incident.response.map((step, i) => `${i + 1}. ${escapeMarkdown(step)}`),
    ),
    ...section(
      'Wireshark display filter',
      incident.wiresharkFilter === '' ? [] : ['```', incident.wiresharkFilter.replaceAll('```', ''), '```'],
    ),
    `Incident ${incident.uid}`,
  ];
  return `${lines.join('\n')}\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`### ${title}`, '', ...lines, ''];
}

function evidenceTable({ evidence }: IncidentBody): string[] {
  if (evidence.length === 0) return [];
  const rows = evidence.map(
    ({ fact, value, expected, unit }) =>
      `| ${escapeMarkdown(fact)} | ${measured(value, unit)} | ${expected === null ? '' : measured(expected, unit)} |`,
  );
  return ['| Fact | Observed | Usual |', '|---|---|---|', ...rows];
}

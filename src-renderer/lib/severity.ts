/** Severities and statuses in words, and in order. */
import type { IncidentStatus, Severity } from '../../src-shared/domain/incident.ts';

/** Worst first. */
export const WORST_FIRST: readonly Severity[] = ['critical', 'warning', 'info'];

const WORDS: Record<Severity, string> = { critical: 'Critical', warning: 'Warning', info: 'Info' };
const STATUS_WORDS: Record<IncidentStatus, string> = {
  new: 'New',
  investigating: 'Investigating',
  expected: 'Expected',
  'false-alarm': 'False alarm',
  closed: 'Closed',
};

export function severityWord(severity: Severity): string {
  return WORDS[severity];
}

export function statusWord(status: IncidentStatus): string {
  return STATUS_WORDS[status];
}

/** How a risk of 0…1 is called: the words of the hosts' list and of the graph. */
export function riskLevel(risk: number): 'high' | 'raised' | 'low' | 'none' {
  if (risk >= 0.7) return 'high';
  if (risk >= 0.3) return 'raised';
  return risk > 0 ? 'low' : 'none';
}

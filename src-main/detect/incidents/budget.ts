/**
 * The alarm budget: how many false alarms at warning or above someone tolerates a day on their network. Bare anomalies
 * (flows that only learned scores find unusual) are notes for information, as most of them are harmless; while the known
 * shapes of attack leave the budget unused, the most unusual ones become warnings, until it is used up. It never lowers
 * or hides anything, and a capture shorter than the budget's first alarm raises nothing.
 */
import { SEVERITIES } from '../../../src-shared/domain/incident.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';

const DAY_S = 86_400;
/** Learned scores, and models of the lab. */
const LEARNED = ['anomaly:', 'lab:'];

/** Whether the detector of a finding is one of learned scores alone. */
export function isLearned(detector: string): boolean {
  return LEARNED.some((prefix) => detector.startsWith(prefix));
}

/** Found by learned scores and by nothing else. */
export function isBareAnomaly({ detectors, kind }: Pick<Incident, 'detectors' | 'kind'>): boolean {
  const named = Object.keys(detectors).filter((id) => id.includes(':'));
  return kind.endsWith('-anomaly') && named.length > 0 && named.every(isLearned);
}

export interface BudgetUse {
  /** Alarms tolerated in the time of the capture, whole ones. */
  allowed: number;
  /** Bare anomalies that became warnings. */
  raised: number;
}

/** `perDay`: alarms a day; `seconds`: length of the capture. Raises severities in place, the most confident first. */
export function spendBudget(incidents: readonly Incident[], perDay: number, seconds: number): BudgetUse {
  const days = Math.max(0, seconds) / DAY_S;
  const allowed = Math.floor(perDay * days);
  const alarms = incidents.filter((i) => i.severity !== 'info').length;
  const bare = incidents
    .filter((i) => i.severity === 'info' && isBareAnomaly(i))
    .sort((a, b) => b.confidence - a.confidence || (a.firstTs < b.firstTs ? -1 : 1));
  const chosen = bare.slice(0, Math.max(0, allowed - alarms));
  for (const [n, incident] of chosen.entries()) {
    incident.severity = SEVERITIES[1];
    incident.evidence.push({
      fact: `Raised to a warning within the alarm budget of ${perDay} a day: place by how unusual it is`,
      value: n + 1,
      expected: null,
      unit: `of ${bare.length}`,
    });
  }
  return { allowed, raised: chosen.length };
}

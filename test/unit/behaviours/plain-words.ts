/** What every finding's words must keep to. */
import type { Evidence } from '../../../src-shared/domain/incident.ts';

const AWKWARD =
  /in an instant|loud second|bare address|of long ago|nobody vouches|looked for echo|meanwhile it|undefined|NaN|\b1 (?:requests|packets|hosts|ports|messages)\b/;

/** Words at fault in a finding: awkward phrases, facts without a capital, one fact twice with different numbers. */
export function faults(finding: { title: string; summary: string; evidence: readonly Evidence[] }): string[] {
  const found = [finding.title, finding.summary, ...finding.evidence.map((one) => one.fact)].filter((text) =>
    AWKWARD.test(text),
  );
  for (const one of finding.evidence) if (!/^[A-Z0-9]/.test(one.fact)) found.push(one.fact);
  const labels = finding.evidence.map((one) => one.fact);
  found.push(...labels.filter((label, i) => labels.indexOf(label) !== i));
  for (const one of finding.evidence) {
    if (one.unit === 'share' && (one.value < 0 || one.value > 1)) found.push(`${one.fact}: ${one.value}`);
  }
  return found;
}

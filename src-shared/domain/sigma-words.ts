/** How evidence names a Sigma rule, and the names read back: detectors are known by ids, people by titles. */
import type { Evidence } from './incident.ts';

/** Letters of an id that evidence holds, and that a detector does (`sigma:…`). */
const EVIDENCE_ID_MAX = 64;
export const SIGMA_DETECTOR_MAX = 60;

const NAMED = /Sigma rule “(.{1,256}?)” \(level [a-z]+, id ([^)]+)\)/u;

/** "Sigma rule “Title” (level high, id 3d8c…)". */
export function sigmaRuleWords({ title, level, id }: { title: string; level: string; id: string }): string {
  return `Sigma rule “${title}” (level ${level}${id === '' ? '' : `, id ${id.slice(0, EVIDENCE_ID_MAX)}`})`;
}

/** Titles of Sigma rules that evidence names, by their detectors; without those that have no id. */
export function sigmaTitles(evidence: readonly Evidence[]): ReadonlyMap<string, string> {
  return new Map(
    evidence.flatMap(({ fact }): [string, string][] => {
      const [, title, id] = NAMED.exec(fact) ?? [];
      return title === undefined || id === undefined ? [] : [[`sigma:${id.slice(0, SIGMA_DETECTOR_MAX)}`, title]];
    }),
  );
}

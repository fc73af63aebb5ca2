/** Detectors of an incident as people know them, by where their judgement comes from. */
import type { Evidence } from '../../../src-shared/domain/incident.ts';
import { sigmaTitles } from '../../../src-shared/domain/sigma-words.ts';

const NAMES: Readonly<Record<string, string>> = {
  'mean-z2': 'Distance from the mean',
  'median-mad': 'Distance from the median',
  'iqr-fences': 'Quartile fences',
  'isolation-forest': 'Isolation forest',
  autoencoder: 'Autoencoder',
  'http-gate': 'Remote control over HTTP',
  ewma: 'Moving average (EWMA)',
  seasonal: 'Same hour of other days',
  'volume-box': 'Volume box plot',
  'two-sample': 'Two-sample tests',
  intel: 'Indicator lists',
};

export const GROUPS = [
  'Rules and lists',
  'Known shapes of attack',
  'Learned from usual traffic',
  'Learned from this capture',
  'Models of the lab',
] as const;
export type Group = (typeof GROUPS)[number];

const BY_ORIGIN: Readonly<Record<string, Group>> = {
  signature: GROUPS[0],
  sigma: GROUPS[0],
  intel: GROUPS[0],
  behaviour: GROUPS[1],
  learned: GROUPS[2],
  capture: GROUPS[3],
  lab: GROUPS[4],
};

const NO_TITLES: ReadonlyMap<string, string> = new Map();
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-/i;
/** What learned from traffic, and says how unusual flows are: nothing where there were too few of them. */
const SCORING: readonly Group[] = [GROUPS[2], GROUPS[3]];

/** `titles`: of Sigma rules. `signature:…` is the number of a rule, `intel` a list, `capture:…` learned from this capture, `behaviour:…` knows a shape of attack, `lab:…` was promoted. */
export function detectorName(
  id: string,
  titles: ReadonlyMap<string, string> = NO_TITLES,
): { name: string; group: Group } {
  const mark = id.indexOf(':');
  const alone = id === 'intel' ? id : 'learned';
  const [origin, rest] = mark < 0 ? [alone, id] : [id.slice(0, mark), id.slice(mark + 1)];
  if (origin === 'signature') return { name: `Rule ${rest}`, group: GROUPS[0] };
  const title = titles.get(id);
  if (title !== undefined) return { name: title, group: GROUPS[0] };
  if (origin === 'sigma' && UUID.test(rest)) return { name: `Sigma rule ${rest}`, group: GROUPS[0] };
  const plain = rest.replaceAll('-', ' ');
  const name = Object.hasOwn(NAMES, rest) ? NAMES[rest]! : plain.charAt(0).toUpperCase() + plain.slice(1);
  return { name, group: BY_ORIGIN[origin] ?? GROUPS[2] };
}

export interface ShownDetector {
  id: string;
  name: string;
  group: Group;
  /** 0…1. */
  value: number;
}

export const isLearned = ({ group }: ShownDetector): boolean => SCORING.includes(group);

interface Judged {
  detectors: Readonly<Record<string, number>>;
  evidence: readonly Evidence[];
}

/** Surest first; without what learns where the flows of the capture were too few to be judged. */
export function shownDetectors({ detectors, evidence }: Judged, scored: boolean): ShownDetector[] {
  const titles = sigmaTitles(evidence);
  return Object.entries(detectors)
    .map(([id, value]) => ({ id, value, ...detectorName(id, titles) }))
    .filter((each) => scored || !isLearned(each))
    .sort((a, b) => b.value - a.value);
}

/** Texts of rules are their authors': of an incident that they told of, what they say goes; which rules they were stays. */
import type { Incident } from '../../../../src-shared/domain/report.ts';
import type { OwnTexts } from './words.ts';

const RULE = /^(?:signature|sigma):/;
const NUMBERED = /^signature:(\d+)$/;
/** A sensor's rule is told of without quotes. */
const OF_SENSOR = /^Alerts of the sensor's rule (\d{1,10}) \(revision (\d{1,10})/;
/** What follows is the rule's. */
const OF_SIGMA = /^(?:Harmless causes that the Sigma rule|What the Sigma rule) /;
const REFERS = /^What rule (\d{1,10}) looks for is described at /;
/** What follows are titles of other findings. */
const ALSO = ' Also: ';

/** By its text, not by its number alone: other people's rules may have any. */
export function isOwnRule(sid: number, texts: readonly string[], { rules }: OwnTexts): boolean {
  const message = rules.get(sid);
  return message !== undefined && texts.some((text) => text.includes(message));
}

/** Detectors that are rules of others. */
function othersOf({ detectors, title, summary, evidence }: Incident, own: OwnTexts): string[] {
  const texts = [title, summary, ...evidence.map(({ fact }) => fact)];
  return Object.keys(detectors).filter((id) => {
    const sid = NUMBERED.exec(id)?.[1];
    return RULE.test(id) && (sid === undefined || !isOwnRule(Number(sid), texts, own));
  });
}

function nameOf(id: string): string {
  const sid = NUMBERED.exec(id)?.[1];
  return sid === undefined ? 'A Sigma rule' : `Rule ${sid}`;
}

/** What stays where a finding that is no rule of others comes first. */
function shortened(summary: string, others: readonly string[]): string {
  const at = summary.indexOf(ALSO);
  if (at < 0) return summary;
  return `${summary.slice(0, at)}${ALSO}${[...new Set(others.map(nameOf))].join('; ')}.`;
}

/** Whether advice tells what a rule of others says. */
function isTheirs(advice: string, others: readonly string[]): boolean {
  const sid = REFERS.exec(advice)?.[1];
  return OF_SIGMA.test(advice) || (sid !== undefined && others.includes(`signature:${sid}`));
}

/** The incident without what rules of others say of themselves; the same one where there is none of them. */
export function withoutRuleTexts(incident: Incident, own: OwnTexts): Incident {
  const others = othersOf(incident, own);
  if (others.length === 0) return incident;
  const { sources, targets, summary } = incident;
  const evidence = incident.evidence.map((each) => {
    const [, sid, rev] = OF_SENSOR.exec(each.fact) ?? [];
    return sid === undefined ? each : { ...each, fact: `Alerts of the sensor's rule ${sid} (revision ${rev})` };
  });
  const response = incident.response.filter((each) => !isTheirs(each, others));
  // The first is that of the finding that gives the incident its words.
  const lead = Object.keys(incident.detectors)[0]!;
  if (!others.includes(lead)) return { ...incident, evidence, response, summary: shortened(summary, others) };
  const ends = [sources, targets].flatMap((side) => side.slice(0, 1));
  return {
    ...incident,
    evidence,
    title: [nameOf(lead), ends.join(' to ')].filter(Boolean).join(': '),
    summary: `${nameOf(lead)} matched.`,
    response,
  };
}

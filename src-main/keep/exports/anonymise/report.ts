/**
 * Reports without whom they tell of. Every text of a report goes through a rule: by the name of its field, else as a
 * sentence, of which only Sonde's own words are left. So a field that is new is safe before anybody thinks of it.
 */
import type { Incident, TriageReport } from '../../../../src-shared/domain/report.ts';
import type { PeriodFacts } from '../../store/queries/period/index.ts';
import { isOwnRule, withoutRuleTexts } from './rule-texts.ts';
import type { Anonymiser } from './words.ts';

/** What is done with a text. `drop`: with all that is below a field. */
type Rule = 'keep' | 'sentence' | 'address' | 'name' | 'digits' | 'detector' | 'class' | 'nothing';

/** By the name of a field, or by that of the one above it, a dot and its own. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ...entries('keep', 'schema version kind severity format status state code unit firstTs decidedTs lastTs first last'),
  ...entries('keep', 'linkTypes backend zone feature kinds guide'),
  ...entries('keep', 'profile.name device.kind role decision'),
  ...entries('address', 'address network sources targets networks within'),
  ...entries('name', 'name domains path file captureName sensor user author note'),
  ...entries('name', 'silences.reason elsewhere.name'),
  ...entries('digits', 'uid sha256 hosts.incidents'),
  ...entries('class', 'classtype'),
  ...entries('detector', 'detectors.id detectors. promoted.id promoted.detector'),
  // Where an address is registered tells more of it than its pseudonym may.
  ...entries('nothing', 'place places geo intel.reasons'),
]);

function entries(rule: Rule, names: string): [string, Rule][] {
  return names.split(' ').map((name) => [name, rule]);
}

/** Detectors and behaviours of Sonde, and rules by their number; the names of others are somebody's. */
const DETECTOR = /^(?:[a-z0-9]+(?:-[a-z0-9]+)*|behaviour:[a-z0-9-]+|signature:\d+|[a-z]+:[a-z]+(?:-[a-z]+)*)$/;
const TECHNIQUE = /^T\d{4}(?:\.\d{3})?$/;
const OWN_NAMES = /^(?:lab|sigma|intel):/;

function detectorName(id: string, { names }: Anonymiser): string {
  if (DETECTOR.test(id) && !OWN_NAMES.test(id)) return id;
  const at = id.indexOf(':');
  return at < 0 ? names.name(id) : `${id.slice(0, at + 1)}${names.name(id.slice(at + 1))}`;
}

/** A class of rules that nobody else uses would be somebody's. */
function knownClass(text: string, { own }: Anonymiser): string {
  return own.words.has(text) ? text : '';
}

/** By its id, whatever a rule calls it. */
function technique(id: string, { own, names }: Anonymiser): { id: string; name: string } {
  if (!TECHNIQUE.test(id)) return { id: names.name(id), name: '' };
  return { id, name: own.techniques.get(id) ?? id };
}

function applied(rule: Rule, text: string, by: Anonymiser): string {
  switch (rule) {
    case 'keep':
      return text;
    case 'sentence':
      return by.text(text);
    case 'address':
      return text === '' ? '' : by.address(text);
    case 'name':
      return text === '' || text === '-' ? text : by.names.name(text);
    case 'digits':
      return text === '' ? '' : by.names.digits(text, text.length);
    case 'detector':
      return detectorName(text, by);
    case 'class':
      return knownClass(text, by);
    case 'nothing':
      return '';
  }
}

interface Place {
  /** Names of the field, and of the one that it is in. */
  field: string;
  within: string;
}

function ruleOf({ field, within }: Place): Rule {
  return RULES.get(`${within}.${field}`) ?? RULES.get(field) ?? 'sentence';
}

/** Names of fields are Sonde's, but in lists of scores by detector. */
function walkFields(value: object, place: Place, by: Anonymiser): object {
  if (place.field === 'technique' && 'id' in value && typeof value.id === 'string') return technique(value.id, by);
  const scores = RULES.get(`${place.field}.`);
  const fields = Object.entries(value).flatMap(([name, each]): [string, unknown][] => {
    const below = { field: name, within: place.field };
    if (ruleOf(below) === 'nothing') return [];
    return [[scores ? applied(scores, name, by) : name, walk(each, below, by)]];
  });
  return Object.fromEntries(fields);
}

function walk(value: unknown, place: Place, by: Anonymiser): unknown {
  if (typeof value === 'string') return applied(ruleOf(place), value, by);
  if (Array.isArray(value)) return value.map((each) => walk(each, place, by));
  return typeof value === 'object' && value !== null ? walkFields(value, place, by) : value;
}

const ROOT: Place = { field: '', within: '' };

/** Texts of rules are their authors', and their numbers tell whoever has the rules the same; Sonde's own stay. */
function ruleWords(report: TriageReport, by: Anonymiser): TriageReport['signatures'] {
  return report.signatures.map((each) => {
    const { sid, message } = each;
    const isOwn = isOwnRule(sid, [message], by.own) && by.own.phrases.has(message);
    const said = sid === 0 ? '' : `rule ${sid}`;
    return { ...each, message: isOwn ? message : said, classtype: knownClass(each.classtype, by) };
  });
}

/** The report as it can be given away; the same pseudonyms as in a capture by the same key. */
export function anonymisedReport(report: TriageReport, by: Anonymiser): TriageReport {
  for (const { domains } of report.incidents) by.names.knowDomains(domains);
  const said = walk({ ...report, signatures: [], rules: { ...report.rules, refused: [] } }, ROOT, by) as TriageReport;
  return {
    ...said,
    anonymised: true,
    incidents: report.incidents.map((incident) => anonymisedIncident(incident, by)),
    signatures: ruleWords(report, by).map(({ file: _file, ...each }) => ({ ...each, ...(each.id ? { id: '' } : {}) })),
    // What a rule is refused for quotes it.
    rules: { ...report.rules, refused: [] },
  };
}

export function anonymisedIncident(incident: Incident, by: Anonymiser): Incident {
  by.names.knowDomains(incident.domains);
  return walk(withoutRuleTexts(incident, by.own), ROOT, by) as Incident;
}

/** What a report of a period is made of, as it can be given away. */
export function anonymisedPeriod(facts: PeriodFacts, by: Anonymiser): PeriodFacts {
  for (const { incident } of facts.told) by.names.knowDomains(incident.domains);
  const said = walk(facts, ROOT, by) as PeriodFacts;
  const told = facts.told.map((each, at) => ({ ...said.told[at]!, incident: anonymisedIncident(each.incident, by) }));
  return { ...said, told };
}

/** One rule of detection, from its YAML. */
import type { Terms } from '../expression/allowance.ts';
import { RuleFault } from '../rules/fault.ts';
import { parseAggregation, type Tally } from './aggregation.ts';
import { parseCondition, type Condition } from './condition.ts';
import { headOf, type Head, type Place } from './head.ts';
import type { LogKind } from './kinds.ts';
import { logOf } from './log-source.ts';
import { Values } from './modifiers.ts';
import type { Node } from './node.ts';
import { searchNode } from './selection.ts';
import { isMap, type YamlMap } from './yaml.ts';

export interface SigmaRule extends Head {
  log: LogKind;
  node: Node;
  /** Absent where each event is told. */
  tally: Tally | undefined;
  /** Rules of correlation look at it, and none asks that it tells by itself. */
  silent: boolean;
}

/** Keys of `detection` that are no searches. */
const RESERVED: ReadonlySet<string> = new Set(['condition', 'timeframe']);
/** Keys of a document that would change what is found, if they were passed over. */
const REFUSED_KEYS: ReadonlyMap<string, string> = new Map([
  ['action', 'collections of rules (action: global and the like) are not known'],
  ['filter', 'it is a filter of other rules: those are not known'],
]);

/** `terms`: of all rules that are read together. @throws RuleFault */
export function parseSigmaRule(map: YamlMap, place: Place, terms: Terms = {}): SigmaRule {
  for (const [key, reason] of REFUSED_KEYS) if (map.has(key)) throw new RuleFault(key, reason);
  const head = headOf(map, place);
  const source = map.get('logsource');
  if (!isMap(source)) throw new RuleFault('logsource', 'a rule needs one');
  const log = logOf(source);
  const detection = map.get('detection');
  if (!isMap(detection)) throw new RuleFault('detection', 'a rule needs one');
  const conditions = conditionsOf(detection, log, terms);
  const tallies = conditions.filter(({ aggregation }) => aggregation !== '');
  if (tallies.length > 0 && conditions.length > 1)
    throw new RuleFault('condition', 'several conditions cannot be counted together');
  const [first] = tallies;
  if (!first && detection.has('timeframe')) throw new RuleFault('timeframe', 'nothing is counted over it');
  const of = conditions.map(({ node }) => node);
  return {
    ...head,
    log,
    node: of.length === 1 ? of[0]! : { op: 'or', of },
    tally: first && parseAggregation(first.aggregation, detection.get('timeframe'), log),
    silent: false,
  };
}

function conditionsOf(detection: YamlMap, log: LogKind, terms: Terms): Condition[] {
  const given = detection.get('condition');
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const texts = list.filter((one) => typeof one === 'string');
  if (texts.length === 0 || texts.length !== list.length) throw new RuleFault('condition', 'a rule needs one, as text');
  const values = new Values(terms);
  const searches = new Map<string, Node>();
  for (const [name, search] of detection)
    if (!RESERVED.has(name)) searches.set(name, searchNode(name, search, log, values));
  return texts.map((text) => parseCondition(text, searches));
}

/** Rules about rules: so many events of them, different values in them, or all of them, within some time (Sigma's correlations). */
import { RuleFault } from '../rules/fault.ts';
import { byFields, leastOf, secondsOf } from './aggregation.ts';
import { headOf, type Head, type Place } from './head.ts';
import { SIGMA_LIMITS } from './limits.ts';
import { fieldOf } from './modifiers.ts';
import type { SigmaRule } from './rule.ts';
import type { WindowKind } from './window.ts';
import { isMap, type YamlMap } from './yaml.ts';

/** As it stands in the file: the rules it is about may come later, or in another file. */
export interface CorrelationDraft extends Head {
  type: string;
  refers: readonly string[];
  groupBy: readonly string[];
  /** Name → name of a rule → its field. */
  aliases: ReadonlyMap<string, YamlMap>;
  seconds: number;
  condition: YamlMap | undefined;
  /** Its rules tell by themselves, too. */
  generates: boolean;
}

/** A rule that is looked at, and what of its events counts. */
export interface Correlated {
  rule: SigmaRule;
  by: readonly number[];
  /** Field whose values are counted, -1 where none are. */
  of: number;
}

export interface SigmaCorrelation extends Head {
  window: WindowKind;
  rules: readonly Correlated[];
}

const TYPES: ReadonlySet<string> = new Set(['event_count', 'value_count', 'temporal', 'temporal_ordered']);
const OPERATORS: ReadonlyMap<string, string> = new Map([
  ['gt', '>'],
  ['gte', '>='],
  ['lt', '<'],
  ['lte', '<='],
  ['eq', '='],
  ['neq', '!='],
]);

function words(map: YamlMap, key: string, most: number): string[] {
  const given = map.get(key);
  if (given === undefined || given === null) return [];
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const texts = list.filter((one) => typeof one === 'string');
  if (texts.length !== list.length) throw new RuleFault(key, 'it is no list of names');
  if (texts.length > most) throw new RuleFault(key, `more than ${most} names`);
  return texts;
}

/** @throws RuleFault */
export function parseCorrelation(map: YamlMap, place: Place): CorrelationDraft {
  const head = headOf(map, place);
  const correlation = map.get('correlation');
  if (!isMap(correlation)) throw new RuleFault('correlation', 'it is no map');
  if (map.has('detection')) throw new RuleFault('detection', 'a rule of correlation has none of its own');
  const type = correlation.get('type');
  if (typeof type !== 'string' || !TYPES.has(type))
    throw new RuleFault('type', `“${String(type).slice(0, 40)}” is none of ${[...TYPES].join(', ')}`);
  const refers = words(correlation, 'rules', SIGMA_LIMITS.correlated);
  if (refers.length === 0) throw new RuleFault('rules', 'it names no rules');
  const condition = correlation.get('condition');
  if (condition !== undefined && !isMap(condition)) throw new RuleFault('condition', 'it is no map');
  return {
    ...head,
    type,
    refers,
    groupBy: words(correlation, 'group-by', SIGMA_LIMITS.groupBy),
    aliases: aliasesOf(correlation.get('aliases')),
    seconds: secondsOf('timespan', correlation.get('timespan')),
    condition,
    generates: correlation.get('generate') === true || map.get('generate') === true,
  };
}

function aliasesOf(given: unknown): ReadonlyMap<string, YamlMap> {
  if (given === undefined || given === null) return new Map();
  if (!isMap(given)) throw new RuleFault('aliases', 'it is no map');
  const aliases = new Map<string, YamlMap>();
  for (const [name, fields] of given) {
    if (!isMap(fields)) throw new RuleFault('aliases', `“${name.slice(0, 40)}” is no map of rules and fields`);
    aliases.set(name, fields);
  }
  return aliases;
}

/** The rules by name and by id. @throws RuleFault */
export function settleCorrelation(
  draft: CorrelationDraft,
  find: (name: string) => SigmaRule | undefined,
): SigmaCorrelation {
  const { type, refers, groupBy, aliases, seconds, condition, generates: _, ...head } = draft;
  const { least, field } = conditionOf(type, condition);
  const rules = refers.map((name): Correlated => {
    const rule = find(name);
    if (!rule) throw new RuleFault('rules', `no rule “${name.slice(0, 80)}” was loaded`);
    if (rule.tally) throw new RuleFault('rules', `“${name.slice(0, 80)}” counts by itself`);
    const named = (alias: string): string => {
      const fields = aliases.get(alias);
      if (!fields) return alias;
      const own = fields.get(name);
      if (typeof own === 'string') return own;
      throw new RuleFault('aliases', `“${alias.slice(0, 40)}” says nothing of “${name.slice(0, 80)}”`);
    };
    const of = field === '' ? -1 : fieldOf(named(field), rule.log);
    return { rule, by: byFields(groupBy.map(named), rule.log), of };
  });
  return { ...head, rules, window: windowOf(type, rules.length, least, seconds) };
}

function windowOf(type: string, rules: number, least: number, seconds: number): WindowKind {
  if (type === 'temporal') return { kind: 'together', rules, seconds };
  if (type === 'temporal_ordered') return { kind: 'in-order', rules, seconds };
  return { kind: type === 'value_count' ? 'values' : 'events', least, seconds };
}

function conditionOf(type: string, condition: YamlMap | undefined): { least: number; field: string } {
  if (type.startsWith('temporal')) {
    if (condition) throw new RuleFault('condition', 'rules that meet take none');
    return { least: 0, field: '' };
  }
  if (!condition) throw new RuleFault('condition', 'it says not how many');
  let field = '';
  let least: number | undefined;
  for (const [key, value] of condition) {
    if (key === 'field' && typeof value === 'string') field = value;
    else if (OPERATORS.has(key) && typeof value === 'number') {
      const one = leastOf('condition', OPERATORS.get(key)!, value);
      if (least !== undefined) throw new RuleFault('condition', 'it says twice how many');
      least = one;
    } else throw new RuleFault('condition', `“${key.slice(0, 40)}” is not known`);
  }
  if (least === undefined) throw new RuleFault('condition', 'it says not how many');
  if ((type === 'value_count') !== (field !== ''))
    throw new RuleFault(
      'condition',
      type === 'value_count' ? 'it names no field' : 'events have no field to be counted by',
    );
  return { least, field };
}

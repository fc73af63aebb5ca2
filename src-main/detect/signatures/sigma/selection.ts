/** A search of `detection`: a map, a list of maps, or words to be found anywhere. */
import { RuleFault } from '../rules/fault.ts';
import type { LogKind } from './kinds.ts';
import type { Node } from './node.ts';
import { fieldNode, keywords, type Values } from './modifiers.ts';
import { isMap, type YamlMap } from './yaml.ts';

/** @throws RuleFault */
export function searchNode(name: string, given: unknown, kind: LogKind, values: Values): Node {
  if (isMap(given)) return mapNode(name, given, kind, values);
  if (!Array.isArray(given)) return keywords([given], false, values);
  const list: readonly unknown[] = given;
  if (list.length === 0) throw new RuleFault(name.slice(0, 80), 'it has no values');
  const of = list.map((one) => {
    if (Array.isArray(one)) throw new RuleFault(name.slice(0, 80), 'a list stands in a list');
    return isMap(one) ? mapNode(name, one, kind, values) : keywords([one], false, values);
  });
  return of.length === 1 ? of[0]! : { op: 'or', of };
}

function mapNode(name: string, map: YamlMap, kind: LogKind, values: Values): Node {
  if (map.size === 0) throw new RuleFault(name.slice(0, 80), 'it has no values');
  const of = [...map].map(([key, value]) => {
    if (isMap(value)) throw new RuleFault(key.slice(0, 80), 'a map stands where values belong');
    return fieldNode(key, value, kind, values);
  });
  return of.length === 1 ? of[0]! : { op: 'and', of };
}

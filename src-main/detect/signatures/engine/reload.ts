/** Other rules in the place of some: what flows remember of them by their place in the order. */
import type { RuleFlow } from '../flow/flow.ts';
import type { Rule } from '../rules/rule.ts';

const keyOf = ({ gid, sid, rev }: Rule): string => `${gid}:${sid}:${rev}`;

/** From the place of a rule to the one that the same rule has now; those that are gone have none. */
export function movedPlaces(before: readonly Rule[], now: readonly Rule[]): ReadonlyMap<number, number> {
  const places = new Map(now.map((rule) => [keyOf(rule), rule.order]));
  const moved = new Map<number, number>();
  for (const rule of before) {
    const place = places.get(keyOf(rule));
    if (place !== undefined) moved.set(rule.order, place);
  }
  return moved;
}

/** Of a flow: numbers below 0 stand for no rule and stay. */
export function movePlaces(flow: RuleFlow, places: ReadonlyMap<number, number>): void {
  for (const set of flow.remembered()) {
    const all = [...set];
    set.clear();
    for (const place of all) {
      const moved = place < 0 ? place : places.get(place);
      if (moved !== undefined) set.add(moved);
    }
  }
}

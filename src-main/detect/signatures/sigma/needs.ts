/** By what a rule can be found: texts of which one is there whenever it holds. */
import type { Literal, Node } from './node.ts';

/** Shorter parts are in too many texts to be looked for. */
export const LITERAL_MIN = 3;
const EXACT_BONUS = 1000;

/** How few texts have the least telling of them; of fewer ones the better. */
function worth(literals: readonly Literal[]): number {
  const least = Math.min(...literals.map(({ text, exact }) => text.length + (exact ? EXACT_BONUS : 0)));
  return least - Math.log2(literals.length);
}

/** Null: it may hold for any event of its log. */
export function needsOf(node: Node): readonly Literal[] | null {
  switch (node.op) {
    case 'test':
      return usable(node.test.needs);
    case 'not':
    case 'anywhere':
      return null;
    case 'or': {
      const all: Literal[] = [];
      for (const one of node.of) {
        const needs = needsOf(one);
        if (!needs) return null;
        all.push(...needs);
      }
      // Of nothing none holds: the rule is never looked at, as it never tells.
      return all;
    }
    case 'and': {
      let best: readonly Literal[] | null = null;
      for (const one of node.of) {
        const needs = needsOf(one);
        if (needs && needs.length === 0) return needs;
        if (needs && (!best || worth(needs) > worth(best))) best = needs;
      }
      return best;
    }
  }
}

function usable(needs: readonly Literal[] | null): readonly Literal[] | null {
  return needs?.every(({ text, exact }) => exact || text.length >= LITERAL_MIN) ? needs : null;
}

/** What a rule asks, as a tree; and whether it holds for an event. */
import type { LogEvent } from './event.ts';

/**
 * Part of a text, in lower case, without which a test does not hold. `exact`: it is the whole of it. Fields are numbers of the
 * kind of log that the rule is about.
 */
export interface Literal {
  field: number;
  text: string;
  exact: boolean;
}

/** A question about one field. */
export interface FieldTest {
  readonly field: number;
  holds(event: LogEvent): boolean;
  /** One of these is there whenever the test holds; null: nothing can be said. */
  readonly needs: readonly Literal[] | null;
}

export type Node =
  | { readonly op: 'and' | 'or'; readonly of: readonly Node[] }
  | { readonly op: 'not'; readonly of: Node }
  | { readonly op: 'test'; readonly test: FieldTest }
  /** Of each text of the event, whatever its field. */
  | { readonly op: 'anywhere'; readonly matches: (text: string) => boolean };

export function holds(node: Node, event: LogEvent): boolean {
  switch (node.op) {
    case 'and':
      for (const one of node.of) if (!holds(one, event)) return false;
      return true;
    case 'or':
      for (const one of node.of) if (holds(one, event)) return true;
      return false;
    case 'not':
      return !holds(node.of, event);
    case 'test':
      return node.test.holds(event);
    case 'anywhere':
      for (let field = 0; field < event.cells.length; field++) if (event.lowers(field).some(node.matches)) return true;
      return false;
  }
}

/** Tests that a tree has, each once. */
export function testsOf(node: Node, into: Set<FieldTest> = new Set()): Set<FieldTest> {
  if (node.op === 'test') into.add(node.test);
  else if (node.op === 'not') testsOf(node.of, into);
  else if (node.op !== 'anywhere') for (const one of node.of) testsOf(one, into);
  return into;
}

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
  /** undefined: it cannot be told, as a text is longer than what is looked through. */
  holds(event: LogEvent): boolean | undefined;
  /** One of these is there whenever the test holds; null: nothing can be said. */
  readonly needs: readonly Literal[] | null;
}

export type Node =
  | { readonly op: 'and' | 'or'; readonly of: readonly Node[] }
  | { readonly op: 'not'; readonly of: Node }
  | { readonly op: 'test'; readonly test: FieldTest }
  /** Of each text of the event, whatever its field. */
  | { readonly op: 'anywhere'; readonly matches: (text: string) => boolean };

/** What cannot be told does not hold, nor does its opposite. */
export function holds(node: Node, event: LogEvent): boolean {
  return told(node, event) === true;
}

function told(node: Node, event: LogEvent): boolean | undefined {
  switch (node.op) {
    case 'and':
      return firstOf(node.of, event, false);
    case 'or':
      return firstOf(node.of, event, true);
    case 'not': {
      const inner = told(node.of, event);
      return inner === undefined ? undefined : !inner;
    }
    case 'test':
      return node.test.holds(event);
    case 'anywhere':
      for (let field = 0; field < event.cells.length; field++) if (event.lowers(field).some(node.matches)) return true;
      return false;
  }
}

/** `deciding` where one of them is so; else the opposite, unless one cannot be told. */
function firstOf(nodes: readonly Node[], event: LogEvent, deciding: boolean): boolean | undefined {
  let open = false;
  for (const one of nodes) {
    const answer = told(one, event);
    if (answer === deciding) return deciding;
    open ||= answer === undefined;
  }
  return open ? undefined : !deciding;
}

/** Tests that a tree has, each once. */
export function testsOf(node: Node, into: Set<FieldTest> = new Set()): Set<FieldTest> {
  if (node.op === 'test') into.add(node.test);
  else if (node.op === 'not') testsOf(node.of, into);
  else if (node.op !== 'anywhere') for (const one of node.of) testsOf(one, into);
  return into;
}

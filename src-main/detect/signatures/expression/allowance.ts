/** What the regular expressions of a set of rules may come to together, and whether they are tried when they are read. */

/**
 * Instructions of all expressions of a set. To try them all when they are read takes some seconds at most, and to hold
 * those that are needed some hundred megabytes; public sets of tens of thousands of rules come to a quarter of it.
 */
export const TOGETHER = 2_000_000;

/** No more expressions are taken. */
export class AllowanceSpent extends Error {}

export class Allowance {
  private left: number;

  constructor(size = TOGETHER) {
    this.left = size;
  }

  /** @throws AllowanceSpent */
  take(size: number): void {
    if (size > this.left)
      throw new AllowanceSpent(`counted out, the expressions of all rules together have more than ${TOGETHER} parts`);
    this.left -= size;
  }
}

export interface Terms {
  /** Of the set; absent: one of its own. */
  allowance?: Allowance;
  /** Known to be an expression, as Sonde's own rules are by its tests: it is compiled when it is first needed. */
  isKnown?: boolean;
}

/** The parts of the library that are used; it ships no types. */
declare module 'ml-isolation-forest' {
  export interface TreeNode {
    splitColumn?: number;
    splitValue?: number;
    left?: TreeNode;
    right?: TreeNode;
    /** Rows that ended in this leaf. */
    trainingSet?: readonly (readonly number[])[];
    pathLengthFromRoot(row: ArrayLike<number>, depth: number): number;
  }

  export class IsolationForest {
    forest: TreeNode[];
    constructor(options?: { nEstimators?: number });
    train(rows: readonly (readonly number[])[]): void;
    predict(rows: readonly ArrayLike<number>[]): number[];
  }
}

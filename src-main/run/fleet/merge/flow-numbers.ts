/** Numbers that a sensor's flows have here: each sensor counts its own from 0, findings need one number a flow. */

/** Flows of one sensor that are open at once, or were never seen to end; beyond it the oldest get a new number. */
const MOST = 1 << 21;

/** Own numbers and numbers here, alternating. */
export type SavedNumbers = Float64Array;

export class FlowNumbers {
  private readonly numbers = new Map<number, number>();

  /** The number here; `next` gives one to a flow that is new. */
  of(flow: number, next: () => number): number {
    if (flow < 0) return flow;
    let number = this.numbers.get(flow);
    if (number === undefined) {
      this.numbers.set(flow, (number = next()));
      if (this.numbers.size > MOST) this.numbers.delete(this.numbers.keys().next().value!);
    }
    return number;
  }

  /** The number here where it has one, else -1. */
  known(flow: number): number {
    return this.numbers.get(flow) ?? -1;
  }

  /** The flow has ended: nothing more is told of it. */
  over(flow: number): void {
    this.numbers.delete(flow);
  }

  get saved(): SavedNumbers {
    return Float64Array.from([...this.numbers].flat());
  }

  static from(saved: SavedNumbers): FlowNumbers {
    const made = new FlowNumbers();
    for (let i = 0; i + 1 < saved.length; i += 2) made.numbers.set(saved[i]!, saved[i + 1]!);
    return made;
  }
}

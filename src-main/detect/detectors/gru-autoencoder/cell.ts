/**
 * A gated recurrent unit (Cho et al. 2014; the reset gate after the recurrent product) with its gradients, in typed arrays:
 * r = σ(W_r x + U_r h + b_r), z = σ(W_z x + U_z h + b_z), n = tanh(W_n x + b_n + r ∘ U_n h), h' = (1 − z) ∘ n + z ∘ h.
 * Parameters stand in a vector that others share, gate after gate; without inputs there is no W.
 */

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export class GruCell {
  readonly inputs: number;
  readonly hidden: number;
  /** How many numbers of the vector are its own, from `at`. */
  readonly size: number;
  /** States, steps + 1 × hidden: row t is what step t begins with. */
  readonly states: Float64Array;
  private readonly at: number;
  /** Per step and hidden unit: gates, and U_n h. */
  private readonly reset: Float64Array;
  private readonly update: Float64Array;
  private readonly fresh: Float64Array;
  private readonly recurrent: Float64Array;
  private readonly slopes: Float64Array;
  /** Of one step, gate after gate: b + W x, and U h. */
  private readonly sums: Float64Array;
  private readonly products: Float64Array;

  constructor(inputs: number, hidden: number, steps: number, at: number) {
    this.inputs = inputs;
    this.hidden = hidden;
    this.at = at;
    this.size = 3 * hidden * (inputs + hidden + 1);
    this.states = new Float64Array((steps + 1) * hidden);
    this.reset = new Float64Array(steps * hidden);
    this.update = new Float64Array(steps * hidden);
    this.fresh = new Float64Array(steps * hidden);
    this.recurrent = new Float64Array(steps * hidden);
    this.slopes = new Float64Array(4 * hidden);
    this.sums = new Float64Array(3 * hidden);
    this.products = new Float64Array(3 * hidden);
  }

  /** Numbers drawn from ±1/√hidden, biases 0. */
  initialise(parameters: Float64Array, random: () => number): void {
    const { at, hidden, inputs } = this;
    const weights = 3 * hidden * (inputs + hidden);
    const scale = 1 / Math.sqrt(hidden);
    for (let i = 0; i < weights; i++) parameters[at + i] = (random() * 2 - 1) * scale;
    parameters.fill(0, at + weights, at + this.size);
  }

  /** One step from `states` row `step` to the next; the input stands at `x[from…]`. */
  forward(parameters: Float64Array, step: number, x: Float64Array, from: number): void {
    const { inputs, hidden, at, states } = this;
    const before = step * hidden;
    const u = at + 3 * hidden * inputs;
    const b = u + 3 * hidden * hidden;
    const { sums, products } = this;
    for (let row = 0; row < 3 * hidden; row++) {
      let sum = parameters[b + row]!;
      for (let i = 0; i < inputs; i++) sum += parameters[at + row * inputs + i]! * x[from + i]!;
      let product = 0;
      for (let i = 0; i < hidden; i++) product += parameters[u + row * hidden + i]! * states[before + i]!;
      sums[row] = sum;
      products[row] = product;
    }
    for (let j = 0; j < hidden; j++) {
      const r = sigmoid(sums[j]! + products[j]!);
      const z = sigmoid(sums[hidden + j]! + products[hidden + j]!);
      const n = Math.tanh(sums[2 * hidden + j]! + r * products[2 * hidden + j]!);
      this.reset[before + j] = r;
      this.update[before + j] = z;
      this.fresh[before + j] = n;
      this.recurrent[before + j] = products[2 * hidden + j]!;
      states[before + hidden + j] = (1 - z) * n + z * states[before + j]!;
    }
  }

  /**
   * Back through one step: `slope` comes as the loss's gradient by the state after it and leaves as that by the state before
   * it; gradients of the parameters are added to `gradient`.
   */
  backward(
    parameters: Float64Array,
    step: number,
    x: Float64Array,
    from: number,
    slope: Float64Array,
    gradient: Float64Array,
  ): void {
    const { inputs, hidden, at, states, slopes } = this;
    const before = step * hidden;
    const u = at + 3 * hidden * inputs;
    const b = u + 3 * hidden * hidden;
    for (let j = 0; j < hidden; j++) {
      const [r, z, n] = [this.reset[before + j]!, this.update[before + j]!, this.fresh[before + j]!];
      const byFresh = slope[j]! * (1 - z) * (1 - n * n);
      const byReset = byFresh * this.recurrent[before + j]!;
      slopes[j] = byReset * r * (1 - r);
      slopes[hidden + j] = slope[j]! * (states[before + j]! - n) * z * (1 - z);
      slopes[2 * hidden + j] = byFresh;
      slopes[3 * hidden + j] = byFresh * r;
      slope[j] = slope[j]! * z;
    }
    for (let gate = 0; gate < 3; gate++) {
      for (let j = 0; j < hidden; j++) {
        const row = gate * hidden + j;
        const byInput = slopes[row]!;
        const byState = gate === 2 ? slopes[3 * hidden + j]! : byInput;
        gradient[b + row]! += byInput;
        for (let i = 0; i < inputs; i++) gradient[at + row * inputs + i]! += byInput * x[from + i]!;
        for (let i = 0; i < hidden; i++) {
          const k = u + row * hidden + i;
          gradient[k]! += byState * states[before + i]!;
          slope[i]! += byState * parameters[k]!;
        }
      }
    }
  }
}

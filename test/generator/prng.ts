/**
 * The generator's random numbers: xoshiro128** (Blackman and Vigna, 2018) seeded through SplitMix32.
 * A stream is forked by label, so that adding a host or an attack does not shift the numbers of the others.
 */
export class Rng {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(seed: number) {
    let s = seed >>> 0;
    const next = (): number => {
      s = (s + 0x9e3779b9) >>> 0;
      let z = s;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) >>> 0;
    };
    this.a = next();
    this.b = next();
    this.c = next();
    this.d = next() | 1;
  }

  /** 32 random bits, unsigned. */
  u32(): number {
    const x = Math.imul(this.b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= t;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  /** Uniform in [0, 1). */
  float(): number {
    return this.u32() / 4294967296;
  }

  /** Uniform integer in [low, high], both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.float() * (high - low + 1));
  }

  /** Uniform in [low, high). */
  range(low: number, high: number): number {
    return low + this.float() * (high - low);
  }

  chance(p: number): boolean {
    return this.float() < p;
  }

  /** Exponential with this mean. */
  exp(mean: number): number {
    return -Math.log(1 - this.float()) * mean;
  }

  normal(mean = 0, deviation = 1): number {
    const r = Math.sqrt(-2 * Math.log(1 - this.float()));
    return mean + deviation * r * Math.cos(2 * Math.PI * this.float());
  }

  /** Log-normal with this median and shape. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(this.normal(0, sigma));
  }

  /** Pareto from `minimum` with tail index `alpha`, capped. */
  pareto(minimum: number, alpha: number, cap = Number.POSITIVE_INFINITY): number {
    return Math.min(cap, minimum / (1 - this.float()) ** (1 / alpha));
  }

  pick<T>(list: readonly T[]): T {
    const item = list[Math.floor(this.float() * list.length)];
    if (item === undefined) throw new RangeError('pick from an empty list');
    return item;
  }

  /** An item chosen with the given weights. */
  weighted<T>(list: readonly (readonly [T, number])[]): T {
    let total = 0;
    for (const [, w] of list) total += w;
    let x = this.float() * total;
    for (const [item, w] of list) {
      x -= w;
      if (x < 0) return item;
    }
    return list[list.length - 1]![0];
  }

  shuffle<T>(list: readonly T[]): T[] {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [out[i], out[j]] = [out[j]!, out[i]!];
    }
    return out;
  }

  bytes(n: number): Uint8Array {
    const out = new Uint8Array(n);
    for (let i = 0; i < n; i++) out[i] = this.u32() >>> 24;
    return out;
  }

  /** Text of `n` characters from an alphabet. */
  text(n: number, alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'): string {
    let out = '';
    for (let i = 0; i < n; i++) out += alphabet[Math.floor(this.float() * alphabet.length)];
    return out;
  }

  /** An independent stream for this label; the same for the same parent state and label. */
  fork(label: string): Rng {
    let h = this.a ^ 0x811c9dc5;
    for (let i = 0; i < label.length; i++) h = Math.imul(h ^ label.charCodeAt(i), 0x01000193);
    return new Rng((h ^ this.d ^ Math.imul(this.b, 31)) >>> 0);
  }
}

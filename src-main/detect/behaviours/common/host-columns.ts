/** A number for every host id, growing as hosts appear. */
export class HostColumn {
  values: Uint32Array;

  constructor(initial = 4096) {
    this.values = new Uint32Array(initial);
  }

  get(host: number): number {
    return host < this.values.length ? this.values[host]! : 0;
  }

  set(host: number, value: number): void {
    if (host >= this.values.length) this.grow(host);
    this.values[host] = value;
  }

  /** Adds and returns the new value. */
  add(host: number, amount = 1): number {
    if (host >= this.values.length) this.grow(host);
    return (this.values[host] = this.values[host]! + amount);
  }

  /** All back to zero. */
  clear(): void {
    this.values.fill(0);
  }

  private grow(host: number): void {
    const grown = new Uint32Array(Math.max(this.values.length * 2, host + 1));
    grown.set(this.values);
    this.values = grown;
  }
}

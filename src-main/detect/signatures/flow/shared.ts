/** Flags of hosts and pairs (`xbits`, `hostbits`): bounded, and forgotten when their time is over. */

const MOST = 100_000;
/** Seconds that a flag stays where a rule says nothing else. */
const USUAL = 30;

export class Shared {
  private readonly until = new Map<string, number>();

  set(key: string, now: number, seconds: number = USUAL): void {
    this.until.delete(key);
    if (this.until.size >= MOST) {
      const [oldest] = this.until.keys();
      if (oldest !== undefined) this.until.delete(oldest);
    }
    this.until.set(key, now + seconds);
  }

  unset(key: string): void {
    this.until.delete(key);
  }

  has(key: string, now: number): boolean {
    return (this.until.get(key) ?? -Infinity) >= now;
  }
}

/**
 * The packets' clock, as expiry sees it: it never goes back, but is not led astray by a few packets with a damaged
 * time. Flows themselves are judged by their own packets' times, so only when idle flows are written depends on it.
 */

/** A jump ahead of more than this (seconds) is believed after `CONFIRMATIONS` packets that agree. */
const SUSPICIOUS = 3600;
const CONFIRMATIONS = 8;
/** So far behind (seconds), for so many seconds of packets in a row, and the clock was set back. */
const BEHIND = 300;
const BEHIND_COUNT = 64;

export class PacketClock {
  /** Whole seconds since 1970; NaN before the first packet. */
  now = NaN;
  /** True when the last `observe` set the clock back. */
  setBack = false;
  private candidate = NaN;
  private agreed = 0;
  private behind = 0;

  /** Takes the second of a packet, when it differs from that of the packet before; returns the clock. */
  observe(second: number): number {
    this.setBack = false;
    const ahead = second - this.now;
    if (ahead <= 0) this.fallBehind(second, ahead);
    else if (ahead <= SUSPICIOUS || this.confirm(second)) this.set(second);
    else if (ahead !== ahead) this.set(second);
    return this.now;
  }

  private set(second: number): void {
    this.now = second;
    this.candidate = NaN;
    this.agreed = 0;
    this.behind = 0;
  }

  private fallBehind(second: number, ahead: number): void {
    this.candidate = NaN;
    this.agreed = 0;
    if (ahead >= -BEHIND) {
      this.behind = 0;
      return;
    }
    if (++this.behind < BEHIND_COUNT) return;
    this.set(second);
    this.setBack = true;
  }

  private confirm(second: number): boolean {
    if (this.candidate === this.candidate && second >= this.candidate - SUSPICIOUS) this.agreed++;
    else this.agreed = 1;
    this.candidate = second;
    return this.agreed >= CONFIRMATIONS;
  }
}

/**
 * Who opened flows to whom of late, at each sensor: by it senders that several sensors saw in one second are counted once. Floods,
 * where their number decides, open a flow with nearly every packet.
 */

/** Seconds that are remembered: a pulse comes when its second is over. */
const SECONDS = 3;
/** Pairs of hosts in one second; beyond it senders count at each sensor. */
const PAIRS = 200_000;

/** By second, target and sensor: its senders. */
export type SavedOpeners = Map<number, Map<number, Map<number, Set<number>>>>;

export class Openers {
  seconds: SavedOpeners = new Map();
  private pairs = 0;

  note(second: number, target: number, sensor: number, sender: number): void {
    let targets = this.seconds.get(second);
    if (!targets) {
      targets = new Map<number, Map<number, Set<number>>>();
      this.seconds.set(second, targets);
      this.pairs = 0;
      for (const old of this.seconds.keys()) if (old <= second - SECONDS) this.seconds.delete(old);
    }
    if (this.pairs++ >= PAIRS) return;
    const sensors = targets.get(target) ?? new Map<number, Set<number>>();
    targets.set(target, sensors);
    const senders = sensors.get(sensor);
    if (senders) senders.add(sender);
    else sensors.set(sensor, new Set([sender]));
  }

  /** Senders that sensors counted more than once together. */
  repeated(second: number, target: number): number {
    const sensors = this.seconds.get(second)?.get(target);
    if (!sensors || sensors.size < 2) return 0;
    const all = new Set<number>();
    let sum = 0;
    for (const senders of sensors.values()) {
      sum += senders.size;
      for (const sender of senders) all.add(sender);
    }
    return sum - all.size;
  }
}

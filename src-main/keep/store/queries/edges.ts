/**
 * Sums by pairs of hosts: an open hash (linear probing, at most half full) over typed columns, for a Map of a million
 * objects takes four times as long. Bounded by the flows that are added: 40 bytes a place.
 */

/** Flows from one host to another. `failed`: never established. */
export interface Edge {
  orig: number;
  resp: number;
  flows: number;
  bytes: number;
  failed: number;
  anomalous: number;
}

const FIRST = 1024;

export class EdgeSums {
  /** Pairs that are summed. */
  size = 0;
  private orig = new Uint32Array(FIRST);
  private resp = new Uint32Array(FIRST);
  /** 0: the place is free. */
  private flows = new Float64Array(FIRST);
  private bytes = new Float64Array(FIRST);
  private failed = new Float64Array(FIRST);
  private anomalous = new Float64Array(FIRST);

  add(orig: number, resp: number, bytes: number, failed: number, anomalous: number): void {
    const at = this.place(orig, resp);
    if (this.flows[at] === 0) this.size++;
    this.flows[at]! += 1;
    this.bytes[at]! += bytes;
    this.failed[at]! += failed;
    this.anomalous[at]! += anomalous;
    if (this.size * 2 > this.flows.length) this.grow();
  }

  /** Of hosts that are in `wanted`, or all. */
  edges(wanted?: { has(host: number): boolean }): Edge[] {
    const out: Edge[] = [];
    for (let at = 0; at < this.flows.length; at++) {
      const [orig, resp, flows] = [this.orig[at]!, this.resp[at]!, this.flows[at]!];
      if (flows === 0 || (wanted && !(wanted.has(orig) && wanted.has(resp)))) continue;
      const [bytes, failed, anomalous] = [this.bytes[at]!, this.failed[at]!, this.anomalous[at]!];
      out.push({ orig, resp, flows, bytes, failed, anomalous });
    }
    return out;
  }

  /** Flows and bytes by host, of both its sides; a flow with itself counts once. */
  hosts(): Map<number, { flows: number; bytes: number }> {
    const sums = new Map<number, { flows: number; bytes: number }>();
    const note = (host: number, flows: number, bytes: number): void => {
      const known = sums.get(host);
      if (!known) sums.set(host, { flows, bytes });
      else {
        known.flows += flows;
        known.bytes += bytes;
      }
    };
    for (let at = 0; at < this.flows.length; at++) {
      const [orig, resp, flows, bytes] = [this.orig[at]!, this.resp[at]!, this.flows[at]!, this.bytes[at]!];
      if (flows === 0) continue;
      note(orig, flows, bytes);
      if (resp !== orig) note(resp, flows, bytes);
    }
    return sums;
  }

  /** Where the pair is, or would be. */
  private place(orig: number, resp: number): number {
    const mask = this.flows.length - 1;
    let at = (Math.imul(orig, 0x9e3779b1) ^ Math.imul(resp, 0x85ebca6b)) >>> 0;
    at = (at ^ (at >>> 15)) & mask;
    while (this.flows[at] !== 0 && (this.orig[at] !== orig || this.resp[at] !== resp)) at = (at + 1) & mask;
    this.orig[at] = orig;
    this.resp[at] = resp;
    return at;
  }

  private grow(): void {
    const { orig, resp, flows, bytes, failed, anomalous } = this;
    const length = flows.length * 2;
    [this.orig, this.resp] = [new Uint32Array(length), new Uint32Array(length)];
    [this.flows, this.bytes] = [new Float64Array(length), new Float64Array(length)];
    [this.failed, this.anomalous] = [new Float64Array(length), new Float64Array(length)];
    for (let from = 0; from < flows.length; from++) {
      if (flows[from] === 0) continue;
      const at = this.place(orig[from]!, resp[from]!);
      this.flows[at] = flows[from]!;
      this.bytes[at] = bytes[from]!;
      this.failed[at] = failed[from]!;
      this.anomalous[at] = anomalous[from]!;
    }
  }
}

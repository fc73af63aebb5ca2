/** Who opened flows to a host that many flows were opened to: sampled, so that a flood costs little a packet. */
import type { PacketTime } from '../../types.ts';
import { DistinctCounter, TopCounter } from './distinct.ts';

/** New flows that are all looked at; beyond, one of sixteen (by flow number: the same in every run). */
const LOOKED_AT = 4096;
const SAMPLE = 15;
const FLOWS = 10_000;

/** Flows opened to one host since its last pause. */
export class Load {
  opens = 0;
  /** TCP flows that began with neither SYN nor an answer. */
  strangers = 0;
  first: PacketTime | null = null;
  last: PacketTime | null = null;
  readonly senders = new TopCounter(64);
  readonly ports = new TopCounter(32);
  readonly distinctSenders = new DistinctCounter();
  readonly flows: number[] = [];

  note(sender: number, port: number, flow: number, sec: number, nano: number): void {
    this.opens++;
    if (this.flows.length < FLOWS) this.flows.push(flow);
    this.distinctSenders.add(sender);
    if (this.opens > LOOKED_AT && (this.opens & SAMPLE) !== 0) return;
    const weight = this.opens > LOOKED_AT ? SAMPLE + 1 : 1;
    this.senders.add(sender, weight);
    this.ports.add(port, weight);
    this.last = { sec, nano };
    this.first ??= this.last;
  }
}

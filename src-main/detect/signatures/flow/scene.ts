/** What rules look at in one moment: a packet, its flow, and the side that speaks. */
import type { Direction } from '../app/types.ts';
import type { SegmentBatch } from '../../../meter/packets/types.ts';
import type { RuleFlow } from './flow.ts';
import type { Shared } from './shared.ts';

export interface Scene {
  data: Uint8Array;
  view: DataView;
  columns: SegmentBatch['columns'];
  /** Of the segments; -1: at the end of a flow there is no packet. */
  row: number;
  flow: RuleFlow | null;
  direction: Direction;
  /** Packet time, seconds. */
  now: number;
  /** Where the packet's own IP addresses and ports stand, in the direction that is looked at. */
  src: Uint32Array;
  srcAt: number;
  dst: Uint32Array;
  dstAt: number;
  srcPort: number;
  dstPort: number;
  /** Where the packet ends in `data`. */
  packetEnd: number;
  /** Bytes of the packet's payload that were captured. */
  payloadAt: number;
  payloadEnd: number;
  /** This look is at a stream, not at a packet. */
  isStream: boolean;
  /** What hosts and pairs have flags of. */
  shared: Shared;
}

/** Whether a capture can be trusted: what is counted of it while it is metered, and what that comes to. */
import type { ReportQuality } from '../../../src-shared/domain/capture-quality.ts';
import type { FlowBatch, FlowEventBatch } from '../flows/types.ts';
import type { InputSummary, PacketBatch, SegmentBatch } from '../packets/types.ts';
import { FlowTally } from './flow-tally.ts';
import { anonymised, clockJumps, filesApart, tooShort, wifi } from './judge-inputs.ts';
import { copies, cut, lost, oneAddress, oneDirection, tunnels } from './judge-traffic.ts';
import { PacketTally } from './packet-tally.ts';

export interface QualityFacts {
  inputs: readonly Pick<
    InputSummary,
    'path' | 'packets' | 'firstSec' | 'lastSec' | 'linkTypes' | 'warnings' | 'dropped' | 'anonymised'
  >[];
  /** Whether there were too few flows for the detectors; undefined while that is not known yet. */
  fewFlows: boolean | undefined;
  /** From a card: silence is silence, and what the card lost is told in another way. */
  isLive: boolean;
}

/** What was counted, for whoever judges. */
export interface Tallies {
  packets: PacketTally;
  flows: FlowTally;
}

export class CaptureQuality implements Tallies {
  readonly packets = new PacketTally();
  readonly flows = new FlowTally();

  /** A batch, once the flow table has seen it. */
  take(packets: PacketBatch, segments: SegmentBatch, events: FlowEventBatch): void {
    this.packets.take(packets, segments);
    this.flows.events(events);
  }

  ended(flows: FlowBatch): void {
    this.flows.ended(flows);
  }

  /** What is wrong with it as far as it was seen; empty: nothing is. */
  judge(facts: QualityFacts): ReportQuality[] {
    return [
      oneDirection(this),
      cut(this, facts),
      lost(this, facts),
      wifi(this, facts),
      copies(this),
      clockJumps(this, facts),
      filesApart(facts),
      tunnels(this),
      oneAddress(this),
      anonymised(facts),
      tooShort(facts),
    ].filter((found) => found !== undefined);
  }
}

/**
 * What was going on around a flow when it opened, from the events of the flow table in the order of packets. Causal and
 * bounded; the result does not depend on how packets were batched, nor on the order in which flows end.
 */
import { FLOW_CONTEXT_WIDTH, FLOW_EVENT, type FlowBatch, type FlowEventBatch } from '../../meter/flows/types.ts';
import { encodeCount, encodeShare } from './codes.ts';
import { PairHistory, ServiceCounts } from './pairs.ts';
import { PendingContexts } from './pending.ts';
import { HALF_WINDOW_S, RecentWindows } from './windows.ts';

/** Place of each value in the `context` bytes of a row. */
export const CONTEXT = {
  SRC_FLOWS: 0,
  SRC_TARGETS: 1,
  SRC_PORTS: 2,
  SRC_UNANSWERED: 3,
  SRC_REFUSED: 4,
  DST_FLOWS: 5,
  DST_SOURCES: 6,
  DST_PORTS: 7,
  SRC_SAME_SERVICE: 8,
  PAIR_FLOWS: 9,
  PAIR_GAP: 10,
  PAIR_REGULARITY: 11,
} as const;

export class ContextTracker {
  /** Rows that had no OPEN event and took their context from the row itself. */
  late = 0;
  private readonly pending = new PendingContexts();
  private readonly sources = new RecentWindows();
  private readonly targets = new RecentWindows();
  private readonly pairs = new PairHistory();
  private readonly services = new ServiceCounts(HALF_WINDOW_S);

  /** Takes in what the flow table saw. About 0.2 µs an event. */
  observeEvents(events: FlowEventBatch): void {
    const { kind, flow, sec, nano, origHost, respHost, respPort, proto } = events.columns;
    for (let i = 0; i < events.count; i++) {
      const seconds = sec[i]! + nano[i]! * 1e-9;
      const source = origHost[i]!;
      if (kind[i] === FLOW_EVENT.OPEN) {
        const at = this.pending.put(flow[i]!);
        this.open(source, respHost[i]!, (proto[i]! << 16) | respPort[i]!, seconds, this.pending.bytes, at);
      } else {
        const slot = this.sources.slot(source, seconds);
        if (kind[i] === FLOW_EVENT.ANSWERED) this.sources.addAnswer(slot);
        else this.sources.addRefusal(slot);
      }
    }
  }

  /** Fills the `context` column of flows that ended. */
  fill(batch: FlowBatch): void {
    const { context, id, sec, nano, origHost, respHost, respPort, proto, responseTime } = batch.columns;
    for (let row = 0; row < batch.count; row++) {
      const at = row * FLOW_CONTEXT_WIDTH;
      if (this.pending.take(id[row]!, context, at)) continue;
      this.late++;
      const seconds = sec[row]! + nano[row]! * 1e-9;
      this.open(origHost[row]!, respHost[row]!, (proto[row]! << 16) | respPort[row]!, seconds, context, at);
      if (responseTime[row]! >= 0) this.sources.addAnswer(this.sources.slot(origHost[row]!, seconds));
    }
  }

  private open(source: number, target: number, service: number, seconds: number, into: Uint8Array, at: number): void {
    const { sources, targets, pairs } = this;
    const s = sources.slot(source, seconds);
    const earlier = sources.flows(s);
    const unanswered = earlier === 0 ? 0 : 1 - Math.min(1, sources.answered(s) / earlier);
    const refused = earlier === 0 ? 0 : Math.min(1, sources.refused(s) / earlier);
    sources.addFlow(s, target, service);
    const t = targets.slot(target, seconds);
    targets.addFlow(t, source, service);
    pairs.note(source, target, service, seconds);
    const same = this.services.note(source, service, seconds);
    into[at + CONTEXT.SRC_FLOWS] = encodeCount(earlier + 1);
    into[at + CONTEXT.SRC_TARGETS] = encodeCount(sources.peers(s));
    into[at + CONTEXT.SRC_PORTS] = encodeCount(sources.ports(s));
    into[at + CONTEXT.SRC_UNANSWERED] = encodeShare(unanswered);
    into[at + CONTEXT.SRC_REFUSED] = encodeShare(refused);
    into[at + CONTEXT.DST_FLOWS] = encodeCount(targets.flows(t));
    into[at + CONTEXT.DST_SOURCES] = encodeCount(targets.peers(t));
    into[at + CONTEXT.DST_PORTS] = encodeCount(targets.ports(t));
    into[at + CONTEXT.SRC_SAME_SERVICE] = encodeShare(same / (earlier + 1));
    into[at + CONTEXT.PAIR_FLOWS] = encodeCount(pairs.found.flows);
    into[at + CONTEXT.PAIR_GAP] = encodeCount(pairs.found.gap * 1000);
    into[at + CONTEXT.PAIR_REGULARITY] = encodeShare(pairs.found.regularity);
  }
}

/** Sums over all flows of a capture: what the overview shows without walking over them again. */
import type { FlowScores } from '../../../detect/detectors/triage.ts';
import { largest } from '../../../keep/store/queries/shares.ts';
import { protoWord } from '../../../keep/store/queries/protocols.ts';
import type { CaptureFacts, Share } from '../../../keep/store/types.ts';
import type { FlowBatch } from '../../../meter/flows/types.ts';
import type { Timeline } from './timeline.ts';

/** Names counted apart; more are summed as "other" at once. */
const NAMES = 5000;

class Shares {
  private readonly byName = new Map<string, Share>();

  add(name: string, packets: number, bytes: number): void {
    let share = this.byName.get(name);
    if (!share) {
      const key = this.byName.size < NAMES ? name : 'other';
      share = this.byName.get(key) ?? { name: key, flows: 0, packets: 0, bytes: 0 };
      this.byName.set(key, share);
    }
    share.flows++;
    share.packets += packets;
    share.bytes += bytes;
  }

  result(): Share[] {
    return largest([...this.byName.values()]);
  }
}

export class FactCollector {
  private readonly protocols = new Shares();
  private readonly services = new Shares();
  private readonly apps = new Shares();
  private readonly totals: CaptureFacts['totals'] = {
    flows: 0,
    origBytes: 0,
    respBytes: 0,
    packets: 0,
    anomalous: 0,
    firstTs: null,
    lastTs: null,
  };

  add(batch: FlowBatch, scores: FlowScores | undefined, timeline: Timeline): void {
    const c = batch.columns;
    for (let row = 0; row < batch.count; row++) {
      const packets = c.origPkts[row]! + c.respPkts[row]!;
      const bytes = c.origIpBytes[row]! + c.respIpBytes[row]!;
      const meta = batch.meta[row];
      const anomalous = scores?.anomalous[row] === 1;
      this.protocols.add(protoWord(c.proto[row]!), packets, bytes);
      this.services.add(meta?.service || 'unknown', packets, bytes);
      this.apps.add(meta?.app || 'unknown', packets, bytes);
      timeline.flow(c.sec[row]!, anomalous);
      this.total(batch, row, packets, anomalous);
    }
  }

  result(): Pick<CaptureFacts, 'totals' | 'protocols' | 'services' | 'apps'> {
    return {
      totals: this.totals,
      protocols: this.protocols.result(),
      services: this.services.result(),
      apps: this.apps.result(),
    };
  }

  private total({ columns: c }: FlowBatch, row: number, packets: number, anomalous: boolean): void {
    const { totals } = this;
    const sec = c.sec[row]!;
    totals.flows++;
    totals.packets += packets;
    if (c.hasBytes[row] === 1) {
      totals.origBytes += c.origBytes[row]!;
      totals.respBytes += c.respBytes[row]!;
    }
    if (anomalous) totals.anomalous++;
    totals.firstTs = Math.min(totals.firstTs ?? sec, sec);
    totals.lastTs = Math.max(totals.lastTs ?? sec, sec);
  }
}

/** What happened to flows in one batch, for those who cannot wait for their end. */
import { growColumns } from '../columns.ts';
import { flowEventSchema, makeFlowEventBatch, type FlowEventBatch, type FlowTable } from './types.ts';

const FIRST_CAPACITY = 8192;

export class FlowEvents {
  readonly batch: FlowEventBatch = makeFlowEventBatch(FIRST_CAPACITY);

  add(
    kind: number,
    live: FlowTable['live'],
    slot: number,
    sec: number,
    nano: number,
    tcpFlags: number,
    payload: number,
    ttl: number,
  ): void {
    const batch = this.batch;
    if (batch.count >= batch.capacity) this.grow();
    const row = batch.count++;
    const columns = batch.columns;
    columns.kind[row] = kind;
    columns.flow[row] = live.id[slot]!;
    columns.sec[row] = sec;
    columns.nano[row] = nano;
    columns.origHost[row] = live.origHost[slot]!;
    columns.respHost[row] = live.respHost[slot]!;
    columns.origPort[row] = live.origPort[slot]!;
    columns.respPort[row] = live.respPort[slot]!;
    columns.proto[row] = live.proto[slot]!;
    columns.tcpFlags[row] = tcpFlags;
    columns.payloadLength[row] = payload;
    columns.ttl[row] = ttl;
    columns.flipped[row] = live.flipped[slot]!;
  }

  private grow(): void {
    const batch = this.batch;
    batch.capacity *= 2;
    batch.columns = growColumns(flowEventSchema, batch.columns, batch.capacity);
  }
}

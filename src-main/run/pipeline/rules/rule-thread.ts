/**
 * The engine of rules on a thread of its own: batches are copied into memory that both see, what rules told comes back a
 * fixed number of batches later. So what is found, and when, does not depend on how fast either of them is.
 */
import { Alerts } from '../../../detect/signatures/engine/alerts.ts';
import {
  rulesReport,
  type EndedFlows,
  type SignatureEngine,
  type SignatureReport,
} from '../../../detect/signatures/engine/contract.ts';
import { RuleEngine } from '../../../detect/signatures/engine/engine.ts';
import type { SlotIds } from '../../../detect/signatures/flow/tracker.ts';
import type { RuleSet } from '../../../detect/signatures/rules/parse.ts';
import type { Finding } from '../../../detect/types.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import type { PacketBatch, SegmentBatch } from '../../../meter/packets/types.ts';
import { startThread, type Thread } from '../threads.ts';
import type { RunSize } from '../triage-types.ts';
import { fillRoom } from './batch-room.ts';
import { readAlerts, type BatchRoom, type RuleAnswer, type RuleStep, type ThreadText } from './rule-messages.ts';

/** Batches that the thread may be behind. */
const AHEAD = 8;
/** For smaller captures a thread, which reads all rules again, takes longer than it saves. */
export const THREAD_FROM = 32 * 1024 * 1024;

export interface LoadedRules {
  set: RuleSet;
  /** That it was read from, in their order; absent: they are not known. */
  texts?: readonly ThreadText[];
}

/** The engine of a run: on a thread where that pays. */
export function engineOf({ set, texts }: LoadedRules, hosts: HostTable, { threads, bytes }: RunSize): SignatureEngine {
  const pays = threads > 1 && bytes >= THREAD_FROM && set.rules.length > 0;
  return pays && texts ? new RuleThread(set, texts, hosts) : new RuleEngine({ set, hosts });
}

export class RuleThread implements SignatureEngine {
  private readonly set: RuleSet;
  private readonly alerts: Alerts;
  private readonly thread: Thread;
  /** Rooms of the steps that were sent, the latest last, and those that are free. */
  private readonly sent: (BatchRoom | undefined)[] = [];
  private readonly free: BatchRoom[] = [];
  private readonly answers: RuleAnswer[] = [];
  private batch: (Pick<RuleStep, 'packets' | 'first' | 'segments'> & { room: BatchRoom }) | undefined;
  /** Steps that were sent, answered, and those of which the answers are due and taken. */
  private steps = 0;
  private answered = 0;
  private due = 0;
  private taken = 0;
  private cut = 0;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;
  private isClosed = false;

  constructor(set: RuleSet, texts: readonly ThreadText[], hosts: HostTable) {
    this.set = set;
    this.alerts = new Alerts(hosts);
    const data = { texts, rules: set.rules.length };
    this.thread = startThread('run/pipeline/rules/rules.worker', data, [], {
      onMessage: (message) => this.answer(message as RuleAnswer),
      onEnd: (error) => this.lost(error),
    });
  }

  packets(packets: PacketBatch, segments: SegmentBatch, table: SlotIds): void {
    // Several batches before one end of flows: those that went before ended none.
    if (this.batch) this.send(new Float64Array(0), false);
    const room = fillRoom(this.free.pop(), packets, segments, table);
    this.batch = { room, packets: packets.count, first: packets.first, segments: segments.count };
  }

  observe({ flows: { count, columns } }: EndedFlows): void {
    if (!this.batch && count === 0) return;
    this.send(
      Float64Array.from({ length: count }, (_, row) => columns.id[row]!),
      false,
    );
  }

  async settled(): Promise<void> {
    this.due = Math.max(this.due, this.steps - AHEAD);
    await this.until(this.due);
  }

  async finish(): Promise<void> {
    this.send(new Float64Array(0), true);
    this.due = this.steps;
    await this.until(this.due);
  }

  *findings(): Generator<[string, Finding]> {
    for (; this.taken < this.due; this.taken++) {
      const { alerts, cut } = this.answers.shift()!;
      readAlerts(alerts, (order, told) => this.alerts.add(this.set.rules[order]!, told));
      this.cut = cut;
    }
    yield* this.alerts.findings();
  }

  report(): SignatureReport {
    return { signatures: this.alerts.counts(), rules: rulesReport(this.set, this.cut) };
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.thread.kill();
  }

  private send(ended: Float64Array<ArrayBuffer>, isLast: boolean): void {
    const { batch = { packets: 0, first: 0, segments: 0 } } = this;
    const step: RuleStep = { ...batch, ended, isLast };
    this.batch = undefined;
    this.sent.push(step.room);
    this.steps++;
    this.thread.send(step, [ended.buffer]);
  }

  private answer(answer: RuleAnswer): void {
    this.answers.push(answer);
    this.answered++;
    const room = this.sent.shift();
    if (room) this.free.push(room);
    this.wake?.();
  }

  private lost(error: Error | null): void {
    if (this.isClosed) return;
    this.failure ??= error ?? new Error('the thread that looked at packets by rules ended');
    this.wake?.();
  }

  private async until(steps: number): Promise<void> {
    while (!this.failure && this.answered < steps) await new Promise<void>((resolve) => (this.wake = resolve));
    if (this.failure) throw this.failure;
  }
}

/**
 * A regular contact that changes: a device that reports as much, as often, for a long time, and then moves many times
 * that (`size-anomaly`) or comes many times as often (`timing-anomaly`). By itself a note, never an alarm: a firmware
 * update looks the same.
 *
 * A contact (source, target, port) is regular after `SETTLED` flows whose quartiles of interval and of size lie within
 * `STEADY` of their median. Confidence: 0.5 at the floor, +0.05 a doubling, at most 0.8.
 */
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { Behaviour, BehaviourContext, Observations, PacketTime } from '../types.ts';
import { BoundedMap } from './common/bounded.ts';
import { fact, makeFinding, timeOf } from './common/finding.ts';
import { FlowIds } from './common/flow-ids.ts';
import { Recent, spreadOf } from './common/order-statistics.ts';
import { counted, formatBytes, formatDuration } from './common/words.ts';

const CONTACTS = 8192;
/** A contact not seen for a day begins anew, seconds. */
const LIFETIME = 86_400;
/** Flows before a contact can be called regular: twenty minutes of a beat of one minute. */
const SETTLED = 20;
const REMEMBERED = 32;
/** Flows between two looks at how regular a contact is. */
const LOOK = 4;
/** Width between the quartiles, as a share of the median, of what a program does by itself. */
const STEADY = 0.25;
/** Beats below this are conversations, seconds. */
const LEAST_BEAT = 5;
/** Bytes below which a large report is not worth a note … */
const SIZE_FLOOR = 250_000;
/** … and many times the usual. */
const SIZE_TIMES = 50;
/** Flows in a row, each after less than a quarter of the usual interval. */
const RUN = 12;
const RUN_TIMES = 4;
/** Flows of such a run that are named. */
const RUN_FLOWS = 64;
/** Between two notes of one contact, seconds. */
const QUIET = 3600;

interface Beat {
  interval: number;
  bytes: number;
}

export class Contact {
  count = 0;
  /** Start of the last flow, seconds. */
  last = Number.NEGATIVE_INFINITY;
  readonly intervals = new Recent(REMEMBERED);
  readonly sizes = new Recent(REMEMBERED);
  /** What is usual; null: not regular (yet). */
  beat: Beat | null = null;
  /** Flows in a row that came early. */
  run: { first: PacketTime; flows: FlowIds; count: number; seconds: number } | null = null;
  /** When its size and its beat were last told of, seconds. */
  readonly noted = { size: Number.NEGATIVE_INFINITY, time: Number.NEGATIVE_INFINITY };
}

export class RegularContact implements Behaviour {
  readonly id = 'behaviour:regular-contact';
  private readonly contacts = new BoundedMap<string, Contact>({ ceiling: CONTACTS, lifetime: LIFETIME });

  observe(seen: Observations, context: BehaviourContext): void {
    for (let row = 0; row < seen.flows.count; row++) this.look(seen.flows, row, context);
  }

  finish(): void {
    // A change is told when it is seen.
  }

  private look(flows: FlowBatch, row: number, context: BehaviourContext): void {
    const c = flows.columns;
    const [source, target] = [c.origHost[row]!, c.respHost[row]!];
    if (source === 0 || target === 0 || c.respPkts[row] === 0 || !context.network.isLocal(source)) return;
    const start = timeOf(c, row);
    const at = start.sec + start.nano / 1e9;
    const key = `${source}|${target}|${c.respPort[row]}|${c.proto[row]}`;
    const contact = this.contacts.obtain(key, start.sec, () => new Contact());
    const interval = at - contact.last;
    contact.count++;
    contact.last = Math.max(contact.last, at);
    // Flows come in the order they end: one that was overtaken tells nothing of the beat.
    if (!(interval > 0)) return;
    const bytes = c.origBytes[row]! + c.respBytes[row]!;
    const honest = Math.min(bytes, (c.origPkts[row]! + c.respPkts[row]!) * 65_535);
    const { beat } = contact;
    if (beat && honest >= Math.max(SIZE_FLOOR, SIZE_TIMES * beat.bytes)) {
      this.large(contact, beat, { flows, row, bytes: honest, start }, context);
      return;
    }
    if (beat && interval * RUN_TIMES <= beat.interval) {
      this.early(contact, beat, { flows, row, interval, start }, context);
      return;
    }
    contact.run = null;
    if (Number.isFinite(interval)) contact.intervals.push(interval);
    contact.sizes.push(honest);
    if (contact.count >= SETTLED && contact.count % LOOK === 0) contact.beat = beatOf(contact);
  }

  private large(
    contact: Contact,
    beat: Beat,
    { flows, row, bytes, start }: { flows: FlowBatch; row: number; bytes: number; start: PacketTime },
    context: BehaviourContext,
  ): void {
    if (start.sec - contact.noted.size < QUIET) return;
    contact.noted.size = start.sec;
    const c = flows.columns;
    const [source, target] = [c.origHost[row]!, c.respHost[row]!];
    const [from, to] = [context.hosts.address(source), context.hosts.address(target)];
    const last = { sec: c.lastSec[row]!, nano: c.lastNano[row]! };
    const every = formatDuration(beat.interval);
    context.report(
      `${this.id} size ${source} ${target} ${c.respPort[row]} ${start.sec}`,
      makeFinding({
        detector: this.id,
        kind: 'size-anomaly',
        confidence: Math.min(0.8, 0.5 + 0.05 * Math.log2(bytes / Math.max(SIZE_FLOOR, SIZE_TIMES * beat.bytes))),
        title: `${from} moved ${formatBytes(bytes)} to ${to} at once, ${formatBytes(beat.bytes)} every ${every} is usual`,
        summary: `${from} has spoken with ${to} port ${c.respPort[row]} every ${every}, about ${formatBytes(beat.bytes)} each time, ${counted(contact.count, 'time')}. This time it was ${formatBytes(bytes)}.`,
        sources: [source],
        targets: [target],
        ports: [c.respPort[row]!],
        first: start,
        decided: last,
        last,
        evidence: [fact('Bytes in one connection', bytes, 'bytes', beat.bytes)],
        flows: [c.id[row]!],
        bytes,
      }),
    );
  }

  private early(
    contact: Contact,
    beat: Beat,
    { flows, row, interval, start }: { flows: FlowBatch; row: number; interval: number; start: PacketTime },
    context: BehaviourContext,
  ): void {
    const c = flows.columns;
    const run = (contact.run ??= { first: start, flows: new FlowIds(RUN_FLOWS), count: 0, seconds: 0 });
    run.count++;
    run.seconds += interval;
    run.flows.add(c.id[row]!);
    if (run.count < RUN || start.sec - contact.noted.time < QUIET) return;
    contact.noted.time = start.sec;
    const [source, target] = [c.origHost[row]!, c.respHost[row]!];
    const [from, to] = [context.hosts.address(source), context.hosts.address(target)];
    const mean = run.seconds / run.count;
    const last = { sec: c.lastSec[row]!, nano: c.lastNano[row]! };
    const every = formatDuration(beat.interval);
    context.report(
      `${this.id} time ${source} ${target} ${c.respPort[row]} ${run.first.sec}`,
      makeFinding({
        detector: this.id,
        kind: 'timing-anomaly',
        confidence: Math.min(0.8, 0.5 + 0.05 * Math.log2(beat.interval / RUN_TIMES / mean)),
        title: `${from} speaks with ${to} every ${formatDuration(mean)}, every ${every} is usual`,
        summary: `${from} has spoken with ${to} port ${c.respPort[row]} every ${every} so far. Now ${counted(run.count, 'connection')} came ${formatDuration(mean)} apart.`,
        sources: [source],
        targets: [target],
        ports: [c.respPort[row]!],
        first: run.first,
        decided: last,
        last,
        evidence: [fact('Seconds between connections', mean, 's', beat.interval)],
        flows: run.flows,
      }),
    );
  }
}

/** What a contact does by itself; null where it is not regular. */
function beatOf({ intervals, sizes }: Contact): Beat | null {
  const time = spreadOf(intervals.all());
  const size = spreadOf(sizes.all());
  const steady = ({ median, q1, q3 }: { median: number; q1: number; q3: number }): boolean =>
    q3 - q1 <= STEADY * median;
  if (!(time.median >= LEAST_BEAT) || !steady(time) || !steady(size)) return null;
  return { interval: time.median, bytes: size.median };
}

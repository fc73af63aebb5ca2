/** Keeps one capture in the store while it is read and when it is judged: its flows, hosts, windows, incidents and sums. */
import { resolve } from 'node:path';
import type { Store, FlowRows, HostRow } from '../../../keep/store/types.ts';
import { bufferOf, makeColumns, type ColumnSchema, type Columns } from '../../../meter/columns.ts';
import { flowSchema, type FlowBatch, type FlowMeta } from '../../../meter/flows/types.ts';
import { rowCommunityId } from '../../../meter/flows/record.ts';
import { rowUid } from '../../../meter/flows/uid.ts';
import { hostWindowSchema, type HostWindowBatch } from '../../../meter/windows/types.ts';
import type { FlowScores } from '../../../detect/detectors/triage.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import type { TriageResult } from '../../pipeline/triage-types.ts';
import type { Observations } from '../../../detect/types.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import type { PacketBatch } from '../../../meter/packets/types.ts';
import { FeatureKeeper } from './feature-keeper.ts';
import { FactCollector } from './facts.ts';
import { NameCollector } from './names.ts';
import { Timeline } from './timeline.ts';

/** Requests under way at once: enough to keep the worker busy, few enough to bound memory. */
const IN_FLIGHT = 4;
/** Hosts a request. */
const HOST_ROWS = 8192;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Lets at most `IN_FLIGHT` requests wait at the store. */
class Gate {
  private readonly pending: Promise<void>[] = [];
  private failure: Error | undefined;

  /** Waits where too many are under way; throws what any earlier request failed with. */
  async add(request: Promise<void>): Promise<void> {
    const settled = request.catch((error: unknown) => void (this.failure ??= asError(error)));
    this.pending.push(settled);
    if (this.pending.length >= IN_FLIGHT) await this.pending.shift();
    this.check();
  }

  async empty(): Promise<void> {
    while (this.pending.length > 0) await this.pending.shift();
    this.check();
  }

  private check(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

/** A copy of the first rows of a table in a buffer of its own, which can be handed over. */
function copied<const S extends ColumnSchema>(schema: S, from: Columns<S>, rows: number): ArrayBuffer {
  const to = makeColumns(schema, rows);
  for (const name of Object.keys(schema)) {
    const target = to[name] as Uint8Array;
    target.set((from[name] as Uint8Array).subarray(0, target.length));
  }
  return bufferOf(to);
}

/** Of a flow of which nothing but its program is known there are none. */
function factsText(meta: FlowMeta | undefined): string {
  if (!meta || (meta.process && Object.keys(meta.facts).length === 0)) return '';
  return JSON.stringify(meta.facts);
}

/** Rows in memory of their own, which can be handed over. */
export function flowRows(batch: FlowBatch, scores: Pick<FlowScores, 'score' | 'anomalous'> | undefined): FlowRows {
  const { count } = batch;
  const rows = Array.from({ length: count }, (_, row) => row);
  return {
    capacity: count,
    count,
    columns: copied(flowSchema, batch.columns, count),
    service: rows.map((row) => batch.meta[row]?.service ?? ''),
    app: rows.map((row) => batch.meta[row]?.app ?? ''),
    facts: rows.map((row) => factsText(batch.meta[row])),
    ...(batch.meta.some((meta) => meta?.process)
      ? { processes: rows.map((row) => batch.meta[row]?.process ?? null) }
      : {}),
    uid: rows.map((row) => rowUid(batch.columns, row)),
    communityId: rows.map((row) => rowCommunityId(batch.columns, row)),
    score: scores ? scores.score.slice(0, count) : new Float32Array(count).fill(NaN),
    anomalous: scores ? scores.anomalous.slice(0, count) : new Uint8Array(count),
  };
}

/** One import: the capture is in the store, marked incomplete, from the first moment. */
export class CaptureKeeper {
  /** Its id in the store. */
  readonly capture: number;
  private readonly store: Store;
  private readonly gate = new Gate();
  private readonly timeline = new Timeline();
  private readonly facts = new FactCollector();
  private readonly names = new NameCollector();
  private failure: Error | undefined;
  private alone = false;

  private constructor(store: Store, capture: number) {
    this.store = store;
    this.capture = capture;
  }

  /** `importedAt`: milliseconds since 1970. @throws SondeError when the database cannot be used. */
  static async begin(store: Store, name: string, importedAt: number): Promise<CaptureKeeper> {
    return new CaptureKeeper(store, await store.beginCapture({ name, importedAt, program: `sonde ${VERSION}` }));
  }

  /** Removes the capture again: nothing of it could be read. */
  discard(): Promise<void> {
    return this.store.removeCapture(this.capture);
  }

  /** From now on nobody else asks the store for anything while the results are written, which can then be sooner. */
  haveStoreAlone(): void {
    this.alone = true;
  }

  /** What a triage is to call. */
  hooks(): {
    onPackets(packets: PacketBatch): void;
    onObservations(seen: Observations, hosts: HostTable): void;
    onWindows(windows: HostWindowBatch): Promise<void>;
  } {
    return {
      onPackets: (packets) => this.timeline.packets(packets),
      onObservations: (seen, hosts) => this.names.add(seen.messages, hosts),
      onWindows: (windows) => this.windows(windows),
    };
  }

  /** Windows as they close. A failure does not stop the run: it is thrown by `results`. */
  private async windows(batch: HostWindowBatch): Promise<void> {
    if (batch.count === 0 || this.failure !== undefined) return;
    const columns = copied(hostWindowSchema, batch.columns, batch.count);
    try {
      await this.gate.add(this.store.addWindows(this.capture, { capacity: batch.count, count: batch.count, columns }));
    } catch (error) {
      this.failure = asError(error);
    }
  }

  /**
   * Everything that is known at the end of a run; the capture then counts as complete (or partial). `now`: the time by
   * which suppressions have expired, milliseconds since 1970. `stored`: whether a batch of flows is in the store as it is
   * here (`at`: how many ended before its first).
   */
  async results(
    result: TriageResult,
    now: number,
    stored: (batch: FlowBatch, scores: FlowScores | undefined, at: number) => boolean = () => false,
  ): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    const features = new FeatureKeeper(result.incidents);
    let at = result.flowsForgotten;
    const isOne = this.alone && (await this.store.beginFlows(result.report.flows.count));
    for (const { batch, scores } of result.flows()) {
      this.facts.add(batch, scores, this.timeline);
      // What was not scored has no surroundings, and no features.
      if (scores) features.add(batch);
      at += batch.count;
      if (stored(batch, scores, at - batch.count)) continue;
      await this.gate.add(this.store.addFlows(this.capture, flowRows(batch, scores)));
    }
    for (const rows of hostRows(result)) await this.gate.add(this.store.addHosts(this.capture, rows));
    if (isOne) {
      await this.gate.empty();
      await this.store.endFlows();
    }
    const incidents = result.incidents.map((b) => ({ incident: b.incident, flows: [...b.flowIds] }));
    await this.gate.add(this.store.addIncidents(this.capture, incidents));
    const { timeline, ...buckets } = this.timeline.result();
    const macs = [...result.cards].flatMap(([address, found]) => found.map((mac) => ({ address, mac })));
    const extras = { facts: { ...this.facts.result(), ...buckets }, timeline, ...this.names.result(), macs };
    await this.gate.add(this.store.addExtras(this.capture, extras));
    await this.gate.add(features.store(this.store, this.capture));
    await this.gate.empty();
    const { refused } = this.names;
    if (refused > 0) {
      const message = `more names of hosts than are kept: ${refused} of them, seen least, were given up`;
      result.report.inputs.at(-1)?.warnings.push({ code: 'names-bounded', message, offset: 0, count: refused });
    }
    const { inputs, hosts: _hosts, incidents: _incidents, ...report } = result.report;
    const status = result.partial ? 'partial' : 'complete';
    // Whoever looks for the file later may stand in another folder.
    const placed = inputs.map((input) => ({ ...input, path: input.path === '-' ? '-' : resolve(input.path) }));
    await this.store.finishCapture(this.capture, { status, inputs: placed, report });
    await this.store.applySuppressions(now, this.capture);
  }
}

/** A few at a time: of a flood there are hundreds of thousands. */
function* hostRows({ hosts, allHosts }: TriageResult): Generator<HostRow[]> {
  let rows: HostRow[] = [];
  for (const host of allHosts()) {
    rows.push({ ...host, words: hosts.words.slice(host.host * 4, host.host * 4 + 4) });
    if (rows.length < HOST_ROWS) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

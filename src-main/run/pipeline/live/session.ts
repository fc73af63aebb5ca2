/** A live capture from its first packet to its end: the stages of a triage, and what they tell as they go. */
import type { LiveEvent, LiveStats, LiveTick, Learning, ShedLevel } from '../../../../src-shared/domain/live.ts';
import { formatTime, parseTime } from '../../../../src-shared/domain/time.ts';
import type { PacketBatch } from '../../../meter/packets/types.ts';
import type { Observations } from '../../../detect/types.ts';
import { analyse, type Analysis, type TriageOptions, type TriageResult } from '../triage.ts';
import { Arrivals } from './arrivals.ts';
import { Rates } from './rates.ts';
import type { LiveSource } from './source.ts';
import { IncidentTracker, type IncidentChange } from './tracker.ts';

/** A tick, ms; incidents are looked at this often at most, ms. */
const TICK_MS = 1000;
const LOOK_MS = 200;
/** Flows that are kept for explanations and for the report at the end. */
export const LIVE_FLOWS = 262_144;
/** Flows below which nothing is called unusual (detect/detectors). */
const FLOWS_NEEDED = 64;

export type LiveOptions = Pick<
  TriageOptions,
  | 'seed'
  | 'model'
  | 'networks'
  | 'devices'
  | 'profile'
  | 'budget'
  | 'cards'
  | 'onWindows'
  | 'onObservations'
  | 'onPackets'
> & {
  /** Milliseconds; where given, the capture ends after them. */
  duration?: number;
  /** Flows that are kept (default `LIVE_FLOWS`; a replay keeps all). */
  flowLimit?: number;
  onEvent: (event: LiveEvent) => void;
  onTick?: (tick: LiveTick) => void;
  signal?: AbortSignal;
};

/** Runs until the source ends or is stopped; the report is that of a causal triage of what was seen. */
export async function watch(source: LiveSource, options: LiveOptions): Promise<TriageResult> {
  return new LiveSession(source, options).run();
}

class LiveSession {
  private readonly source: LiveSource;
  private readonly options: LiveOptions;
  private readonly rates = new Rates();
  private readonly tracker = new IncidentTracker();
  private readonly arrivals = new Arrivals();
  private readonly stop = new AbortController();
  private analysis: Analysis | undefined;
  private revision = -1;
  private looked = -Infinity;
  private now = 0;
  private nano = 0;
  private ticks = 0;
  private last = { packets: 0, bytes: 0, at: performance.now() };
  private ended: 'duration' | 'signal' | undefined;
  private shed = 0;
  private shedLevel: ShedLevel = 0;
  private readonly started = performance.now();

  constructor(source: LiveSource, options: LiveOptions) {
    this.source = source;
    this.options = options;
  }

  async run(): Promise<TriageResult> {
    const { options, source } = this;
    options.onEvent({ event: 'started', ...source.started });
    const ticking = setInterval(() => this.tick(), TICK_MS);
    const timer = options.duration === undefined ? undefined : setTimeout(() => this.end('duration'), options.duration);
    options.signal?.addEventListener('abort', () => this.end('signal'), { once: true });
    if (options.signal?.aborted) this.end('signal');
    try {
      return await this.analyse();
    } finally {
      clearInterval(ticking);
      clearTimeout(timer);
    }
  }

  private async analyse(): Promise<TriageResult> {
    const { onEvent: _event, onTick: _tick, duration: _duration, ...options } = this.options;
    const result = await analyse(
      {
        ...options,
        files: [],
        threads: 1,
        causal: true,
        signal: this.stop.signal,
        flowLimit: this.options.flowLimit ?? LIVE_FLOWS,
        onPackets: (packets: PacketBatch) => this.packets(packets),
        onTaken: (analysis, seen) => this.taken(analysis, seen),
      },
      this.source,
    );
    this.tell(this.tracker.finish(result.incidents, this.now));
    this.options.onEvent({ event: 'ended', reason: this.ended ?? this.source.ending(), stats: this.stats() });
    return result;
  }

  private end(reason: 'duration' | 'signal'): void {
    this.ended ??= reason;
    this.stop.abort();
  }

  private packets(packets: PacketBatch): void {
    const { sec, nano } = packets.columns;
    const row = packets.count - 1;
    if (row < 0) return;
    [this.now, this.nano] = [sec[row]!, nano[row]!];
    this.arrivals.note(this.now + this.nano * 1e-9, performance.now());
    this.rates.addPackets(packets);
    this.options.onPackets?.(packets);
  }

  private taken(analysis: Analysis, seen: Observations): void {
    this.analysis = analysis;
    // On an idle link the capture's own clock goes on.
    if (seen.now > this.now) [this.now, this.nano] = [seen.now, 0];
    this.rates.observe(seen);
    if (seen.flows.count > 0) this.rates.addFlows(seen.flows, analysis.scoreNow(seen.flows)?.anomalous);
    if (performance.now() - this.looked >= LOOK_MS) this.look();
  }

  /** Tells of incidents where something was found since the last look. */
  private look(): void {
    const { analysis } = this;
    this.looked = performance.now();
    if (!analysis || analysis.revision === this.revision) return;
    this.revision = analysis.revision;
    this.tell(this.tracker.update(analysis.incidents(), this.now));
  }

  private tell(changes: readonly IncidentChange[]): void {
    for (const { state, incident, withdrawn } of changes) {
      const latencyMs = state === 'open' ? this.latency(incident.decidedTs) : null;
      this.options.onEvent({ event: 'incident', state, latencyMs, ...(withdrawn ? { withdrawn } : {}), ...incident });
    }
  }

  /** Of an incident decided at this packet time, ms. */
  private latency(decidedTs: string): number | null {
    const { sec, nano } = parseTime(decidedTs);
    const known = this.source.since(sec, nano);
    const ms = known ?? performance.now() - this.arrivals.of(sec + nano * 1e-9);
    return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : null;
  }

  private tick(): void {
    this.look();
    const stats = this.stats();
    this.options.onEvent({ event: 'stats', ...stats });
    this.options.onTick?.(this.figures(stats));
    this.last = { packets: this.rates.packets, bytes: this.rates.bytes, at: performance.now() };
  }

  private stats(): LiveStats {
    const { rates, last } = this;
    const seconds = Math.max(1e-3, (performance.now() - last.at) / 1000);
    const drops = this.source.drops();
    return {
      ts: formatTime(this.now, this.nano),
      received: rates.packets,
      droppedKernel: drops.kernel,
      droppedInterface: drops.interface,
      shed: this.shed,
      packetsPerSecond: Math.round((rates.packets - last.packets) / seconds),
      bitsPerSecond: Math.round(((rates.bytes - last.bytes) * 8) / seconds),
      flows: this.source.meter.table.statistics.flows,
    };
  }

  private figures(stats: LiveStats): LiveTick {
    const { meter } = this.source;
    const since = this.source.since(this.now, this.nano);
    return {
      ...stats,
      ...this.rates.take(this.now, meter.hosts),
      tick: ++this.ticks,
      flowsActive: meter.table.statistics.active,
      shedLevel: this.shedLevel,
      queued: this.source.queued(),
      behindMs: Math.max(0, Math.round(since ?? 0)),
      learning: this.learning(stats),
      incidents: this.tracker.counts(),
    };
  }

  private learning({ received, flows }: LiveStats): Learning {
    const minutes = Math.floor((performance.now() - this.started) / 60_000);
    const status = !this.options.model ? 'off' : flows < FLOWS_NEEDED ? 'learning' : 'scored';
    return { status, packets: received, flows, minutes, flowsNeeded: FLOWS_NEEDED };
  }
}

/** A live capture from its first packet to its end: the stages of a triage, and what they tell as they go. */
import type { IncidentKind } from '../../../../src-shared/domain/incident.ts';
import type { LiveEvent, LiveNoticeCode, LiveStats, LiveTick, Learning } from '../../../../src-shared/domain/live.ts';
import { formatTime, parseTime } from '../../../../src-shared/domain/time.ts';
import type { FlowBatch } from '../../../meter/flows/types.ts';
import type { PacketBatch } from '../../../meter/packets/types.ts';
import type { FlowScores } from '../../../detect/detectors/triage.ts';
import type { BuiltIncident } from '../../../detect/incidents/build.ts';
import type { PromotedModel } from '../../../detect/lab/promoted.ts';
import type { Observations } from '../../../detect/types.ts';
import { analyse } from '../triage.ts';
import type { Analysis, NamedModel, TriageOptions, TriageResult } from '../triage-types.ts';
import { Arrivals } from './arrivals.ts';
import { Baselines, type BaselineSettings } from './baseline/baselines.ts';
import { NoticeGate } from './notice-gate.ts';
import { PacketKeeper, type RingSettings } from './packet-keeper.ts';
import { QualityNotes } from './quality-notes.ts';
import { Rates } from './rates.ts';
import { PACKETS_SHED_AT, packetShedWords, Shedding, shedWords } from './shedding.ts';
import type { LiveSource } from './source.ts';
import { IncidentTracker, type IncidentChange } from './tracker.ts';
import type { MarkLists } from '../../../detect/incidents/suppressions/engine.ts';
import { LiveMarks } from './marks.ts';
import { LiveTraffic } from './traffic.ts';

/** A tick, ms; incidents are looked at this often at most, ms. */
const TICK_MS = 1000;
const LOOK_MS = 200;
/** Flows that are kept for explanations and for the report at the end. */
export const LIVE_FLOWS = 262_144;
/** Flows below which nothing is called unusual (detect/detectors). */
const FLOWS_NEEDED = 64;
/** Findings that are kept while a capture lasts; beyond it, those of incidents that were quiet longest go. */
const FINDINGS_MAX = 4000;
/** Findings beyond which those of incidents go that are over: a capture that lasts for days ends with its last ones. */
const FINDINGS_OVER = 512;
/** An incident is over when it was quiet for so long, seconds of packet time: twice what closes it. */
const OVER_S = 1800;
/** Incidents that have been quiet for long are closed this late at most, seconds. */
const CLOSING_S = 10;
/** Looking for incidents may take this share of the time. */
const LOOK_SHARE = 0.1;
/** The kind of network is looked at this often, seconds of packet time; a change counts when it is seen twice. */
const PROFILE_S = 600;
/** Kinds whose senders may be forged. */
const FLOODS: ReadonlySet<IncidentKind> = new Set(['dos-flood', 'ddos', 'amplification']);
/** Longest mark, characters. */
const NOTE_MAX = 500;
/** Ticks between looks at whether the capture can be trusted. */
const QUALITY_TICKS = 5;
/** … at what hosts seem to be. */
const ROLE_TICKS = 60;
/** Ticks between looks for other models of the lab. */
const PROMOTED_TICKS = 10;
/** Longest a timer of Node's can wait, ms. */
const TIMER_MAX = 2 ** 31 - 1;

export type LiveOptions = Pick<
  TriageOptions,
  | 'seed'
  | 'model'
  | 'promoted'
  | 'networks'
  | 'devices'
  | 'roles'
  | 'profile'
  | 'budget'
  | 'intel'
  | 'signatures'
  | 'sigma'
  | 'places'
  | 'placeNote'
  | 'onWindows'
  | 'onObservations'
  | 'onPackets'
  | 'packetDetectors'
  | 'learnPackets'
> & {
  /** Milliseconds; where given, the capture ends after them. */
  duration?: number;
  /** Flows that are kept (default `LIVE_FLOWS`; a replay keeps all). */
  flowLimit?: number;
  /** Where the last packets are kept. */
  ring?: RingSettings;
  /** Where baselines are kept: given, a network's own is used once it is learned. Needs a model to begin with. */
  baselines?: BaselineSettings | string;
  /** `flows`: ids of the flows of an incident that opens, grows or closes, bounded; valid during the call. `marks`: what they tell. */
  onEvent: (event: LiveEvent, flows?: ReadonlySet<number>, marks?: MarkLists) => void;
  /**
   * Told of flows as they end, in their order, with their scores as of now; both are valid during the call. Scores are
   * absent without a model, and while detail is shed.
   */
  onFlows?: (flows: FlowBatch, scores: FlowScores | undefined) => void;
  onTick?: (tick: LiveTick) => void;
  /** Told now and then what hosts seem to be. */
  onRoles?: (found: ReturnType<Analysis['roles']>) => void;
  /** Asked now and then: models of the lab that score from now on, undefined where those that do go on. */
  promotedChanges?: () => Promise<readonly PromotedModel[] | undefined>;
  /** Whether somebody said that an incident, by its uid, is expected: what it is about is learned as ordinary. */
  isExpected?: (uid: string) => boolean;
  signal?: AbortSignal;
};

/** A live capture that runs. */
export interface LiveControl {
  /** Its report, once it has ended. */
  done: Promise<TriageResult>;
  /** Ends it; what was seen until now is reported. */
  stop(): void;
  /** Notes a remark at this time of the packets. */
  mark(note: string): void;
  /** Files on disk that may hold packets of this stretch of time (seconds since 1970 UTC). */
  packetFiles(fromSec: number, toSec: number): string[];
}

/** Runs until the source ends or is stopped; the report is that of a causal triage of what was seen. */
export function startWatch(source: LiveSource, options: LiveOptions): LiveControl {
  const session = new LiveSession(source, options);
  return {
    done: session.run(),
    stop: () => session.end('signal'),
    mark: (note) => session.mark(note),
    packetFiles: (fromSec, toSec) => session.packetFiles(fromSec, toSec),
  };
}

/** As `startWatch`, for who needs no control but a signal. */
export function watch(source: LiveSource, options: LiveOptions): Promise<TriageResult> {
  return startWatch(source, options).done;
}

class LiveSession {
  private readonly source: LiveSource;
  private readonly options: LiveOptions;
  private readonly rates = new Rates();
  private readonly tracker = new IncidentTracker();
  private readonly traffic = new LiveTraffic();
  private readonly marks = new LiveMarks();
  private readonly arrivals = new Arrivals();
  private readonly stop = new AbortController();
  private analysis: Analysis | undefined;
  /** What behaviours knew of the network when it was watched before. */
  private past: Readonly<Record<string, string>> | undefined;
  private revision = -1;
  /** When incidents that have been quiet are looked at again, packet time. */
  private closing = 0;
  private looked = -Infinity;
  private now = 0;
  private nano = 0;
  private ticks = 0;
  private ticked = 0;
  private last = { packets: 0, bytes: 0, at: performance.now() };
  private ended: 'duration' | 'signal' | undefined;
  private shed = 0;
  private readonly shedding = new Shedding();
  private readonly gate = new NoticeGate();
  private readonly quality = new QualityNotes();
  private readonly packetShedding = new Shedding(PACKETS_SHED_AT);
  private keeper: PacketKeeper | undefined;
  private baselines: Baselines | undefined;
  /** The model that scores, where it is not the one that was given. */
  private ownModel: NamedModel | undefined;
  /** Hosts that incidents are about which are open: nothing is learned of them. */
  private suspects: ReadonlySet<number> = new Set();
  /** Hosts that are flooded: senders are too many to be named, or forged. */
  private victims: ReadonlySet<number> = new Set();
  /** Findings beyond which some may go. */
  private forgetAt = FINDINGS_OVER;
  /** What the last look cost, ms. */
  private lookCost = 0;
  private readonly started = performance.now();
  /** Whether it was said that flows are forgotten, and that strangers are told apart no more. */
  private forgetful = false;
  private crowded = false;
  private shallow = false;
  private keptClosed: Promise<void> | undefined;
  /** The kind of network that was told, the one that was seen last, and when to look again. */
  private readonly profile = { told: '', seen: '', next: NaN };
  /** `ended` was told, or never will be: nothing may follow. */
  private over = false;

  constructor(source: LiveSource, options: LiveOptions) {
    this.source = source;
    this.options = options;
  }

  async run(): Promise<TriageResult> {
    const { options, source } = this;
    this.emit({ event: 'started', ...source.started });
    source.listen(
      (code, message) => this.notice(code, message),
      (code, message) => this.emit({ event: 'error', code, message }),
    );
    const stopped = (): void => this.end('signal');
    options.signal?.addEventListener('abort', stopped, { once: true });
    if (options.signal?.aborted) stopped();
    this.keeper = await PacketKeeper.open(options.ring, (code, message) => this.notice(code, message));
    this.baselines = this.openBaselines();
    const ticking = setInterval(() => this.tick(), TICK_MS);
    const ending = new AbortController();
    this.endAfter(options.duration, ending.signal);
    try {
      const result = await this.analyse();
      clearInterval(ticking);
      // What they have to say of their end comes before ours.
      await this.closeKept();
      const detectors = result.report.detectors.filter(({ packets }) => packets);
      const reason = this.ended ?? source.ending();
      const looked = detectors.length > 0 ? { packetDetectors: detectors } : {};
      this.emit({ event: 'ended', reason, stats: this.stats(), ...looked });
      return result;
    } finally {
      this.over = true;
      clearInterval(ticking);
      ending.abort();
      options.signal?.removeEventListener('abort', stopped);
      await this.closeKept();
    }
  }

  /** Once, whoever asks again. */
  private closeKept(): Promise<void> {
    const { keeper, baselines } = this;
    this.keptClosed ??= (async () => {
      // A disk that fails at the very end costs the last packets of the ring, not what was found.
      await keeper?.close().catch((error: unknown) => {
        const said = error instanceof Error ? error.message : String(error);
        this.notice('ring-failed', `The packet ring cannot be written: ${said}`);
      });
      await baselines?.close();
    })();
    return this.keptClosed;
  }

  private openBaselines(): Baselines | undefined {
    const { baselines, model, seed } = this.options;
    if (baselines === undefined || !model) return undefined;
    const settings = typeof baselines === 'string' ? { folder: baselines } : baselines;
    return new Baselines(settings, this.source.started.interface, seed, {
      onNotice: (code, message) => this.notice(code, message),
      onModel: (own) => {
        this.ownModel = own;
        this.analysis?.adopt(own);
      },
      history: () => this.analysis?.history() ?? {},
      onHistory: (saved) => {
        this.past = saved;
        this.analysis?.resume(saved);
      },
    });
  }

  mark(note: string): void {
    this.emit({ event: 'mark', ts: this.ts(), note: note.slice(0, NOTE_MAX) });
  }

  packetFiles(fromSec: number, toSec: number): string[] {
    return this.keeper?.filesOf(fromSec, toSec) ?? [];
  }

  private emit(event: LiveEvent, flows?: ReadonlySet<number>, marks?: MarkLists): void {
    if (this.over) return;
    this.over = event.event === 'ended';
    this.options.onEvent(event, flows, marks);
  }

  private notice(code: LiveNoticeCode, message: string): void {
    const told = this.gate.pass(code, message, performance.now());
    if (told !== null) this.emit({ event: 'notice', ts: this.ts(), code, message: told });
  }

  private ts(): string {
    return formatTime(this.now, this.nano);
  }

  /** Timers hold 25 days at most. */
  private endAfter(ms: number | undefined, over: AbortSignal): void {
    if (ms === undefined || over.aborted) return;
    const part = Math.min(ms, TIMER_MAX);
    const next = (): void => (part < ms ? this.endAfter(ms - part, over) : this.end('duration'));
    const timer = setTimeout(next, part);
    over.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  private async analyse(): Promise<TriageResult> {
    const {
      onEvent: _event,
      onTick: _tick,
      onRoles: _roles,
      onFlows: _flows,
      duration: _duration,
      ring: _ring,
      baselines: _b,
      isExpected: _expected,
      promotedChanges: _changes,
      ...options
    } = this.options;
    const result = await analyse(
      {
        ...options,
        files: [],
        threads: 1,
        causal: true,
        liveAnomalies: true,
        signal: this.stop.signal,
        flowLimit: this.options.flowLimit ?? LIVE_FLOWS,
        onPackets: (packets: PacketBatch) => this.packets(packets),
        onTaken: (analysis, seen) => this.taken(analysis, seen),
      },
      this.source,
    );
    this.tell(this.tracker.finish(result.incidents, this.now));
    return result;
  }

  end(reason: 'duration' | 'signal'): void {
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
    if (this.shedding.level > 0) this.shed += packets.count;
    this.keeper?.add(packets, this.source.meter.segments);
    this.options.onPackets?.(packets);
  }

  private taken(analysis: Analysis, seen: Observations): void {
    if (!this.analysis && this.ownModel) analysis.adopt(this.ownModel);
    if (!this.analysis && this.past) analysis.resume(this.past);
    this.analysis = analysis;
    // On an idle link the capture's own clock goes on.
    if (seen.now > this.now) [this.now, this.nano] = [seen.now, 0];
    this.rates.observe(seen);
    if (seen.flows.count > 0) {
      this.traffic.add(seen.flows);
      this.marks.add(seen.flows);
      const scores = this.shedding.level === 0 ? analysis.scoreNow(seen.flows) : undefined;
      this.rates.addFlows(seen.flows, scores?.anomalous);
      this.options.onFlows?.(seen.flows, scores);
      // Flows whose surroundings were not taken in are no example.
      if (this.shedding.level === 0) {
        const { suspects, victims } = this;
        const alone = scores?.anomalousAlone ?? scores?.anomalous;
        this.baselines?.observe(seen.flows, (from, to) => suspects.has(from) || victims.has(to), alone);
      }
    }
    if (performance.now() - this.looked >= Math.max(LOOK_MS, this.lookCost / LOOK_SHARE)) this.look();
    this.keepUp();
    this.noteForgotten(analysis.flowsForgotten);
    if (analysis.hosts.overflowed > 0) this.noteCrowd();
    if (analysis.inspectionRefused > 0) this.noteShallow();
    if (this.options.profile === undefined) this.noteProfile(analysis);
  }

  /** Which kind of network this is, and when it has become another. */
  private noteProfile(analysis: Analysis): void {
    const { profile } = this;
    if (Number.isNaN(profile.next)) profile.next = this.now + PROFILE_S;
    if (this.now < profile.next) return;
    profile.next = this.now + PROFILE_S;
    const { name, reason } = analysis.profile();
    const isSure = profile.told === '' || name === profile.seen;
    profile.seen = name;
    if (!isSure || name === profile.told) return;
    this.notice('profile', `Kind of network${profile.told === '' ? '' : ' now'}: ${name}. ${reason}`);
    profile.told = name;
  }

  /** Once: from now on the oldest flows go. */
  private noteForgotten(flows: number): void {
    if (flows === 0 || this.forgetful) return;
    this.forgetful = true;
    const most = (this.options.flowLimit ?? LIVE_FLOWS).toLocaleString('en');
    this.notice(
      'flows-forgotten',
      `More flows have ended than are kept: from now on only the latest ${most} are there at the end; all are looked at.`,
    );
  }

  /** Once: from now on strangers are told apart no more. */
  private noteCrowd(): void {
    if (this.crowded) return;
    this.crowded = true;
    this.notice(
      'too-many-hosts',
      'More addresses were seen than can be told apart, as in a flood of forged ones: further outside addresses are counted together, and what they do is not judged.',
    );
  }

  /** Once: flows ask for more than may be kept or told of them. */
  private noteShallow(): void {
    if (this.shallow) return;
    this.shallow = true;
    this.notice(
      'inspection-bounded',
      'Flows ask for more than all of them together, or one, may keep or tell, as floods and evasions make them: they are recognised and counted, but some are read less far.',
    );
  }

  /** Sheds detail where packets are looked at too late, and takes it up again. */
  private keepUp(): void {
    const { source, shedding, analysis } = this;
    const behind = source.behindMs();
    if (!source.insistent || behind === null) return;
    if (this.options.packetDetectors?.length) this.keepUpWithPackets(behind);
    if (!shedding.note(behind, performance.now())) return;
    analysis?.learnContext(shedding.level === 0);
    source.meter.inspectNew(shedding.level < 2);
    this.notice('shed', shedWords(shedding.level));
  }

  private keepUpWithPackets(behind: number): void {
    const { packetShedding } = this;
    if (!packetShedding.note(behind, performance.now())) return;
    this.analysis?.scorePackets(packetShedding.level === 0);
    this.notice('shed', packetShedWords(packetShedding.level));
  }

  /** Tells of incidents where something was found since the last look. */
  private look(): void {
    const { analysis } = this;
    this.looked = performance.now();
    // Without anything new, incidents still close.
    const isNew = analysis && analysis.revision !== this.revision;
    if (!analysis || (!isNew && this.now < this.closing)) return;
    if (this.source.insistent) this.forget(analysis);
    this.revision = analysis.revision;
    this.closing = this.now + CLOSING_S;
    const built = analysis.incidents();
    const told = built.filter(({ incident }) => !this.tracker.isClosed(incident.uid));
    this.traffic.count(told, this.source.meter.table.live);
    this.tell(this.tracker.update(built, this.now));
    if (this.baselines) this.notOrdinary(built);
    this.lookCost = performance.now() - this.looked;
  }

  private forget(analysis: Analysis): void {
    if (analysis.findings <= this.forgetAt) return;
    analysis.forget(FINDINGS_OVER, this.now - OVER_S);
    if (analysis.findings > FINDINGS_MAX) analysis.forget(FINDINGS_MAX * 0.9);
    // Grouping all of them costs as much as a look: not again for every newcomer.
    this.forgetAt = Math.max(FINDINGS_OVER, analysis.findings) * 1.1;
  }

  /** Whose flows are no example of what is usual. */
  private notOrdinary(built: readonly BuiltIncident[]): void {
    const isExpected = this.options.isExpected ?? (() => false);
    const serious = built.filter(
      ({ incident: { severity, uid } }) => severity !== 'info' && this.tracker.isOpen(uid) && !isExpected(uid),
    );
    this.suspects = new Set(serious.flatMap(({ sourceHosts }) => sourceHosts));
    const floods = serious.filter(({ incident }) => FLOODS.has(incident.kind));
    this.victims = new Set(floods.flatMap(({ targetHosts }) => targetHosts));
  }

  private tell(changes: readonly IncidentChange[]): void {
    if (changes.length === 0) return;
    const { meter } = this.source;
    const none: ReadonlySet<number> = new Set();
    const marks = this.marks.of(
      changes.map(({ flows }) => flows ?? none),
      meter.table,
      (slot) => meter.learned(slot),
    );
    for (const [i, { state, incident, withdrawn, flows }] of changes.entries()) {
      const latencyMs = state === 'open' ? this.latency(incident.decidedTs) : null;
      const event = { event: 'incident', state, latencyMs, ...(withdrawn ? { withdrawn } : {}), ...incident } as const;
      this.emit(event, flows, flows && marks[i]);
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
    this.keeper?.tick();
    this.baselines?.tick(this.now);
    if (this.ticked % QUALITY_TICKS === QUALITY_TICKS - 1)
      for (const words of this.quality.news(this.source)) this.notice('capture-quality', words);
    if (this.ticked % ROLE_TICKS === ROLE_TICKS - 1 && this.analysis) this.options.onRoles?.(this.analysis.roles());
    if (this.ticked++ % PROMOTED_TICKS === 0) void this.lookForPromoted();
    const stats = this.stats();
    this.emit({ event: 'stats', ...stats });
    this.options.onTick?.(this.figures(stats));
    this.last = { packets: this.rates.packets, bytes: this.rates.bytes, at: performance.now() };
  }

  /** Somebody may have promoted another model, or the schedule has. */
  private async lookForPromoted(): Promise<void> {
    try {
      const models = await this.options.promotedChanges?.();
      if (!models || !this.analysis || this.over) return;
      await this.analysis.promote(models);
      const names = models.map(({ slot, name }) => `“${name}” (lab:${slot})`).join(', ');
      this.notice('promoted', `Models of the lab that score from now on: ${names === '' ? 'none' : names}.`);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      this.notice('promoted', `Models of the lab cannot be read, and those before go on scoring: ${said}`);
    }
  }

  private stats(): LiveStats {
    const { rates, last } = this;
    const seconds = Math.max(1e-3, (performance.now() - last.at) / 1000);
    const drops = this.source.drops();
    return {
      ts: this.ts(),
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
    return {
      ...stats,
      ...this.rates.take(this.now, meter.hosts),
      tick: ++this.ticks,
      flowsActive: meter.table.statistics.active,
      flowsForgotten: this.analysis?.flowsForgotten ?? 0,
      shedLevel: this.shedding.level,
      queued: this.source.queued(),
      behindMs: Math.round(this.source.behindMs() ?? 0),
      learning: this.learning(stats),
      incidents: this.tracker.counts(),
      ring: this.keeper?.statistics() ?? null,
      linkUp: this.source.linkUp(),
    };
  }

  private learning({ received, flows }: LiveStats): Learning {
    const base = { packets: received, model: (this.ownModel ?? this.options.model)?.name ?? null };
    const { baselines } = this;
    if (baselines) {
      const { own, ...far } = baselines.state;
      const { flowsNeeded, minutesNeeded } = baselines;
      return { ...base, ...far, flowsNeeded, minutesNeeded, status: own ? 'scored' : 'learning' };
    }
    const minutes = Math.floor((performance.now() - this.started) / 60_000);
    const status = !this.options.model ? 'off' : flows < FLOWS_NEEDED ? 'learning' : 'scored';
    return { ...base, status, flows, minutes, flowsNeeded: FLOWS_NEEDED, minutesNeeded: 0, network: null };
  }
}

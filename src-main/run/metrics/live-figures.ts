/** Counts what a live capture tells, for metrics. Bounded: of incidents that closed only sums are kept. */
import { SEVERITIES, type Severity } from '../../../src-shared/domain/incident.ts';
import type { LiveEvent, LiveIncident, LiveStats } from '../../../src-shared/domain/live.ts';
import { VERSION } from '../../../src-shared/version.ts';
import type { CaptureFigures, ChannelFigures, Figures, ModelFigures } from './figures.ts';

/** Upper bounds of the histogram of scores; what stands out lies near 1. */
const SCORE_BOUNDS = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1] as const;
/** Incidents that go on; beyond it the oldest count as closed. */
const OPEN_MAX = 10_000;

interface Open {
  readonly severity: Severity;
  readonly worst: Severity;
}

export interface LiveFiguresOptions {
  readonly startedAt: number;
  now(): number;
  /** The model that scores; absent: none does. */
  readonly model?: ModelFigures;
  /** Asked at each reading. */
  channels?(): readonly ChannelFigures[] | Promise<readonly ChannelFigures[]>;
}

export class LiveFigures {
  private readonly options: LiveFiguresOptions;
  private capture: CaptureFigures | undefined;
  private readonly scores = new Float64Array(SCORE_BOUNDS.length + 1);
  private scoreSum = 0;
  private scored = false;
  private readonly open = new Map<string, Open>();
  /** Kind, blank, severity → incidents. */
  private readonly told = new Map<string, number>();
  private learned: ModelFigures | undefined;

  constructor(options: LiveFiguresOptions) {
    this.options = options;
    this.scored = options.model !== undefined;
  }

  take(event: LiveEvent): void {
    if (event.event === 'incident') this.incident(event);
    else if (event.event === 'started') this.begin(event.interface);
    else if (event.event === 'stats') this.stats(event);
    else if (event.event === 'ended') this.stats(event.stats);
    else if (event.event === 'notice') this.notice(event.code);
  }

  /** A capture begins: what is told from now on is of it. One that goes on under the same name changes nothing. */
  begin(name: string): void {
    if (this.capture?.interface === name) return;
    const drops = { kernel: null, interface: null, shed: 0 };
    this.capture = { interface: name, up: true, packets: 0, drops, flows: 0 };
    this.open.clear();
  }

  /** It is over: nothing is captured any more. */
  end(): void {
    this.capture = undefined;
    this.open.clear();
  }

  /** Scores of flows that ended, 0 to 1; `count` of them. */
  takeScores(scores: { readonly count: number; readonly score: Float32Array }): void {
    this.scored = true;
    for (let i = 0; i < scores.count; i++) {
      const score = scores.score[i]!;
      if (Number.isNaN(score)) continue;
      const place = SCORE_BOUNDS.findIndex((bound) => score <= bound);
      const bucket = place < 0 ? SCORE_BOUNDS.length : place;
      this.scores[bucket] = this.scores[bucket]! + 1;
      this.scoreSum += score;
    }
  }

  async figures(): Promise<Figures> {
    const { startedAt, now, model, channels } = this.options;
    const models = this.learned ?? model;
    return {
      version: VERSION,
      startedAt,
      now: now(),
      captures: this.capture ? [this.capture] : [],
      ...(this.scored ? { scores: { bounds: SCORE_BOUNDS, counts: [...this.scores], sum: this.scoreSum } } : {}),
      incidents: this.incidents(),
      open: this.openNow(),
      channels: (await channels?.()) ?? [],
      models: models ? [models] : [],
    };
  }

  /** `up`: whether packets can come, where that is known. */
  stats(stats: Omit<LiveStats, 'ts' | 'packetsPerSecond' | 'bitsPerSecond'>, up?: boolean): void {
    if (!this.capture) return;
    const drops = { kernel: stats.droppedKernel, interface: stats.droppedInterface, shed: stats.shed };
    const { received: packets, flows } = stats;
    this.capture = { ...this.capture, packets, flows, drops, up: up ?? this.capture.up };
  }

  private notice(code: Extract<LiveEvent, { event: 'notice' }>['code']): void {
    if (code === 'learned') this.learned = { name: 'network', madeAt: this.options.now() };
    if (!this.capture) return;
    if (code === 'interface-down' || code === 'interface-gone') this.capture = { ...this.capture, up: false };
    if (code === 'interface-up' || code === 'interface-back') this.capture = { ...this.capture, up: true };
  }

  /** A counter may never fall: whoever worsens counts again, and who is withdrawn stays counted. */
  incident({ uid, kind, severity, state }: Pick<LiveIncident, 'uid' | 'kind' | 'severity' | 'state'>): void {
    const before = this.open.get(uid);
    if (!before || SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(before.worst)) this.count(kind, severity);
    this.open.delete(uid);
    if (state === 'closed') return;
    const worse = before && SEVERITIES.indexOf(before.worst) > SEVERITIES.indexOf(severity) ? before.worst : severity;
    this.open.set(uid, { severity, worst: worse });
    const [oldest] = this.open.keys();
    if (this.open.size > OPEN_MAX && oldest !== undefined) this.open.delete(oldest);
  }

  private count(kind: string, severity: Severity): void {
    const key = `${kind} ${severity}`;
    this.told.set(key, (this.told.get(key) ?? 0) + 1);
  }

  private incidents(): Figures['incidents'] {
    return [...this.told].map(([key, count]) => {
      const [kind = '', severity = 'info'] = key.split(' ');
      return { kind, severity: severity as Severity, count };
    });
  }

  private openNow(): Record<Severity, number> {
    const sums = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as Record<Severity, number>;
    for (const { severity } of this.open.values()) sums[severity]++;
    return sums;
  }
}

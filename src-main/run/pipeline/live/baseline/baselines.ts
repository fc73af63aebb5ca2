/**
 * A baseline for each network: recognised while a capture runs, loaded where it was learned before, learned where not.
 * Until then the shipped model scores, and behaviours work from the first packet.
 */
import type { LiveNoticeCode } from '../../../../../src-shared/domain/live.ts';
import type { FlowBatch } from '../../../../meter/flows/types.ts';
import { startThread, type Thread } from '../../threads.ts';
import type { NamedModel } from '../../triage-types.ts';
import { AlarmRate } from './alarm-rate.ts';
import { BaselineFolder, type LearnedOnce } from './files.ts';
import { Learner, ROW_WIDTH } from './learner.ts';
import type { Judged, LearnData, LearnResult } from './messages.ts';
import { factsOf, networkOf, type NetworkFacts, type NetworkId } from './network.ts';

export interface BaselineSettings {
  /** Where models and rows are kept. */
  folder: string;
  /** What a first model needs (defaults 3,000 flows over 60 minutes, these also over several captures). */
  flows?: number;
  minutes?: number;
  /** What the system says of the card; given by tests. */
  facts?: () => Promise<NetworkFacts>;
  /** Milliseconds since 1970, for the log. */
  wallClock?: () => number;
}

export interface BaselineEvents {
  onNotice: (code: LiveNoticeCode, message: string) => void;
  /** A model to score by from now on. */
  onModel: (model: NamedModel) => void;
  /** What behaviours know of the network, by their ids. */
  history: () => Readonly<Record<string, string>>;
  /** What they knew of the network that was recognised, when it was watched before. */
  onHistory: (saved: Readonly<Record<string, string>>) => void;
}

export const FLOWS_NEEDED = 3000;
export const MINUTES_NEEDED = 60;
/** The network is looked at this often, ms; a gateway that says nothing is waited for. */
const LOOK_MS = 10_000;
const PATIENCE_MS = 30_000;
/** Learned again after so much packet time, and what was gathered is saved this often, seconds. */
const AGAIN_S = 86_400;
const SAVE_S = 600;

export class Baselines {
  private readonly settings: BaselineSettings;
  private readonly card: string;
  private readonly seed: number;
  private readonly events: BaselineEvents;
  private readonly folder: BaselineFolder;
  private readonly started = performance.now();
  private network: NetworkId | null = null;
  private learner: Learner;
  private looked = -Infinity;
  private looking: Promise<void> | undefined;
  private thread: Thread | undefined;
  private saving: Promise<void> = Promise.resolve();
  /** What was learned is being kept. */
  private concluding: Promise<void> = Promise.resolve();
  private learnedAt = -Infinity;
  private savedAt = NaN;
  private now = 0;
  private own = false;
  /** The model before is being read. */
  private learning = false;
  private readonly alarmRate = new AlarmRate();
  /** Share of ordinary flows that were called anomalous, where that is why it is learned anew. */
  private drift: number | null = null;
  private closed = false;

  constructor(settings: BaselineSettings, card: string, seed: number, events: BaselineEvents) {
    this.settings = settings;
    this.card = card;
    this.seed = seed;
    this.events = events;
    this.folder = new BaselineFolder(settings.folder);
    this.learner = new Learner(seed);
  }

  /**
   * Flows that ended, with their context; `isSuspect`: ends whose flows are not learned from. `anomalous`: 1 for each flow
   * that the model that scores finds unusual.
   */
  observe(flows: FlowBatch, isSuspect: (from: number, to: number) => boolean, anomalous?: Uint8Array): void {
    this.learner.observe(flows, isSuspect);
    if (!this.own || !anomalous) return;
    const { origHost, respHost } = flows.columns;
    let ordinary = 0;
    let alarms = 0;
    for (let row = 0; row < flows.count; row++) {
      if (isSuspect(origHost[row]!, respHost[row]!)) continue;
      ordinary++;
      alarms += anomalous[row]!;
    }
    this.alarmRate.add(ordinary, alarms);
  }

  /** Every second. `now`: packet time, seconds. */
  tick(now: number): void {
    if (now === 0) return;
    this.now = now;
    this.learner.pass(now);
    if (this.looking === undefined && performance.now() - this.looked >= LOOK_MS) {
      this.looked = performance.now();
      this.looking = this.look().finally(() => (this.looking = undefined));
    }
    if (this.network === null || this.thread || this.learning) return;
    if (now - this.savedAt >= SAVE_S) void this.save();
    const { flows, minutes } = this.learner.progress;
    const enough = flows >= this.flowsNeeded && minutes >= this.minutesNeeded;
    const drift = this.own ? this.alarmRate.drifted(now) : null;
    if (enough && (drift !== null || now - this.learnedAt >= AGAIN_S)) {
      this.drift = drift;
      void this.learn(this.network);
    }
  }

  get flowsNeeded(): number {
    return this.settings.flows ?? FLOWS_NEEDED;
  }

  get minutesNeeded(): number {
    return this.settings.minutes ?? MINUTES_NEEDED;
  }

  /** How far it is; `own`: the network's own model scores. */
  get state(): { network: string | null; flows: number; minutes: number; own: boolean } {
    const { flows, minutes } = this.learner.progress;
    return { network: this.network?.label ?? null, flows, minutes: Math.floor(minutes), own: this.own };
  }

  /** Saves what was gathered. A model that is being learned is given up. */
  async close(): Promise<void> {
    this.closed = true;
    await this.looking;
    await this.thread?.kill();
    this.thread = undefined;
    await this.concluding;
    await this.save();
  }

  private async look(): Promise<void> {
    const isFinal = performance.now() - this.started >= PATIENCE_MS;
    const facts = await (this.settings.facts ?? (() => factsOf(this.card)))();
    const found = networkOf(this.card, facts, isFinal && this.network === null);
    if (!found || found.id === this.network?.id || this.closed) return;
    const moved = this.network !== null;
    if (moved) {
      await this.save();
      await this.thread?.kill();
      this.thread = undefined;
      this.learner = new Learner(this.seed);
      this.learnedAt = -Infinity;
    }
    this.alarmRate.reset();
    this.network = found;
    this.savedAt = this.now;
    const rows = await this.folder.rows(found.id, ROW_WIDTH);
    if (rows) this.learner.goOnFrom(rows);
    this.events.onHistory(await this.folder.history(found.id));
    const model = await this.folder.model(found.id);
    this.own = model !== undefined;
    const damaged = !model && (await this.folder.modelFile(found.id)) !== null;
    const none = damaged ? 'its baseline cannot be read and is learned anew' : 'its baseline is not learned yet';
    const words = model ? 'its own baseline scores' : none;
    this.events.onNotice('network', `${moved ? 'Another network now' : 'Network'}: ${found.label}; ${words}.`);
    if (!model) return;
    this.learnedAt = this.now;
    this.events.onModel(model);
  }

  private async learn(network: NetworkId): Promise<void> {
    this.learnedAt = this.now;
    this.alarmRate.reset();
    this.learning = true;
    const { rows, data, flows } = this.learner.learned();
    const before = await this.folder.modelFile(network.id);
    this.learning = false;
    if (this.closed || this.network?.id !== network.id) return;
    const message: LearnData = { rows, data, seed: this.seed, source: `the network ${network.label}`, before };
    let result: LearnResult | undefined;
    this.thread = startThread('run/pipeline/live/baseline/learn.worker', message, [], {
      onMessage: (told) => (result = told as LearnResult),
      onEnd: (error) => {
        this.thread = undefined;
        if (this.closed) return;
        const ended = result ?? { failed: error?.message ?? 'it ended without a word' };
        this.concluding = this.learned(network, flows, ended);
      },
    });
  }

  private async learned(network: NetworkId, flows: number, result: LearnResult): Promise<void> {
    try {
      if ('failed' in result) throw new Error(result.failed);
      const taken = 'model' in result;
      const judged = taken ? result.judged : result.worse;
      await this.note(network, { at: (this.settings.wallClock ?? Date.now)(), flows, taken, judged });
      if (!taken) {
        this.events.onNotice(
          'baseline-kept',
          `${network.label} was learned anew${this.why}: ${worse(judged)}. The model before goes on scoring.`,
        );
        return;
      }
      await this.folder.saveModel(network.id, result.model);
      const model = await this.folder.model(network.id);
      if (!model) throw new Error('the model that was learned cannot be read');
      if (this.network?.id !== network.id || this.closed) return;
      this.own = true;
      this.events.onModel(model);
      const again = judged.before === null ? 'is learned' : `was learned anew${this.why}`;
      this.events.onNotice('learned', `The baseline of ${network.label} ${again}; it scores from now on.`);
      await this.save();
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      this.events.onNotice('learning-failed', `The baseline of ${network.label} could not be learned: ${said}.`);
    }
  }

  /** Why it was learned before its time. */
  private get why(): string {
    const { drift } = this;
    return drift === null ? '' : `, as ${percent(drift)} of ordinary flows were found unusual of late`;
  }

  /** A log that cannot be written costs no model. */
  private async note(network: NetworkId, once: LearnedOnce): Promise<void> {
    await this.folder.note(network.id, once).catch((error: unknown) => {
      const said = error instanceof Error ? error.message : String(error);
      this.events.onNotice('learning-failed', `The log of ${network.label} cannot be written: ${said}.`);
    });
  }

  /** One after the other: who waits for it finds nothing half written. */
  private save(): Promise<void> {
    this.savedAt = this.now;
    this.saving = this.saving.then(() => this.saveNow());
    return this.saving;
  }

  private async saveNow(): Promise<void> {
    const { network, learner } = this;
    if (!network || learner.progress.flows === 0) return;
    try {
      await this.folder.saveRows(network.id, learner.learned(), ROW_WIDTH);
      await this.folder.saveHistory(network.id, this.events.history());
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      this.events.onNotice('learning-failed', `What was gathered of ${network.label} is not saved: ${said}.`);
    }
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** In which way it is worse than the model before. */
function worse({ next, before }: Judged): string {
  if (before && next.separation < before.separation) {
    return `what is made up to be strange stands out less (${percent(next.separation)} of pairs in order, ${percent(before.separation)} before)`;
  }
  return `it finds ${percent(next.alarms)} of ordinary flows rarer than one in a hundred (${percent(before?.alarms ?? 0)} before)`;
}

/**
 * Rules of a running capture: read again when their files change, or somebody asks. Packets are looked at by the rules of
 * before until the new ones are ready; what cannot be read changes nothing.
 */
import type { SignatureEngine, SignatureReport } from '../../../detect/signatures/engine/contract.ts';
import type { RuleSet } from '../../../detect/signatures/rules/parse.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import type { RunSize } from '../triage-types.ts';
import type { ThreadText } from './rule-messages.ts';
import { engineOf } from './rule-thread.ts';

/** How often files are looked at, ms. */
const LOOK_MS = 5000;

export interface LiveRulesOptions {
  /** Reads the rules; what earlier ones remember is to go on. @throws SondeError */
  load: (before: RuleSet | undefined) => Promise<RuleSet>;
  /** Changes with the files; absent: nobody but who asks has them read again. */
  state?: () => Promise<string>;
  /** They were read again; or why not, the ones of before going on. */
  onReloaded: (set: RuleSet) => void;
  onFailure: (error: unknown) => void;
  lookMs?: number;
  /** What they were read from, where they will not be read again during a run: its rules may have a thread of their own. */
  texts?: () => readonly ThreadText[];
}

export class LiveRules {
  private readonly options: LiveRulesOptions;
  private set: RuleSet;
  private engine: SignatureEngine | undefined;
  private known = '';
  /** As it was at the last look: a file that is still being written is waited for. */
  private seen = '';
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private again = false;
  private ended = false;

  private constructor(options: LiveRulesOptions, set: RuleSet) {
    this.options = options;
    this.set = set;
  }

  /** @throws SondeError where the rules cannot be read */
  static async open(options: LiveRulesOptions): Promise<LiveRules> {
    const state = (await options.state?.()) ?? '';
    const rules = new LiveRules(options, await options.load(undefined));
    rules.known = rules.seen = state;
    return rules;
  }

  get loaded(): RuleSet {
    return this.set;
  }

  /** Makes the engine of the capture. */
  readonly signatures = (hosts: HostTable, run: RunSize): SignatureEngine => {
    const { set, options } = this;
    this.engine = engineOf({ set, ...(options.texts ? { texts: options.texts() } : {}) }, hosts, run);
    return this.engine;
  };

  /** What told since the start, by rule. */
  counts(): SignatureReport['signatures'] {
    return this.engine?.report().signatures ?? [];
  }

  /** Looks at texts longer than an expression looks through, since the start (`rules.cut` of the report). */
  get cut(): number {
    return this.engine?.report().rules.cut ?? 0;
  }

  /** Looks at the files from now on. */
  watch(): void {
    const { state, lookMs = LOOK_MS } = this.options;
    if (!state) return;
    this.timer = setInterval(() => void this.look(state), lookMs);
    this.timer.unref();
  }

  end(): void {
    this.ended = true;
    clearInterval(this.timer);
  }

  /** Reads them again. Never throws. */
  reload(): Promise<void> {
    this.again = true;
    this.working ??= this.work().finally(() => (this.working = undefined));
    return this.working;
  }

  private async work(): Promise<void> {
    while (this.again && !this.ended) {
      this.again = false;
      const { options } = this;
      try {
        const set = await options.load(this.set);
        if (this.isOver()) return;
        this.set = set;
        this.engine?.reload?.(set);
        options.onReloaded(set);
      } catch (error) {
        if (!this.isOver()) options.onFailure(error);
      }
    }
  }

  private isOver(): boolean {
    return this.ended;
  }

  private async look(state: () => Promise<string>): Promise<void> {
    const now = await state();
    const isStill = now === this.seen;
    this.seen = now;
    if (!isStill || now === this.known || this.ended) return;
    this.known = now;
    await this.reload();
  }
}

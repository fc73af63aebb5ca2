/** Rules and lists that the desk keeps and that are in force: for who reads captures, or watches. */
import type { Intel } from '../../../detect/signatures/intel/intel.ts';
import type { RuleSet } from '../../../detect/signatures/rules/parse.ts';
import type { Sigma } from '../../../detect/signatures/sigma/sigma.ts';
import { CUT_KEY, type ActiveRules as Stored, type RuleHit } from '../../../keep/store/rule-types.ts';
import type { Store } from '../../../keep/store/types.ts';
import { LiveRules } from '../../pipeline/rules/live-rules.ts';
import { loadRules } from '../../pipeline/rules/load.ts';
import type { ThreadText } from '../../pipeline/rules/rule-messages.ts';
import type { TriageOptions } from '../../pipeline/triage-types.ts';
import { intelOf, listedOf, sameLists, sameSigma, sigmaOf, type Listed } from './active-lists.ts';

/** What was found is written this often, ms. */
const WRITE_MS = 30_000;

export interface ActiveOptions {
  store: Pick<Store, 'activeRules' | 'addRuleHits'>;
  /** Folder where files of lists are kept. */
  folder: string;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Something was read again, in words; or could not be. */
  onReloaded?: (what: string) => void;
  onFailure?: (error: unknown) => void;
}

/** What is looked by now. */
interface Parts {
  stored: Stored;
  listed: Listed;
  rules: LiveRules;
  sigma: Sigma | undefined;
  intel: Intel | undefined;
}

function inForce(count: number, what = ''): string {
  const counted = count.toLocaleString('en') + (what === '' ? '' : ` ${what}${count === 1 ? '' : 's'}`);
  return `${counted} ${count === 1 ? 'is' : 'are'} in force`;
}

export class ActiveRules {
  /** For the run. */
  readonly options: Pick<TriageOptions, 'signatures' | 'intel' | 'sigma'>;
  private readonly given: ActiveOptions;
  private parts: Parts;
  private readonly written = new Map<string, number>();
  private capture: number | undefined;
  private writing: NodeJS.Timeout | undefined;
  private reloading: Promise<void> = Promise.resolve();

  private constructor(given: ActiveOptions, parts: Parts, isLive: boolean) {
    const { rules, intel, sigma } = parts;
    this.given = given;
    this.parts = parts;
    this.options = {
      ...(isLive || rules.loaded.rules.length > 0 ? { signatures: rules.signatures } : {}),
      ...(intel ? { intel } : {}),
      ...(sigma ? { sigma } : {}),
    };
  }

  /** `isLive`: rules and lists may come while the run goes on, so it is made ready for them. @throws SondeError */
  static async open(options: ActiveOptions, isLive = false): Promise<ActiveRules> {
    const { store, folder, now, onReloaded, onFailure } = options;
    const stored = await store.activeRules();
    const listed = listedOf(folder, stored);
    const texts = (): ThreadText[] => [{ file: '', text: stored.text, isKnown: false }];
    const rules = await LiveRules.open({
      ...(isLive ? {} : { texts }),
      load: async (before) => {
        const { text } = before ? await store.activeRules() : stored;
        return loadRules([{ file: '', text }], before ? { datasets: before.datasets } : {});
      },
      onReloaded: (set: RuleSet) => onReloaded?.(`Rules were changed: ${inForce(set.rules.length)}.`),
      onFailure: (error) => onFailure?.(error),
    });
    // Most desks have neither, and need nothing of them.
    const sigma = isLive || stored.sigma.length > 0 ? await sigmaOf(stored) : undefined;
    const intel = isLive || listed.files.length > 0 ? await intelOf(listed, now) : undefined;
    return new ActiveRules(options, { stored, listed, rules, sigma, intel }, isLive);
  }

  /** What has changed is read again; what was told goes on. Never throws. */
  reload(): Promise<void> {
    this.reloading = this.reloading
      .then(() => this.readAgain())
      .catch((error: unknown) => this.given.onFailure?.(error));
    return this.reloading;
  }

  private async readAgain(): Promise<void> {
    const { store, folder, now, onReloaded } = this.given;
    const { stored: before, listed: lists, rules, sigma, intel } = this.parts;
    const stored = await store.activeRules();
    const listed = listedOf(folder, stored);
    // What cannot be read is tried again with the next change.
    if (stored.text !== before.text) await rules.reload();
    this.parts.stored = { ...before, text: stored.text };
    if (sigma && !sameSigma(stored, before)) {
      sigma.replace(await sigmaOf(stored));
      onReloaded?.(`Sigma rules were changed: ${inForce(sigma.loaded)}.`);
    }
    this.parts.stored = stored;
    if (!intel || sameLists(listed, lists)) return;
    const fresh = await intelOf(listed, now);
    // Those that are gone tell no more what they found.
    if (this.capture !== undefined) await this.write(this.capture);
    intel.replace(fresh);
    this.parts.listed = listed;
    this.begunAnew();
    const entries = intel.report().reduce((all, { indicators, allow }) => all + (allow ? 0 : indicators), 0);
    onReloaded?.(`Lists were changed: ${inForce(entries, 'indicator')}.`);
  }

  /** Files of lists that are read again have other names, and count from nothing. */
  private begunAnew(): void {
    for (const name of this.written.keys()) if (name.startsWith('list ')) this.written.delete(name);
    for (const { what, key, hits } of this.found()) if (what === 'list') this.written.set(`${what} ${key}`, hits);
  }

  /** Writes now and then what was found, until `end`. `onFailure`: it could not be. */
  begin(capture: number, onFailure: (error: unknown) => void): void {
    this.capture = capture;
    this.writing = setInterval(() => void this.write(capture).catch(onFailure), WRITE_MS);
    this.writing.unref();
  }

  /** What was found since the run began. */
  private found(): RuleHit[] {
    const { rules, sigma, intel, listed } = this.parts;
    const found = new Map<string, RuleHit>();
    const count = (what: RuleHit['what'], key: number, hits: number): void => {
      const name = `${what} ${key}`;
      const known = found.get(name);
      if (known) known.hits += hits;
      else found.set(name, { what, key, hits });
    };
    for (const { sid, count: hits } of rules.counts()) count('sid', sid, hits);
    if (rules.cut > 0) count('sid', CUT_KEY, rules.cut);
    for (const { file, count: hits } of sigma?.counts() ?? []) count('sid', Number(file), hits);
    for (const { file, hits } of intel?.report() ?? []) {
      const id = listed.sources.get(file);
      if (id !== undefined) count('list', id, hits);
    }
    return [...found.values()];
  }

  /** Writes what was found since the last time. */
  async write(capture: number): Promise<void> {
    const some = this.found().flatMap(({ what, key, hits }): RuleHit[] => {
      const name = `${what} ${key}`;
      const more = hits - (this.written.get(name) ?? 0);
      this.written.set(name, hits);
      return more > 0 ? [{ what, key, hits: more }] : [];
    });
    if (some.length > 0) await this.given.store.addRuleHits(some, this.given.now(), capture);
  }

  async end(capture: number): Promise<void> {
    clearInterval(this.writing);
    this.parts.rules.end();
    await this.write(capture);
  }
}

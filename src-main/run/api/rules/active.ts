/** Rules and lists that the desk keeps and that are in force: for who reads captures, or watches. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../../keep/store/types.ts';
import type { RuleHit } from '../../../keep/store/rule-types.ts';
import type { RuleSet } from '../../../detect/signatures/rules/parse.ts';
import type { Intel } from '../../../detect/signatures/intel/intel.ts';
import { LiveRules } from '../../pipeline/rules/live-rules.ts';
import { loadRules } from '../../pipeline/rules/load.ts';
import type { TriageOptions } from '../../pipeline/triage-types.ts';

/** What was found is written this often, ms. */
const WRITE_MS = 30_000;

export interface ActiveOptions {
  store: Pick<Store, 'activeRules' | 'addRuleHits'>;
  /** Folder where files of lists are kept. */
  folder: string;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Rules were read again; or could not be. */
  onReloaded?: (set: RuleSet) => void;
  onFailure?: (error: unknown) => void;
}

export class ActiveRules {
  /** For the run. */
  readonly options: Pick<TriageOptions, 'signatures' | 'intel'>;
  private readonly rules: LiveRules;
  private readonly intel: Intel | undefined;
  private readonly store: ActiveOptions['store'];
  private readonly now: () => number;
  /** Number of a source by the path of a file of it. */
  private readonly lists: ReadonlyMap<string, number>;
  private readonly written = new Map<string, number>();
  private writing: NodeJS.Timeout | undefined;

  private constructor(
    rules: LiveRules,
    intel: Intel | undefined,
    lists: ReadonlyMap<string, number>,
    { store, now }: ActiveOptions,
    some: boolean,
  ) {
    this.rules = rules;
    this.intel = intel;
    this.lists = lists;
    this.store = store;
    this.now = now;
    this.options = { ...(some ? { signatures: rules.signatures } : {}), ...(intel ? { intel } : {}) };
  }

  /** `isLive`: rules may come while the run goes on, so it is made ready for them. @throws SondeError */
  static async open(options: ActiveOptions, isLive = false): Promise<ActiveRules> {
    const { store, folder, now, onReloaded, onFailure } = options;
    // What is gone from the folder is shown in the view, and keeps nobody from opening captures.
    const lists = (await store.activeRules()).lists.filter(({ files }) =>
      files.every((name) => existsSync(join(folder, name))),
    );
    const rules = await LiveRules.open({
      load: async (before) => {
        const { text } = await store.activeRules();
        return loadRules([{ file: '', text }], before ? { datasets: before.datasets } : {});
      },
      onReloaded: (set) => onReloaded?.(set),
      onFailure: (error) => onFailure?.(error),
    });
    const paths = new Map(
      lists.flatMap(({ id, files }) => files.map((name): [string, number] => [join(folder, name), id])),
    );
    const of = (kind: 'list' | 'allow'): string[] =>
      lists.filter((list) => list.kind === kind).flatMap(({ files }) => files.map((name) => join(folder, name)));
    const files = of('list');
    // Most desks have no lists, and need nothing of them.
    const intel =
      files.length === 0
        ? undefined
        : await (
            await import('../../../detect/signatures/intel/intel.ts')
          ).Intel.load({ files, allowed: of('allow'), now });
    return new ActiveRules(rules, intel, paths, options, isLive || rules.loaded.rules.length > 0);
  }

  /** Rules are read again; what they told goes on. */
  reload(): Promise<void> {
    return this.rules.reload();
  }

  /** Writes now and then what was found, until `end`. `onFailure`: it could not be. */
  begin(capture: number, onFailure: (error: unknown) => void): void {
    this.writing = setInterval(() => void this.write(capture).catch(onFailure), WRITE_MS);
    this.writing.unref();
  }

  /** Writes what was found since the last time. */
  async write(capture: number): Promise<void> {
    const hits: RuleHit[] = [];
    const note = (what: RuleHit['what'], key: number, count: number): void => {
      const name = `${what} ${key}`;
      const more = count - (this.written.get(name) ?? 0);
      if (more > 0) hits.push({ what, key, hits: more });
      this.written.set(name, count);
    };
    const bySid = new Map<number, number>();
    for (const { sid, count } of this.rules.counts()) bySid.set(sid, (bySid.get(sid) ?? 0) + count);
    for (const [sid, count] of bySid) note('sid', sid, count);
    const byList = new Map<number, number>();
    for (const { file, hits: count } of this.intel?.report() ?? []) {
      const id = this.lists.get(file);
      if (id !== undefined) byList.set(id, (byList.get(id) ?? 0) + count);
    }
    for (const [id, count] of byList) note('list', id, count);
    if (hits.length > 0) await this.store.addRuleHits(hits, this.now(), capture);
  }

  async end(capture: number): Promise<void> {
    clearInterval(this.writing);
    this.rules.end();
    await this.write(capture);
  }
}

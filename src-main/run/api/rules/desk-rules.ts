/** Rules and lists of the desk: reading them on a thread, Sonde's own set, the folder of lists. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RuleDiff, Tried } from '../../../../src-shared/contract/topics/rules.ts';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { errorOf } from '../../../keep/store/failure.ts';
import type { Store } from '../../../keep/store/types.ts';
import { startThread, type MessagePort } from '../../pipeline/threads.ts';
import { resourcePath } from '../../paths.ts';
import type { FromRead, FromTry, ReadData, TryData } from './messages.ts';

/** Sonde's own rules, as people know them. */
const OWN = 'Sonde’s own rules';
const AUTHOR = 'Sonde';

export interface DeskRulesOptions {
  store: Store & { connect(): MessagePort };
  /** Where files of lists are kept. */
  folder: string;
  now: () => number;
  /** Rules or lists have changed. */
  onChange: () => void;
  /** Folder of Sonde's own rules (for tests). */
  own?: string | undefined;
}

export type ReadAsked = Omit<ReadData, 'at' | 'port' | 'folder'>;

export class DeskRules {
  readonly folder: string;
  private readonly options: DeskRulesOptions;
  /** One thing is read at a time: each may take much memory. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(options: DeskRulesOptions) {
    this.options = options;
    this.folder = options.folder;
  }

  /** Sonde's own set as it comes with this version; files of lists that nobody names go. @throws SondeError */
  async prepare(): Promise<void> {
    const { store } = this.options;
    const sources = await store.ruleSources();
    const used = new Set(sources.flatMap(({ files }) => files));
    const there = existsSync(this.folder) ? readdirSync(this.folder) : [];
    for (const name of there) if (!used.has(name)) rmSync(join(this.folder, name), { force: true });
    const known = sources.find(({ origin }) => origin === 'own');
    const own = this.options.own ?? resourcePath('rules');
    const isThere = existsSync(own) && readdirSync(own).some((name) => name.endsWith('.rules'));
    if (!isThere) return;
    // Some dozens of rules: reading them here costs less than a thread.
    const { readRules, textsOf } = await import('./read-rules.ts');
    const read = readRules(
      (await textsOf([{ path: own, name: OWN }])).map((each) => ({ ...each, file: plain(each.file) })),
    );
    if (known?.sha256 === read.sha256) return;
    const at = this.options.now();
    const id = known ? { id: known.id } : {};
    await store.putRuleSource({
      ...id,
      ...read,
      kind: 'rules',
      name: OWN,
      origin: 'own',
      paths: [],
      at,
      author: AUTHOR,
      list: null,
    });
  }

  /** Reads and keeps a set or list. @throws SondeError (rejects) */
  read(asked: ReadAsked): Promise<{ id: number; diff: RuleDiff }> {
    const turn = this.last.then(() => this.reading(asked));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** @throws SondeError (rejects) `cancelled`, or why a capture cannot be read */
  try(data: TryData, signal: CancelSignal): Promise<Tried> {
    return new Promise((resolve, reject) => {
      const cancelled = (): SondeError => new SondeError('cancelled', 'the trial was cancelled', '', '');
      if (signal.aborted) throw cancelled();
      const thread = startThread('run/api/rules/try.worker', data, [], {
        onMessage: (message) => {
          const told = message as FromTry;
          if (told.type === 'done') resolve(told.tried);
          else reject(errorOf(told.failure));
        },
        onEnd: (error) => reject(error ?? lost('the trial')),
      });
      const stop = (): void => {
        reject(cancelled());
        void thread.kill();
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  private reading(asked: ReadAsked): Promise<{ id: number; diff: RuleDiff }> {
    const { store, now, onChange } = this.options;
    const port: MessagePort = store.connect();
    const data: ReadData = { ...asked, folder: this.folder, at: now(), port };
    return new Promise((resolve, reject) => {
      startThread('run/api/rules/read.worker', data, [port], {
        onMessage: (message) => {
          const told = message as FromRead;
          if (told.type === 'failed') return reject(errorOf(told.failure));
          onChange();
          resolve({ id: told.id, diff: told.diff });
        },
        onEnd: (error) => reject(error ?? lost(asked.name)),
      });
    });
  }
}

/** The last part of a path: where Sonde is installed says nothing. */
const plain = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

function lost(name: string): SondeError {
  return new SondeError('worker-lost', `${name}: reading ended unexpectedly`, name, 'Try again.');
}

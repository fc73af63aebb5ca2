/** `--db FILE`: keeps the capture, its flows, hosts, windows and incidents. */
import { openStore } from '../../keep/store/client.ts';
import type { Store } from '../../keep/store/types.ts';
import { CaptureKeeper } from '../api/import/keeper.ts';
import { workerUrl } from '../pipeline/workers.ts';
import type { TriageResult } from '../pipeline/triage.ts';

/** The database of one run. */
export class CaptureFile {
  private readonly store: Store;
  private readonly keeper: CaptureKeeper;
  private closing: Promise<void> | undefined;

  private constructor(store: Store, keeper: CaptureKeeper) {
    this.store = store;
    this.keeper = keeper;
  }

  /** @throws SondeError when the database cannot be used. */
  static async open(path: string, name: string, importedAt: number): Promise<CaptureFile> {
    const store = await openStore(path, workerUrl('keep/store/store.worker'));
    try {
      return new CaptureFile(store, await CaptureKeeper.begin(store, name, importedAt));
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Forgets the capture: nothing could be read. */
  discard(): Promise<void> {
    return this.keeper.discard();
  }

  hooks(): ReturnType<CaptureKeeper['hooks']> {
    return this.keeper.hooks();
  }

  results(result: TriageResult, now: number): Promise<void> {
    return this.keeper.results(result, now);
  }

  /** May be called again. */
  close(): Promise<void> {
    this.closing ??= this.store.close();
    return this.closing;
  }
}

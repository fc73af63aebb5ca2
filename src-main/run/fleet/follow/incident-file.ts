/**
 * The incidents of a group in a database, without a desk: all that the server has at the start, and each as it changes, whichever worker
 * told it. A desk that is opened on the database goes on where this was.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { SondeError } from '../../../../src-shared/errors.ts';
import { compareOffsets, names } from '../names.ts';
import type { Transport } from '../types.ts';
import { Workers } from './workers.ts';
import { Results } from './results.ts';
import { SiteKeeper, type SiteKeeperOptions } from './site-keeper.ts';

const AGAIN_MS = 500;

export interface IncidentFileOptions extends Pick<SiteKeeperOptions, 'store'> {
  transport: Transport;
  group: string;
  /** Told once each time that the database cannot be written; it is tried again. */
  onFailure: (error: unknown) => void;
}

const nothing = (): void => undefined;

export class IncidentFile {
  private readonly options: IncidentFileOptions;
  private readonly keeper: SiteKeeper;
  private readonly results: Results;
  private readonly stop = new AbortController();
  private readonly running: Promise<void>;
  private readonly workers: Workers;
  private hasFailed = false;

  private constructor(options: IncidentFileOptions, keeper: SiteKeeper) {
    this.options = options;
    this.keeper = keeper;
    this.workers = new Workers(options.group);
    this.results = this.reader(this.stop.signal);
    this.running = this.run();
  }

  /** @throws SondeError */
  static async open(options: IncidentFileOptions): Promise<IncidentFile> {
    const { store, group } = options;
    const told = { onIncident: nothing, onStored: nothing, onCapture: nothing };
    const keeper = new SiteKeeper({ store, group, now: () => Date.now(), ...told });
    await keeper.begin();
    return new IncidentFile(options, keeper);
  }

  /** Id of the capture in the database. */
  get capture(): number {
    return this.keeper.capture!;
  }

  /** Records that were none. */
  get refused(): number {
    return [...this.results.refused.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Waits until all that was told stands in the database. @throws SondeError when it cannot be written. */
  async close(): Promise<void> {
    this.stop.abort();
    await this.running;
    const { transport, group } = this.options;
    const { last } = await transport.ends(names.results(group));
    const rest = this.reader(new AbortController().signal);
    if (this.keeper.capture === null) await this.keeper.begin();
    while (compareOffsets(this.keeper.offset, last) < 0) await rest.next();
    await this.count();
  }

  private reader(signal: AbortSignal): Results {
    const { transport, group } = this.options;
    return new Results({ transport, group, keeper: this.keeper, signal });
  }

  private async run(): Promise<void> {
    const { signal } = this.stop;
    while (!signal.aborted) {
      try {
        if (this.keeper.capture === null) await this.keeper.begin();
        await this.results.next();
        if (this.keeper.isDue) await this.count();
        this.hasFailed = false;
      } catch (error) {
        this.failed(error);
        await wait(AGAIN_MS, undefined, { signal }).catch(nothing);
      }
    }
  }

  /** Packets and flows, as the workers count them. */
  private async count(): Promise<void> {
    await this.workers.look(this.options.transport, Date.now());
    await this.keeper.count(this.workers.figures());
  }

  /** Of the server others tell. */
  private failed(error: unknown): void {
    if (error instanceof SondeError && error.code === 'connection-lost') return;
    if (!this.hasFailed) this.options.onFailure(error);
    this.hasFailed = true;
  }
}

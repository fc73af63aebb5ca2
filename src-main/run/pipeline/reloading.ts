/**
 * What a running capture is looked at by, read again when its files change, or somebody asks: what was read before stays in
 * force until the new is ready, and where it cannot be read.
 */
import { stat } from 'node:fs/promises';

/** How often files are looked at, ms. */
const LOOK_MS = 5000;

export interface ReloadingOptions<T> {
  /** @throws SondeError */
  load: () => Promise<T>;
  /** Takes it into use. */
  take: (read: T) => void;
  /** Why it could not be read. */
  onFailure: (error: unknown) => void;
  /** Changes with the files; absent: nobody but who asks has them read again. */
  state?: () => Promise<string>;
  lookMs?: number;
}

/** Changes when one of the files is written, added or taken away. Never throws: what cannot be read is part of it. */
export async function stateOf(files: () => Promise<readonly string[]>): Promise<string> {
  try {
    const states = (await files()).map(async (file) => {
      const { size, mtimeMs, ino } = await stat(file);
      return `${file} ${size} ${mtimeMs} ${ino}`;
    });
    return (await Promise.all(states)).join('\n');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export class Reloading<T> {
  private readonly options: ReloadingOptions<T>;
  private known: string;
  /** As it was at the last look: a file that is still being written is waited for. */
  private seen: string;
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private again = false;
  private ended = false;

  /** `known`: the state of the files when they were read first. */
  constructor(options: ReloadingOptions<T>, known = '') {
    this.options = options;
    this.known = this.seen = known;
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
    const { load, take, onFailure } = this.options;
    while (this.again && !this.isOver()) {
      this.again = false;
      try {
        const read = await load();
        if (!this.isOver()) take(read);
      } catch (error) {
        if (!this.isOver()) onFailure(error);
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

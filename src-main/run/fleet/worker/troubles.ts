/** What keeps a worker from its work: told when it begins and when it changes, and again after ever longer times while it stays. */
import type { SondeError } from '../../../../src-shared/errors.ts';
import type { WorkerEvent } from './events.ts';

/** Told again after this, and each time after twice as long, up to an hour; ms. */
const AGAIN_MS = 60_000;
const AGAIN_MAX_MS = 3_600_000;

export class Troubles {
  private readonly onEvent: (event: WorkerEvent) => void;
  private readonly now: () => number;
  private told: { message: string; at: number; again: number } | undefined;

  constructor(onEvent: (event: WorkerEvent) => void, now: () => number = () => performance.now()) {
    this.onEvent = onEvent;
    this.now = now;
  }

  met({ code, message, cure }: Pick<SondeError, 'code' | 'message' | 'cure'>): void {
    const now = this.now();
    const isSame = this.told?.message === message;
    if (this.told && isSame && now - this.told.at < this.told.again) return;
    const again = isSame && this.told ? Math.min(AGAIN_MAX_MS, this.told.again * 2) : AGAIN_MS;
    this.told = { message, at: now, again };
    this.onEvent({ event: 'error', code, message: code === 'read-failed' ? `${message}. ${cure}` : message });
  }

  /** It works again. */
  over(): void {
    if (!this.told) return;
    this.told = undefined;
    this.onEvent({ event: 'notice', code: 'server-back', message: 'The server answers again: the work goes on.' });
  }
}

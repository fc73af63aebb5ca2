/**
 * Which fleet a desk follows: the one that was named when the program was started, or else the one that was connected in the desk, which
 * is followed again after each start until it is disconnected.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { FleetAnswer, FleetDraft, FleetSource, FleetState } from '../../../../src-shared/contract/topics/fleet.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { SecretStore } from '../../../keep/alerts/secrets.ts';
import type { Store } from '../../../keep/store/types.ts';
import type { FleetChoice, FleetDesk } from '../../fleet/follow/fleet-desk.ts';
import { forgetSecrets, keepSecrets, readKept, secretsOf, shownSource, wantedOf, writeKept } from './kept.ts';
import type { Kept, Wanted } from './kept.ts';
import { checkPlace, prepared, type Prepared } from './prepare.ts';
import { serverWords } from './trial.ts';

/** How long a change that is under way holds up the end, ms. */
const PATIENCE_MS = 5000;

/** How long a server that was reached may take over what a test asks, ms. */
const TRIAL_MS = 10_000;

/** A fleet that is named when the program is started, or what opens the way to it. */
export type GivenFleet = FleetChoice | (() => Promise<FleetChoice>);

export interface DeskFleetOptions {
  store: Pick<Store, 'setting' | 'setSetting'>;
  secrets: SecretStore;
  given: GivenFleet | undefined;
  now(): number;
  follow(choice: FleetChoice): FleetDesk;
  /** An error that is a bug: returns the message for people. */
  onBug(error: unknown): string;
}

export class DeskFleet {
  private readonly options: DeskFleetOptions;
  private readonly listeners = new Set<(answer: FleetAnswer) => void>();
  private current: FleetDesk | null = null;
  private kept: Kept | null = null;
  private fault: FleetAnswer['fault'] = null;
  private changing: Promise<unknown> = Promise.resolve();
  private isClosed = false;

  constructor(options: DeskFleetOptions) {
    this.options = options;
  }

  /** Null: none is followed. */
  get followed(): FleetDesk | null {
    return this.current;
  }

  /** Whether incidents of the fleet that is followed go into this capture. */
  isWriting(capture: number): boolean {
    return this.current?.isWriting(capture) === true;
  }

  /** Follows what is to be followed; a server or a secret that is waited for holds up nothing. */
  async begin(): Promise<void> {
    const { given, store } = this.options;
    this.kept = await readKept(store);
    if (typeof given === 'function') void this.inTurn(() => this.tried(given));
    else if (given) this.take(given);
    else if (this.kept?.enabled) void this.inTurn(() => this.tried(() => this.openKept()));
  }

  answer(state: FleetState | null = this.current?.state() ?? null): FleetAnswer {
    const own = this.kept?.enabled ? 'desk' : null;
    return { fleet: state, from: this.options.given ? 'command-line' : own, fault: this.fault };
  }

  /** Calls back with each look and each change, until the function it returns is called. */
  listen(listener: (answer: FleetAnswer) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  source(): FleetSource | null {
    return this.kept && shownSource(this.kept);
  }

  /** What the server says to what a desk asks. @throws SondeError with what to do about it */
  async test(draft: FleetDraft): Promise<string> {
    const wanted = await wantedOf(draft, this.kept, this.options.secrets);
    const { transport, group, keys } = await open(wanted);
    try {
      return await inTime(serverWords({ transport, group, keys }, this.options.now()));
    } finally {
      await transport.close();
    }
  }

  /** Nothing changes where the server is not reached. @throws SondeError with what to do about it */
  connect(draft: FleetDraft): Promise<FleetSource> {
    return this.inTurn(async () => {
      this.checkFree();
      const { store, secrets } = this.options;
      const wanted = await wantedOf(draft, this.kept, secrets);
      const choice = await open(wanted);
      try {
        const id = this.kept?.id ?? randomBytes(8).toString('hex');
        const { password, certificateKey, packetsKey, ...rest } = wanted;
        const there = await keepSecrets(secrets, { ...rest, id }, { password, certificateKey, packetsKey });
        const next: Kept = { ...rest, id, enabled: true, secrets: there };
        const { kept: before } = this;
        await writeKept(store, next);
        this.kept = next;
        // Until here the one before could still be followed.
        if (before) await forgetSecrets(secrets, before, next);
        await this.leave();
      } catch (error) {
        await choice.transport.close();
        throw error;
      }
      await this.takeOrClose(choice);
      return shownSource(this.kept);
    });
  }

  disconnect(forget: boolean): Promise<void> {
    return this.inTurn(async () => {
      this.checkFree();
      const { store, secrets } = this.options;
      const { kept } = this;
      if (kept) {
        const next = forget ? null : { ...kept, enabled: false };
        await writeKept(store, next);
        this.kept = next;
      }
      await this.leave();
      this.tell();
      if (kept && forget) await forgetSecrets(secrets, kept);
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    // Where the store could not be opened, what was handed over was never taken.
    const { given } = this.options;
    if (!this.current && given && typeof given !== 'function') await given.transport.close();
    await this.current?.close();
    // A keychain may be waited for: what is opened later is closed at once.
    await Promise.race([this.changing, wait(PATIENCE_MS, undefined, { ref: false })]);
  }

  private async openKept(): Promise<FleetChoice> {
    const kept = this.kept!;
    return open({ ...kept, ...(await secretsOf(this.options.secrets, kept)) }, true);
  }

  /** What goes wrong is shown, with what to do about it. */
  private async tried(way: () => Promise<FleetChoice>): Promise<void> {
    try {
      await this.takeOrClose(await way());
    } catch (error) {
      const isOurs = error instanceof SondeError;
      const cure = isOurs ? error.cure : 'Connect again; if it stays, report it.';
      this.fault = { message: isOurs ? error.message : this.options.onBug(error), cure };
      this.tell();
    }
  }

  private async takeOrClose(choice: FleetChoice): Promise<void> {
    if (this.isClosed) return choice.transport.close();
    this.take(choice);
  }

  private take(choice: FleetChoice): void {
    const desk = this.options.follow(choice);
    this.current = desk;
    this.fault = null;
    // One that is being closed may still have something to tell.
    desk.listen((state) => this.current === desk && this.tell(state));
    desk.begin();
    this.tell();
  }

  private async leave(): Promise<void> {
    const { current } = this;
    this.current = null;
    this.fault = null;
    await current?.close();
  }

  private tell(state?: FleetState): void {
    if (this.listeners.size === 0) return;
    const answer = this.answer(state);
    for (const listener of this.listeners) listener(answer);
  }

  /** @throws SondeError where the fleet was named when the program was started */
  private checkFree(): void {
    if (!this.options.given) return;
    const cure = 'End it and start it without --fleet; then it can be connected here.';
    throw new SondeError('not-allowed', 'this desk was started with --fleet', '--fleet', cure);
  }

  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.changing.then(act);
    this.changing = done.catch(() => undefined);
    return done;
  }
}

/** @throws SondeError where a server that was reached does not come to an end */
async function inTime<T>(asked: Promise<T>): Promise<T> {
  const late = wait(TRIAL_MS, undefined, { ref: false }).then(() => {
    const cure = 'Look whether it is overloaded, and try again.';
    throw new SondeError(
      'connection-lost',
      `the server did not answer all within ${TRIAL_MS / 1000} s`,
      'address',
      cure,
    );
  });
  return Promise.race([asked, late]);
}

/** `mayBeAway`: the desk goes on without the server, and follows when it is there. */
async function open(wanted: Wanted, mayBeAway = false): Promise<FleetChoice> {
  const way: Prepared = prepared(wanted);
  await checkPlace(way, wanted.allowPrivate);
  const { connectServer } = await import('../../fleet/transport/connect.ts');
  const { settings, group, keys, packetsKey } = way;
  return { transport: await connectServer(settings, { mayBeAway }), group, keys, packetsKey };
}

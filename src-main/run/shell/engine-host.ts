/** Keeps the engine's process running: starts it, hands pages their line to it, starts it again when it dies. */
import { errorOfEnvelope, type ErrorEnvelope } from '../../../src-shared/contract/wire.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import type { Child, Port } from './electron-parts.ts';
import { Granted } from './granted.ts';
import { fromEngine, type Asked, type FromEngine, type ToEngine } from './messages.ts';

/** Waits before each new start in a row, ms; one that has run for `STEADY_MS` begins anew. */
const WAITS_MS = [200, 1000, 5000];
const STEADY_MS = 60_000;
/** How long it may take to keep what is under way when the program ends, ms. */
const CLOSING_MS = 25_000;

export interface EngineEvents {
  onMessage(message: FromEngine): void;
  /** It is gone, and all lines to it. */
  onLost(): void;
  /** It cannot be kept running. `error`: what it said itself. */
  onGivenUp(error: ErrorEnvelope | null): void;
  /** It said something that it never says. */
  onNonsense(): void;
}

export interface EngineHostOptions {
  start: () => Child;
  later: (ms: number, work: () => void) => void;
  now: () => number;
}

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** down: not started, or between two starts. over: it is not tried any more, until `retry`. */
type State = 'down' | 'starting' | 'ready' | 'over';

const lost = (): SondeError =>
  new SondeError('worker-lost', 'the engine ended before it was done', '', 'Try again in a moment.');

export class EngineHost {
  private readonly options: EngineHostOptions;
  private readonly events: EngineEvents;
  private readonly granted = new Granted();
  private child: Child | undefined;
  private state: State = 'down';
  private closing = false;
  private failures = 0;
  private startedAt = 0;
  private said: ErrorEnvelope | null = null;
  private request = 0;
  private waiters: Waiter[] = [];
  private readonly asking = new Map<number, Waiter>();
  private readonly ended = new Set<() => void>();

  constructor(options: EngineHostOptions, events: EngineEvents) {
    this.options = options;
    this.events = events;
  }

  start(): void {
    if (this.closing || this.child) return;
    const child = this.options.start();
    this.child = child;
    this.state = 'starting';
    this.said = null;
    this.startedAt = this.options.now();
    child.on('message', (message) => this.take(child, message));
    child.on('exit', () => this.exited(child));
  }

  /** After it was given up. */
  retry(): void {
    this.failures = 0;
    this.start();
  }

  /** Resolves when it runs. @throws SondeError (rejects) where it does not and will not */
  whenReady(): Promise<void> {
    if (this.state === 'ready') return Promise.resolve();
    if (this.state === 'over' || this.closing) return Promise.reject(this.said ? errorOfEnvelope(this.said) : lost());
    return new Promise((resolve, reject) => void this.waiters.push({ resolve, reject }));
  }

  /** Gives a page its line; only while it runs. */
  connect(port: Port): void {
    if (this.state === 'ready') this.child?.postMessage({ type: 'connect' } satisfies ToEngine, [port]);
    else port.close();
  }

  /** Has captures read as soon as it runs. */
  open(files: readonly string[]): void {
    if (files.length === 0) return;
    this.whenReady().then(
      () => this.send({ type: 'open', files: [...files] }),
      () => undefined,
    );
  }

  /** Lets the page have these files read; also by the engines that come after this one. @throws SondeError (rejects) */
  async grant(paths: readonly string[]): Promise<void> {
    this.granted.add(paths);
    if (paths.length > 0) await this.ask({ what: 'grant', paths: [...paths] });
  }

  /** @throws SondeError (rejects) */
  async ask(asked: Asked): Promise<void> {
    await this.whenReady();
    const request = ++this.request;
    await new Promise<void>((resolve, reject) => {
      this.asking.set(request, { resolve, reject });
      this.send({ type: 'ask', request, asked });
    });
  }

  /** Answers what it asked for. One that was started since has asked for nothing under this number, or asks again. */
  answerSecret(request: number, value: string | null, error: ErrorEnvelope | null): void {
    this.send({ type: 'secret-answer', request, value, error });
  }

  /** Resolves when it has ended; after a while it is ended. */
  close(): Promise<void> {
    this.closing = true;
    const { child } = this;
    if (!child) return Promise.resolve();
    return new Promise((resolve) => {
      this.ended.add(resolve);
      if (this.state === 'ready') this.send({ type: 'close' });
      this.options.later(CLOSING_MS, () => {
        child.kill();
        resolve();
      });
    });
  }

  private send(message: ToEngine): void {
    this.child?.postMessage(message);
  }

  private take(child: Child, told: unknown): void {
    if (child !== this.child) return;
    const parsed = fromEngine.safeParse(told);
    if (!parsed.success) return this.events.onNonsense();
    const message = parsed.data;
    if (message.type === 'ready') this.becameReady();
    else if (message.type === 'failed') this.said = message.error;
    else if (message.type === 'answered') this.answered(message.request, message.error);
    this.events.onMessage(message);
  }

  private becameReady(): void {
    this.state = 'ready';
    if (this.closing) return this.send({ type: 'close' });
    const paths = this.granted.list();
    // Before any line, so that it is known when the first question comes.
    if (paths.length > 0) this.send({ type: 'ask', request: ++this.request, asked: { what: 'grant', paths } });
    for (const { resolve } of this.waiters.splice(0)) resolve();
  }

  private answered(request: number, error: ErrorEnvelope | null): void {
    const waiter = this.asking.get(request);
    this.asking.delete(request);
    if (error) waiter?.reject(errorOfEnvelope(error));
    else waiter?.resolve();
  }

  private exited(child: Child): void {
    if (this.child !== child) return;
    this.child = undefined;
    this.state = 'down';
    for (const { reject } of this.asking.values()) reject(lost());
    this.asking.clear();
    for (const end of this.ended) end();
    this.events.onLost();
    if (this.closing) return this.abandon();
    if (this.options.now() - this.startedAt >= STEADY_MS) this.failures = 0;
    const wait = WAITS_MS[this.failures++];
    // What it says of its database will be no different a second later.
    if (wait !== undefined && !this.said) return this.options.later(wait, () => this.start());
    this.state = 'over';
    this.abandon();
    this.events.onGivenUp(this.said);
  }

  private abandon(): void {
    for (const { reject } of this.waiters.splice(0)) reject(this.said ? errorOfEnvelope(this.said) : lost());
  }
}

/** The desk's live session: one at a time, on a thread of its own; its state, and who wants to hear of it. */
import type {
  LiveDeskEvent,
  LiveSession,
  LiveSourceChoice,
  LiveTickShown,
} from '../../../../src-shared/contract/topics/live.ts';
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { SiemState } from '../../../keep/alerts/siem/exports.ts';
import { errorOf } from '../../../keep/store/failure.ts';
import { startThread, type MessagePort, type Thread, type ThreadEvents } from '../../pipeline/threads.ts';
import { LiveHistory, shownTick } from './history.ts';
import type { FromLive, LiveData, LiveInput, RingChoice, ToLive } from './messages.ts';

export interface LiveHostOptions {
  /** A port to the store for each session's thread. */
  connect(): MessagePort;
  /** Milliseconds since 1970. */
  now(): number;
  /** A capture came to be, or changed; `incidents`, `flows`: only they did. */
  onCapture(capture: number, what: 'capture' | 'incidents' | 'flows'): void;
  /** An incident of this capture opened, grew or closed; and those that are in the store by now, and judged. */
  onIncident?(event: LiveIncident, capture: number, startedAt: number): void;
  onStored?(capture: number, uids: readonly string[]): void;
  /** A session began or ended. */
  onSession(): void;
  /** Continuous exports go otherwise than before. */
  onExports?(): void;
  /** An error that is a bug: returns the message for people. */
  onBug(error: unknown): string;
  /** Folder where files of indicator lists are kept. */
  lists: string;
  /** Folder of learned baselines; null: none are kept. */
  baselines: string | null;
  /** How a session's thread is started (for tests). */
  start?: (data: LiveData, events: ThreadEvents) => Thread;
}

export interface LiveStart {
  source: LiveSourceChoice;
  input: LiveInput;
  ring: RingChoice | null;
  /** Of the source, as people know it. */
  label: string;
  user: string;
}

export type LiveListener = (event: LiveDeskEvent) => void;

interface Waiter {
  resolve(session: LiveSession): void;
  reject(error: Error): void;
}

/** One session and all that belongs to it. */
interface Running {
  session: LiveSession;
  readonly asked: LiveStart;
  readonly history: LiveHistory;
  thread: Thread | undefined;
  /** Who waits for it to run, to end. */
  readonly starting: Waiter[];
  readonly ending: Waiter[];
  /** Its row in the store, also after it was thrown away. */
  capture: number | null;
  /** It was told to end before it said that it runs. */
  cancelled: boolean;
  /** How its continuous exports go. */
  exports: readonly SiemState[];
}

const OVER: ReadonlySet<LiveSession['state']> = new Set(['ended', 'failed']);

/** A thread that died is followed by another, so often within a time, ms. */
const RESTARTS = 3;
const RESTARTS_MS = 300_000;
const RESTART_WAIT_MS = 1000;

const isOver = ({ state }: LiveSession): boolean => OVER.has(state);

function shownSource(source: LiveSourceChoice, label: string): LiveSession['source'] {
  if (source.kind === 'file') return { kind: 'file', name: label, speed: source.speed };
  return { ...source };
}

/** "Live eth0 21 Nov 08:40" */
export function sessionName(source: LiveSourceChoice, label: string, at: number): string {
  const options = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const parts = new Intl.DateTimeFormat('en-GB', options).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((each) => each.type === type)?.value ?? '';
  const when = `${part('day')} ${part('month')} ${part('hour')}:${part('minute')}`;
  return `${source.kind === 'file' ? 'Replay of' : 'Live'} ${label} ${when}`.slice(0, 200);
}

/** Why a thread that gave no reason itself is gone. */
function lostThread(name: string, error: Error | null): Error {
  if (error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const what = 'there was not enough memory for the session; the incidents it told of are kept';
    return new SondeError('worker-lost', what, name, 'Close other programs, or narrow what is captured by a filter.');
  }
  if (error && !(error instanceof SondeError)) return error;
  const what = 'the session ended unexpectedly; the incidents it told of are kept';
  return new SondeError('worker-lost', what, name, 'Start it again.');
}

export class LiveHost {
  private readonly options: LiveHostOptions;
  private readonly listeners = new Set<LiveListener>();
  private running: Running | undefined;
  private count = 0;
  private died: number[] = [];
  private restarting: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(options: LiveHostOptions) {
    this.options = options;
  }

  /** The one that runs, or the last one. */
  session(): LiveSession | null {
    return this.running?.session ?? null;
  }

  /** The last figures of it. */
  tick(): LiveTickShown | null {
    return this.running?.history.latest ?? null;
  }

  get active(): boolean {
    return this.running !== undefined && !isOver(this.running.session);
  }

  /** Whether a session that is not over writes this capture. */
  isWriting(capture: number): boolean {
    return this.active && this.running?.session.capture === capture;
  }

  snapshot(): Extract<LiveDeskEvent, { type: 'snapshot' }> {
    const { running } = this;
    const history = (running?.history ?? new LiveHistory()).snapshot();
    return { type: 'snapshot', session: running?.session ?? null, ...history };
  }

  /** Calls back with everything that is told, until the function it returns is called. */
  listen(listener: LiveListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Resolves when packets can come. @throws SondeError (rejects) `not-allowed` while another session runs */
  start(asked: LiveStart): Promise<LiveSession> {
    if (this.closed) throw new SondeError('cancelled', 'the program ends', asked.label, 'Start it again.');
    if (this.running && !isOver(this.running.session)) {
      const what = `a session runs already: ${this.running.session.name}`;
      throw new SondeError('not-allowed', what, asked.label, 'Stop it first.');
    }
    clearTimeout(this.restarting);
    this.restarting = undefined;
    return new Promise((resolve, reject) => this.begin(asked, new LiveHistory(), [{ resolve, reject }]));
  }

  /** Resolves when it is over. @throws SondeError (rejects) `not-found` where none runs */
  stop(keep: boolean): Promise<LiveSession> {
    const { running } = this;
    // What would begin again in a moment does not.
    if (running && isOver(running.session) && this.restarting) return Promise.resolve(this.giveUp(running));
    if (!running || isOver(running.session)) {
      throw new SondeError('not-found', 'no session runs', '', 'Start one.');
    }
    this.change(running, { state: 'stopping' });
    running.cancelled = running.session.started === null;
    running.thread?.send({ type: 'stop', keep } satisfies ToLive);
    return new Promise((resolve, reject) => void running.ending.push({ resolve, reject }));
  }

  /** Notes a remark. @throws SondeError `not-found` where none runs */
  mark(note: string, user: string): LiveSession {
    const { running } = this;
    if (!running || isOver(running.session)) {
      throw new SondeError('not-found', 'no session runs', '', 'Start one.');
    }
    this.notice(running, 'mark', note, user);
    return running.session;
  }

  /** Rules have changed: a session that runs goes on by the new ones. */
  rulesChanged(): void {
    const { running } = this;
    if (running && !isOver(running.session)) running.thread?.send({ type: 'rules' } satisfies ToLive);
  }

  /** Continuous exports have changed: a session that runs goes on with the new ones. */
  exportsChanged(): void {
    const { running } = this;
    if (running && !isOver(running.session)) running.thread?.send({ type: 'exports' } satisfies ToLive);
  }

  /** How continuous exports go in the session that runs, or went in the last one. */
  exportStates(): readonly SiemState[] {
    return this.running?.exports ?? [];
  }

  /** Ends the thread of a session as a crash would: for tests. */
  async kill(): Promise<void> {
    await this.running?.thread?.kill();
  }

  /** Ends and keeps what runs; after `patience` ms it is ended without. */
  async close(patience: number): Promise<void> {
    this.closed = true;
    clearTimeout(this.restarting);
    const { running } = this;
    if (!running || isOver(running.session)) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, patience)));
    await Promise.race([this.stop(true).catch(() => undefined), late]);
    clearTimeout(timer);
    await running.thread?.kill();
  }

  private begin(asked: LiveStart, history: LiveHistory, starting: Waiter[]): void {
    const startedAt = this.options.now();
    const { source, input, ring, label, user } = asked;
    const session: LiveSession = {
      session: ++this.count,
      name: sessionName(source, label, startedAt),
      source: shownSource(source, label),
      state: 'starting',
      startedBy: user,
      startedAt,
      endedAt: null,
      started: null,
      capture: null,
      end: null,
      error: null,
      ringFolder: null,
    };
    const none = { thread: undefined, ending: [], capture: null, cancelled: false, exports: [] };
    const running: Running = { session, asked, history, starting, ...none };
    this.running = running;
    this.tell(this.snapshot());
    this.options.onSession();
    const port = this.options.connect();
    const { baselines, lists } = this.options;
    const data: LiveData = { input, ring, baselines, lists, name: session.name, startedAt, port };
    const start = this.options.start ?? startOnThread;
    running.thread = start(data, {
      onMessage: (message) => this.take(running, message as FromLive),
      onEnd: (error) => this.ended(running, error),
    });
  }

  private take(running: Running, message: FromLive): void {
    const { session, history } = running;
    const at = this.options.now();
    switch (message.type) {
      case 'started':
        return this.started(running, { ...message.started, interface: running.asked.label });
      case 'begun':
        running.capture = message.capture;
        this.change(running, { capture: message.capture, ringFolder: message.ringFolder });
        return this.options.onCapture(message.capture, 'capture');
      case 'tick': {
        const point = history.addTick(message.tick, message.heat, at);
        const tick = shownTick(message.tick);
        return this.tell({ type: 'tick', session: session.session, tick, point, heat: message.heat });
      }
      case 'incident': {
        const incident = history.addIncident(message.event, at);
        if (session.capture !== null) this.options.onIncident?.(message.event, session.capture, session.startedAt);
        return this.tell({ type: 'incident', session: session.session, incident });
      }
      case 'stored':
        if (session.capture === null) return;
        this.options.onStored?.(session.capture, message.uids);
        return this.options.onCapture(session.capture, 'incidents');
      case 'flows-stored':
        return session.capture === null ? undefined : this.options.onCapture(session.capture, 'flows');
      case 'exports':
        running.exports = message.states;
        return this.options.onExports?.();
      case 'notice':
        return this.notice(running, message.code, message.message);
      case 'error':
        return this.change(running, {
          error: { code: message.code, message: this.plain(running, message.message), cure: '' },
        });
      case 'ended':
        return this.change(running, { state: 'stopping', end: message.end });
      case 'done':
        return this.change(running, {
          state: 'ended',
          endedAt: at,
          ...(message.kept ? {} : { capture: null }),
        });
      case 'failed':
        return this.fail(running, errorOf(message.failure));
    }
  }

  private started(running: Running, started: LiveSession['started']): void {
    if (!running.cancelled) this.change(running, { state: 'running', started });
    else this.change(running, { started });
    for (const { resolve } of running.starting.splice(0)) resolve(running.session);
  }

  private notice(running: Running, code: string, message: string, user: string | null = null): void {
    const notice = running.history.addNotice(code, this.plain(running, message), this.options.now(), user);
    this.tell({ type: 'notice', session: running.session.session, notice });
  }

  private fail(running: Running, error: Error): void {
    const ours = error instanceof SondeError;
    const message = this.plain(running, ours ? error.message : this.options.onBug(error));
    const cure = ours ? error.cure : 'Start it again; if it stays, report it.';
    const code = ours ? error.code : 'internal';
    this.change(running, { state: 'failed', endedAt: this.options.now(), error: { code, message, cure } });
    const told = ours ? error : new SondeError('internal', message, running.asked.label, cure);
    for (const { reject } of running.starting.splice(0)) reject(told);
  }

  private ended(running: Running, error: Error | null): void {
    running.thread = undefined;
    const died = !isOver(running.session);
    const ran = running.session.started !== null;
    if (died) this.fail(running, lostThread(running.asked.label, error));
    if (running.capture !== null) this.options.onCapture(running.capture, 'capture');
    for (const { resolve } of running.ending.splice(0)) resolve(running.session);
    this.options.onSession();
    if (died && ran) this.restartLater(running);
  }

  /** A card goes on being watched when the thread died; its next session says so. */
  private restartLater(running: Running): void {
    const now = this.options.now();
    this.died = [...this.died.filter((at) => now - at < RESTARTS_MS), now];
    if (this.closed || running.asked.input.kind !== 'interface' || this.died.length > RESTARTS) return;
    this.restarting = setTimeout(() => {
      this.restarting = undefined;
      const { history } = running;
      history.closeIncidents(this.options.now());
      const why = 'the session before ended unexpectedly; this one goes on in its place';
      history.addNotice('restarted', why, this.options.now());
      this.begin(running.asked, history, []);
    }, RESTART_WAIT_MS);
    this.restarting.unref();
  }

  private giveUp(running: Running): LiveSession {
    clearTimeout(this.restarting);
    this.restarting = undefined;
    return running.session;
  }

  /** Files are stored under names of ours: people are told theirs. */
  private plain({ asked: { input, label } }: Running, message: string): string {
    return input.kind === 'file' ? message.replaceAll(input.path, label) : message;
  }

  private change(running: Running, change: Partial<LiveSession>): void {
    running.session = { ...running.session, ...change };
    this.tell({ type: 'session', session: running.session });
  }

  private tell(event: LiveDeskEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

function startOnThread(data: LiveData, events: ThreadEvents): Thread {
  return startThread('run/api/live/live.worker', data, [data.port], events);
}

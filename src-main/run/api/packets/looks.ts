/** The looks at packets that are open: a thread each, which holds what it read until it gives way or nobody asks any more. */
import { randomBytes } from 'node:crypto';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import type { PacketDetail, PacketEvent, PacketStream } from '../../../../src-shared/contract/topics/packets.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Wanted } from '../../../keep/exports/view/marks.ts';
import { errorOf } from '../../../keep/store/failure.ts';
import { startThread, type Thread } from '../../pipeline/threads.ts';
import type { FromLook, LookData, ToLook } from './messages.ts';

/** Looks at the same time of one user, and of all; the one that was asked longest ago gives way. */
const MINE_MAX = 3;
const OPEN_MAX = 12;
/** A look nobody asks ends after this, ms. */
const IDLE_MS = 15 * 60 * 1000;

const HEAP_MIB = 256;

interface Waiter {
  resolve(message: FromLook): void;
  reject(error: Error): void;
}

const gone = (): SondeError => new SondeError('not-found', 'these packets are no longer held', '', 'Read them again.');

/** One thread and who waits for it. */
class Look {
  readonly view = randomBytes(16).toString('hex');
  readonly user: string;
  readonly capture: number;
  private readonly thread: Thread;
  private readonly waiting = new Map<number, Waiter>();
  private readonly onGone: () => void;
  private idle: NodeJS.Timeout | undefined;
  private count = 0;

  constructor(
    user: string,
    capture: number,
    data: LookData,
    listen: (message: FromLook | Error) => void,
    onGone: () => void,
  ) {
    this.user = user;
    this.capture = capture;
    this.onGone = onGone;
    this.thread = startThread(
      'run/api/packets/look.worker',
      data,
      [],
      {
        onMessage: (message) => this.take(message as FromLook, listen),
        onEnd: (error) => {
          listen(error ?? gone());
          this.end();
        },
      },
      { heapMiB: HEAP_MIB },
    );
    this.used();
  }

  used(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.end(), IDLE_MS);
    this.idle.unref();
  }

  /** @throws SondeError */
  ask(question: (id: number) => ToLook): Promise<FromLook> {
    this.used();
    const id = ++this.count;
    const answered = new Promise<FromLook>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.thread.send(question(id));
    return answered;
  }

  /** Nothing more is read; what was found stays. */
  stop(): void {
    this.thread.send({ type: 'stop' } satisfies ToLook);
  }

  end(): void {
    clearTimeout(this.idle);
    for (const { reject } of this.waiting.values()) reject(gone());
    this.waiting.clear();
    this.onGone();
    void this.thread.kill();
  }

  private take(message: FromLook, listen: (message: FromLook | Error) => void): void {
    if (!('id' in message)) return listen(message);
    const waiter = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.type === 'refused') waiter?.reject(errorOf(message.failure));
    else waiter?.resolve(message);
  }
}

export class Looks {
  /** Asked longest ago first. */
  private readonly open = new Map<string, Look>();

  /**
   * Tells of packets as they are found; ends when all are there. What the files' SHA-256 are now: in the order of those
   * that were to be compared. Where it is called off, what was found until then stays, and no hash was compared.
   * `release` is called when the files are needed no longer.
   *
   * @throws SondeError: `cancelled`, or why a capture could not be read
   */
  async begin(
    user: string,
    capture: number,
    data: LookData,
    emit: (event: PacketEvent) => void,
    signal: CancelSignal,
    release: () => void = () => undefined,
  ): Promise<{ more: boolean; checked: readonly string[]; end(): void }> {
    this.makeRoom(user);
    let [end, found] = [(): void => undefined, false];
    const done = await new Promise<Extract<FromLook, { type: 'done' }>>((resolve, reject) => {
      const listen = (message: FromLook | Error): void => {
        if (message instanceof Error) reject(message);
        else if (message.type === 'failed') reject(errorOf(message.failure));
        else if (message.type === 'done') resolve(message);
        else if (message.type === 'progress' || message.type === 'packets') {
          found ||= message.type === 'packets';
          emit(message);
        }
      };
      const look: Look = new Look(user, capture, data, listen, () => {
        this.open.delete(look.view);
        release();
      });
      this.open.set(look.view, look);
      end = () => look.end();
      emit({ type: 'begun', view: look.view });
      const stop = (): void => {
        look.stop();
        reject(new SondeError('cancelled', 'reading was cancelled', '', ''));
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    }).catch((error: unknown) => {
      if (!found || !signal.aborted) end();
      throw error;
    });
    return { ...done, end };
  }

  /** Which capture a look is of. @throws SondeError `not-found` where it is over, or somebody else's */
  captureOf(user: string, view: string): number {
    return this.get(user, view).capture;
  }

  /** @throws SondeError `not-found` */
  async one(user: string, view: string, frame: number): Promise<PacketDetail> {
    const answer = await this.get(user, view).ask((id) => ({ type: 'one', id, frame }));
    if (answer.type === 'one') return answer.detail;
    throw new TypeError('the thread answered something else');
  }

  /** @throws SondeError `not-found` */
  async stream(user: string, view: string, frame: number, wanted: readonly Wanted[]): Promise<PacketStream> {
    const answer = await this.get(user, view).ask((id) => ({ type: 'stream', id, frame, wanted }));
    if (answer.type === 'stream') return answer.stream;
    throw new TypeError('the thread answered something else');
  }

  /** Packets of a capture that was removed are not held any longer. */
  forget(capture: number): void {
    for (const look of [...this.open.values()]) if (look.capture === capture) look.end();
  }

  close(): void {
    for (const look of [...this.open.values()]) look.end();
  }

  private makeRoom(user: string): void {
    const all = [...this.open.values()];
    const mine = all.filter((look) => look.user === user);
    if (mine.length >= MINE_MAX) mine[0]!.end();
    else if (all.length >= OPEN_MAX) all[0]!.end();
  }

  private get(user: string, view: string): Look {
    const look = this.open.get(view);
    if (!look || look.user !== user) throw gone();
    this.open.delete(view);
    this.open.set(view, look);
    return look;
  }
}

/** The caller's side of the contract: a function for every call, over any transport. */
import { SondeError } from '../errors.ts';
import { soon, type CancelSignal } from './cancel.ts';
import { callsByName, type Call, type Contract, type Given, type Output } from './define.ts';
import { errorOfEnvelope, hostMessage, type HostMessage, type Transport } from './wire.ts';

export interface CallOptions {
  /** Cancels the call: the host is told, and the promise rejects with `cancelled`. */
  signal?: CancelSignal;
}

export interface Observer<T> {
  next(event: T): void;
  error?(error: SondeError): void;
  /** The subscription ended by itself. */
  end?(): void;
}

type Ask<C extends Call> = (input: Given<C>, options?: CallOptions) => Promise<Output<C>>;
/** Returns what ends the subscription. */
type Subscribe<C extends Call> = (input: Given<C>, observer: Observer<Output<C>>) => () => void;

export type Client<T extends Contract> = {
  readonly [Topic in keyof T]: {
    readonly [Name in keyof T[Topic]]: T[Topic][Name] extends infer C extends Call
      ? C['kind'] extends 'subscription'
        ? Subscribe<C>
        : Ask<C>
      : never;
  };
};

interface Pending {
  result(output: unknown): void;
  event(output: unknown): void;
  end(): void;
  error(error: SondeError): void;
}

const cancelled = (name: string): SondeError => new SondeError('cancelled', `${name} was cancelled`, name, '');
const lost = (): SondeError =>
  new SondeError(
    'connection-lost',
    'the connection to the program is lost',
    '',
    'Wait for it to come back, or start it again.',
  );

/** Request ids and who waits for them. */
class Line {
  private readonly transport: Transport;
  private readonly pending = new Map<number, Pending>();
  private id = 0;
  private closed = false;

  constructor(transport: Transport) {
    this.transport = transport;
    transport.onMessage((message) => this.take(message));
    transport.onClose(() => this.abandon());
  }

  ask(name: string, input: unknown, signal: CancelSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled(name));
      const stop = (): void => {
        this.stop(id);
        reject(cancelled(name));
      };
      const done = (): void => signal?.removeEventListener('abort', stop);
      const id = this.start(name, input, {
        result: (output) => (done(), resolve(output)),
        event: () => undefined,
        end: () => (done(), reject(lost())),
        error: (error) => (done(), reject(error)),
      });
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  subscribe(name: string, input: unknown, observer: Observer<unknown>): () => void {
    const id = this.start(name, input, {
      result: () => undefined,
      event: (output) => observer.next(output),
      end: () => observer.end?.(),
      error: (error) => observer.error?.(error),
    });
    return () => this.stop(id);
  }

  private start(name: string, input: unknown, pending: Pending): number {
    const id = ++this.id;
    if (this.closed) soon(() => pending.error(lost()));
    else {
      this.pending.set(id, pending);
      this.transport.send({ type: 'call', id, name, input });
    }
    return id;
  }

  private stop(id: number): void {
    if (!this.pending.delete(id) || this.closed) return;
    this.transport.send({ type: 'stop', id });
  }

  private take(message: unknown): void {
    const parsed = hostMessage.safeParse(message);
    if (!parsed.success) return;
    const pending = this.pending.get(parsed.data.id);
    if (!pending) return;
    if (parsed.data.type !== 'event') this.pending.delete(parsed.data.id);
    this.settle(pending, parsed.data);
  }

  private settle(pending: Pending, message: HostMessage): void {
    switch (message.type) {
      case 'result':
        return pending.result(message.output);
      case 'event':
        return pending.event(message.output);
      case 'end':
        return pending.end();
      case 'error':
        return pending.error(errorOfEnvelope(message.error));
    }
  }

  private abandon(): void {
    this.closed = true;
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const pending of waiting) pending.error(lost());
  }
}

/**
 * A client of `contract` over `transport`: `client.captures.list({})`, `client.app.changes({}, { next: … })`.
 *
 * What comes back is what the host sent: the host's answers are held to their schemas in the tests, not at run time.
 * Every failure is a SondeError: `bad-request`, `not-allowed`, `cancelled`, `connection-lost`, or what the handler threw.
 */
export function makeClient<const T extends Contract>(contract: T, transport: Transport): Client<T> {
  const line = new Line(transport);
  const topics: Record<string, Record<string, unknown>> = {};
  for (const [name, call] of callsByName(contract)) {
    const [topic, short] = name.split('.') as [string, string];
    const of = (topics[topic] ??= {});
    of[short] =
      call.kind === 'subscription'
        ? (input: unknown, observer: Observer<unknown>) => line.subscribe(name, input, observer)
        : (input: unknown, options?: CallOptions) => line.ask(name, input, options?.signal);
  }
  return topics as unknown as Client<T>;
}

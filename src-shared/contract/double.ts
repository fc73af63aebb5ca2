/** Test doubles, derived from the contract: a client over memory, with only the handlers a test cares about. */
import { SondeError } from '../errors.ts';
import { soon } from './cancel.ts';
import { makeClient, type Client } from './client.ts';
import { callsByName, type Contract } from './define.ts';
import { makeDispatcher, type Caller, type Handlers } from './dispatch.ts';
import type { Transport } from './wire.ts';

class End implements Transport {
  other: End | undefined;
  private listener: ((message: unknown) => void) | undefined;
  private closing: (() => void) | undefined;
  private closed = false;

  send(message: unknown): void {
    // As text and back: what is no JSON value shows here as it would on a socket.
    const text = JSON.stringify(message);
    soon(() => this.other?.take(JSON.parse(text)));
  }

  onMessage(listener: (message: unknown) => void): void {
    this.listener = listener;
  }

  onClose(listener: () => void): void {
    this.closing = listener;
  }

  close(): void {
    this.end();
    this.other?.end();
  }

  private take(message: unknown): void {
    if (!this.closed) this.listener?.(message);
  }

  private end(): void {
    if (this.closed) return;
    this.closed = true;
    this.closing?.();
  }
}

/** Two ends of a line in memory that carries JSON only. */
export function memoryLine(): [client: Transport, host: Transport] {
  const [a, b] = [new End(), new End()];
  a.other = b;
  b.other = a;
  return [a, b];
}

export type SomeHandlers<T extends Contract> = { readonly [Topic in keyof T]?: Partial<Handlers<T>[Topic]> };

const TESTER: Caller = { user: 'test', role: 'admin', host: 'desktop' };

/**
 * A client whose host has `some` handlers. Answers are held to their schemas; calls without a handler fail with
 * `not-in-this-version`. `close` ends the connection as a dying host would.
 */
export function makeDouble<const T extends Contract>(
  contract: T,
  some: SomeHandlers<T> = {},
  caller: Caller = TESTER,
): { client: Client<T>; close(): void } {
  const handlers: Record<string, Record<string, unknown>> = {};
  const given = some as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  for (const name of callsByName(contract).keys()) {
    const [topic, short] = name.split('.') as [string, string];
    (handlers[topic] ??= {})[short] = given[topic]?.[short] ?? missing(name);
  }
  const [near, far] = memoryLine();
  makeDispatcher(contract, handlers as unknown as Handlers<T>, { checkOutput: true, onBug: String }).serve(far, caller);
  return { client: makeClient(contract, near), close: () => far.close() };
}

function missing(name: string): () => never {
  return () => {
    throw new SondeError('not-in-this-version', `${name}: the double has no handler for it`, name, '');
  };
}

/** The host's side of the contract: every message is checked before any handler sees it. */
import { SondeError } from '../errors.ts';
import { CancelSource, type CancelSignal } from './cancel.ts';
import { callsByName, mayDo, type Answer, type Call, type Contract, type Input, type Role } from './define.ts';
import type { z } from './schema.ts';
import { clientMessage, envelopeOf, type HostMessage, type Transport } from './wire.ts';

/** Who asks. */
export interface Caller {
  /** Name for the audit log. */
  readonly user: string;
  readonly role: Role;
  /** browser: through `sonde serve`; desktop: the Electron window. */
  readonly host: 'browser' | 'desktop';
}

export interface Context {
  readonly caller: Caller;
  /** Aborted when the caller cancels, unsubscribes or goes away. */
  readonly signal: CancelSignal;
}

type Handle<C extends Call> = (input: Input<C>, context: Context) => Answer<C> | Promise<Answer<C>>;
/** Sends events until it returns (the subscription then ends) or `context.signal` is aborted. */
type Stream<C extends Call> = (
  input: Input<C>,
  emit: (event: Answer<C>) => void,
  context: Context,
) => void | Promise<void>;

export type Handlers<T extends Contract> = {
  readonly [Topic in keyof T]: {
    readonly [Name in keyof T[Topic]]: T[Topic][Name] extends infer C extends Call
      ? C['kind'] extends 'subscription'
        ? Stream<C>
        : Handle<C>
      : never;
  };
};

export interface DispatchOptions {
  /** Holds every answer to its schema: for tests and doubles. */
  checkOutput?: boolean;
  /** Told of everything thrown that is not a SondeError. Returns the message for the caller (default: a plain one). */
  onBug?: (error: unknown, name: string) => string;
  /** What is refused whatever the role of the caller; null: nothing. */
  refuse?: (name: string, call: Call) => SondeError | null;
  /** Told of every query that was answered, before its answer goes out; it must not fail. */
  onAnswer?: (input: unknown, caller: Caller, name: string) => Promise<void>;
  /** Carries out the work of a handler, in whatever surrounding belongs to its caller. */
  within?: <T>(caller: Caller, work: () => T) => T;
  /** Calls under way at once for one connection; more are refused. Default 256. */
  limit?: number;
}

export interface Dispatcher {
  /** Serves one connection until its transport closes. */
  serve(transport: Transport, caller: Caller): void;
}

interface Entry {
  call: Call;
  handler: (...args: unknown[]) => unknown;
}

const LIMIT = 256;
/** Faults of a payload that are told. */
const FAULTS = 3;

/** "input.limit: too big" */
export function faultsOf(error: z.ZodError): string {
  const told = error.issues.slice(0, FAULTS).map((i) => `${['input', ...i.path.map(String)].join('.')}: ${i.message}`);
  return told.join('; ');
}

function checked(schema: z.ZodType, value: unknown, name: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new SondeError(
    'bad-request',
    `${name}: ${faultsOf(parsed.error)}`,
    name,
    'This is an error of the caller: reload the page or update the program.',
  );
}

/** One connection. */
class Session {
  private readonly entries: ReadonlyMap<string, Entry>;
  private readonly transport: Transport;
  private readonly caller: Caller;
  private readonly options: DispatchOptions;
  private readonly running = new Map<number, CancelSource>();
  private closed = false;

  constructor(entries: ReadonlyMap<string, Entry>, transport: Transport, caller: Caller, options: DispatchOptions) {
    this.entries = entries;
    this.transport = transport;
    this.caller = caller;
    this.options = options;
    transport.onMessage((message) => this.take(message));
    transport.onClose(() => this.close());
  }

  private take(message: unknown): void {
    const parsed = clientMessage.safeParse(message);
    // Who does not speak the protocol has no request an answer could belong to.
    if (!parsed.success) return this.transport.close();
    const { data } = parsed;
    if (data.type === 'stop') return this.stop(data.id);
    if (this.running.has(data.id)) return this.transport.close();
    void this.run(data.id, data.name, data.input);
  }

  private stop(id: number): void {
    // It counts as under way until it has ended.
    this.running.get(id)?.abort();
  }

  private async run(id: number, name: string, input: unknown): Promise<void> {
    const abort = new CancelSource();
    try {
      const entry = this.admit(name);
      this.running.set(id, abort);
      await this.carryOut(id, name, entry, input, abort.signal);
    } catch (error) {
      const bug = error instanceof SondeError ? '' : (this.options.onBug?.(error, name) ?? `${name}: an error of ours`);
      if (!abort.signal.aborted) this.reply({ type: 'error', id, error: envelopeOf(error, bug) });
    } finally {
      if (this.running.get(id) === abort) this.running.delete(id);
    }
  }

  private admit(name: string): Entry {
    const entry = this.entries.get(name);
    if (!entry)
      throw new SondeError(
        'bad-request',
        `there is no call ${JSON.stringify(name)}`,
        name,
        'Reload the page or update the program.',
      );
    if (!mayDo(this.caller.role, entry.call.role)) {
      throw new SondeError(
        'not-allowed',
        `this needs the role ${entry.call.role}; yours is ${this.caller.role}`,
        name,
        'Ask an administrator.',
      );
    }
    const refused = this.options.refuse?.(name, entry.call) ?? null;
    if (refused) throw refused;
    if (this.running.size >= (this.options.limit ?? LIMIT)) {
      throw new SondeError('too-many', 'too many requests are under way', name, 'Wait for some of them to end.');
    }
    return entry;
  }

  private async carryOut(
    id: number,
    name: string,
    { call, handler }: Entry,
    input: unknown,
    signal: CancelSignal,
  ): Promise<void> {
    const given = checked(call.input, input, name);
    const context: Context = { caller: this.caller, signal };
    const within = <T>(work: () => T): T => (this.options.within ? this.options.within(this.caller, work) : work());
    const out = (value: unknown): unknown => (this.options.checkOutput ? call.output.parse(value) : value);
    if (call.kind === 'subscription') {
      const emit = (event: unknown): void => {
        if (!signal.aborted) this.reply({ type: 'event', id, output: out(event) });
      };
      await within(() => handler(given, emit, context));
      if (!signal.aborted) this.reply({ type: 'end', id });
    } else {
      const output = out(await within(() => handler(given, context)));
      if (call.kind === 'query') await this.options.onAnswer?.(given, this.caller, name);
      if (!signal.aborted) this.reply({ type: 'result', id, output });
    }
  }

  private reply(message: HostMessage): void {
    if (!this.closed) this.transport.send(message);
  }

  private close(): void {
    this.closed = true;
    for (const abort of this.running.values()) abort.abort();
    this.running.clear();
  }
}

function entriesOf(
  contract: Contract,
  handlers: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const [name, call] of callsByName(contract)) {
    const [topic, short] = name.split('.') as [string, string];
    const handler = handlers[topic]?.[short];
    if (typeof handler !== 'function') throw new TypeError(`no handler for ${name}`);
    entries.set(name, { call, handler: handler as Entry['handler'] });
  }
  return entries;
}

/** Carries out the calls of `contract` with `handlers`, for any number of connections. */
export function makeDispatcher<const T extends Contract>(
  contract: T,
  handlers: Handlers<T>,
  options: DispatchOptions = {},
): Dispatcher {
  const entries = entriesOf(contract, handlers as unknown as Parameters<typeof entriesOf>[1]);
  return { serve: (transport, caller) => void new Session(entries, transport, caller, options) };
}

/** The store as everyone else sees it: typed methods that the worker carries out one after another. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { SondeError } from '../../../src-shared/errors.ts';
import { errorOf } from './failure.ts';
import { METHODS, type Connect, type Reply, type Request } from './protocol.ts';
import { sentRows } from './row-texts.ts';
import type { FlowRows, Store, StoreMethods, WindowRows } from './types.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Buffers that are handed over rather than copied. */
function handedOver(args: readonly unknown[]): ArrayBuffer[] {
  const isRows = (value: unknown): value is FlowRows | WindowRows =>
    typeof value === 'object' && value !== null && 'columns' in value && value.columns instanceof ArrayBuffer;
  return args.filter(isRows).map((rows) => rows.columns);
}

/** A worker, or a port that leads to one. */
interface Way {
  postMessage(message: unknown, moved: readonly (ArrayBuffer | MessagePort)[]): void;
  on(event: 'message', listener: (reply: Reply) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit' | 'close', listener: () => void): unknown;
}

class Line {
  private readonly way: Way;
  private readonly waiting = new Map<number, Waiting>();
  private sequence = 0;
  private gone: Error | undefined;

  constructor(way: Way) {
    this.way = way;
    const ended = (): void =>
      this.abandon(new SondeError('worker-lost', 'the store ended while it was asked for something', '', 'Try again.'));
    way.on('message', (reply) => this.settle(reply));
    way.on('error', (error) => this.abandon(error));
    way.on('exit', ended);
    way.on('close', ended);
  }

  /** A port through which another thread can ask (`storeOver`). */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.way.postMessage({ connect: port1 } satisfies Connect, [port1]);
    return port2;
  }

  opened(): Promise<unknown> {
    return this.wait(0);
  }

  ask(method: Request['method'], args: unknown[]): Promise<unknown> {
    const sequence = ++this.sequence;
    const answer = this.wait(sequence);
    if (!this.gone) this.way.postMessage({ sequence, method, args } satisfies Request, handedOver(args));
    return answer;
  }

  private wait(sequence: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.gone) reject(this.gone);
      else this.waiting.set(sequence, { resolve, reject });
    });
  }

  private settle({ sequence, value, failure }: Reply): void {
    const waiting = this.waiting.get(sequence);
    this.waiting.delete(sequence);
    if (failure) waiting?.reject(errorOf(failure));
    else waiting?.resolve(value);
  }

  private abandon(error: Error): void {
    this.gone ??= error;
    for (const waiting of this.waiting.values()) waiting.reject(error);
    this.waiting.clear();
  }
}

/**
 * Starts the worker that owns the database at `path`. `worker`: where its program is (it differs between sources and
 * bundles).
 *
 * @throws SondeError when the database cannot be opened, is not ours, or is newer than this program.
 */
export async function openStore(path: string, worker: URL): Promise<Store & { connect(): MessagePort }> {
  const line = new Line(new Worker(worker, { workerData: { path } }));
  await line.opened();
  return Object.assign(methodsOver(line), { connect: () => line.connect() });
}

/** The store, asked by another thread through a port of `connect`. Its `close` ends the port only. */
export function storeOver(port: MessagePort): Store {
  return methodsOver(new Line(port));
}

function methodsOver(line: Line): Store {
  const methods = Object.fromEntries(METHODS.map((name) => [name, (...args: unknown[]) => line.ask(name, args)]));
  return Object.assign(methods as unknown as { [M in keyof StoreMethods]: Store[M] }, {
    addFlows: async (capture: number, rows: FlowRows): Promise<void> =>
      void (await line.ask('addFlows', [capture, sentRows(rows)])),
    close: async (): Promise<void> => void (await line.ask('close', [])),
  });
}

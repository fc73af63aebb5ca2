/** Threads for work that would keep the main thread from answering: packets are never parsed there. */
import { parentPort, workerData, Worker, type MessagePort } from 'node:worker_threads';
import { SondeError } from '../../../src-shared/errors.ts';
import { workerUrl, type WorkerName } from './workers.ts';
import { YOUNG_MIB } from './young-generation.ts';

export interface Thread {
  /** `moved` are handed over with it. */
  send(message: unknown, moved?: readonly (MessagePort | ArrayBuffer)[]): void;
  /** Ends it at once, whatever it does. */
  kill(): Promise<void>;
}

export interface ThreadEvents {
  onMessage(message: unknown): void;
  /** It ended; with the reason where it did not end by itself. Told once. */
  onEnd(error: Error | null): void;
}

/** Starts `name` with `data`; `moved` are handed over with it. `heapMiB`: where its heap grows beyond, it ends with an error. */
export function startThread(
  name: WorkerName,
  data: unknown,
  moved: readonly MessagePort[],
  events: ThreadEvents,
  limits: { heapMiB?: number } = {},
): Thread {
  const resourceLimits = {
    maxYoungGenerationSizeMb: YOUNG_MIB,
    ...(limits.heapMiB === undefined ? {} : { maxOldGenerationSizeMb: limits.heapMiB }),
  };
  const worker = new Worker(workerUrl(name), { workerData: data, transferList: [...moved], resourceLimits });
  let ended = false;
  const end = (error: Error | null): void => {
    if (ended) return;
    ended = true;
    events.onEnd(error);
  };
  worker.on('message', (message: unknown) => events.onMessage(message));
  worker.on('error', (error: Error) => end(error));
  worker.on('exit', (code) =>
    end(code === 0 ? null : new SondeError('worker-lost', 'the thread that did the work ended', name, 'Try again.')),
  );
  return {
    send: (message, moved = []) => worker.postMessage(message, moved),
    kill: async () => void (await worker.terminate()),
  };
}

/** The thread's own side: what it was given, and how it speaks. @throws Error on the main thread */
export function threadSide(): {
  data: unknown;
  send(message: unknown, moved?: readonly (MessagePort | ArrayBuffer)[]): void;
  onMessage(listener: (message: unknown) => void): void;
  end(): void;
} {
  const port = parentPort;
  if (!port) throw new Error('this file is started as a thread');
  return {
    data: workerData as unknown,
    send: (message, moved = []) => port.postMessage(message, moved),
    onMessage: (listener) => void port.on('message', listener),
    end: () => port.close(),
  };
}

export type { MessagePort } from 'node:worker_threads';

/** The one owner of the database: carries out requests in the order they arrive. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { openDatabase, storeError } from './database.ts';
import { failureOf } from './failure.ts';
import { storeMethods } from './methods.ts';
import { receivedRows, type SentFlowRows } from './row-texts.ts';
import type { Connect, Reply, Request } from './protocol.ts';
import type { StoreMethods } from './types.ts';

const port = parentPort;
if (!port) throw new Error('the store worker is started as a worker thread');
const { path } = workerData as { path: string };

/** Ports of other threads, each with request numbers of its own. */
const connected = new Set<MessagePort>();

/** Answers what comes in at one port; `close` is what the request of that name does. */
function listen(at: MessagePort, methods: StoreMethods, close: () => void): void {
  at.on('message', (request: Request | Connect) => {
    if ('connect' in request) {
      const other = request.connect;
      connected.add(other);
      other.on('close', () => connected.delete(other));
      return listen(other, methods, () => undefined);
    }
    const { sequence, method, args } = request;
    try {
      if (method === 'close') close();
      const work = method === 'close' ? () => undefined : (methods[method] as (...given: unknown[]) => unknown);
      const given = method === 'addFlows' ? [args[0], receivedRows(args[1] as SentFlowRows)] : args;
      at.postMessage({ sequence, value: work(...given) } satisfies Reply);
      if (method === 'close') at.close();
    } catch (error) {
      at.postMessage({ sequence, failure: failureOf(storeError(error, path), path) } satisfies Reply);
    }
  });
}

function serve(main: MessagePort): void {
  const db = openDatabase(path);
  main.postMessage({ sequence: 0 } satisfies Reply);
  listen(main, storeMethods(db), () => {
    for (const other of connected) other.close();
    db.close();
  });
}

try {
  serve(port);
} catch (error) {
  port.postMessage({ sequence: 0, failure: failureOf(storeError(error, path), path) } satisfies Reply);
  port.close();
}

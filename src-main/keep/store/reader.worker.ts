/** A reader of the database: answers one question after another, and can be stopped in the middle of one. */
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { SondeError } from '../../../src-shared/errors.ts';
import { storeError } from './database.ts';
import { answerer, type ReaderReply, type ReaderRequest, type Question } from './reading.ts';
import { failureOf } from './failure.ts';

const port = parentPort;
if (!port) throw new Error('a reader is started as a worker thread');
const { path, stopped } = workerData as { path: string; stopped: SharedArrayBuffer };

/** Rows between two looks at whether the question is still wanted. */
const LOOK = 512;

/** [0]: the question that is no longer wanted; [1]: rows that the present one has visited. */
const flag = new Int32Array(stopped);
let current = 0;
let rows = 0;

/** Called by SQLite for every row a long question visits. */
function watch(): number {
  if (++rows % LOOK !== 0) return 1;
  Atomics.store(flag, 1, rows);
  if (Atomics.load(flag, 0) === current) throw new SondeError('cancelled', 'the question was cancelled', '', '');
  return 1;
}

const reply = (message: ReaderReply): void => port.postMessage(message);

function open(): Database.Database {
  const db = new Database(path, { fileMustExist: true, timeout: 5000 });
  db.pragma('query_only = ON');
  db.pragma('cache_size = -65536');
  db.function('watch', { directOnly: true }, watch);
  return db;
}

try {
  const db = open();
  const answer = answerer(db);
  reply({ sequence: 0 });
  port.on('message', (request: ReaderRequest | null) => {
    if (request === null) {
      db.close();
      port.close();
      return;
    }
    current = request.sequence;
    rows = 0;
    Atomics.store(flag, 1, 0);
    try {
      reply({ sequence: request.sequence, value: answer(request as Question) });
    } catch (error) {
      reply({ sequence: request.sequence, failure: failureOf(storeError(error, path), path) });
    }
  });
} catch (error) {
  reply({ sequence: 0, failure: failureOf(storeError(error, path), path) });
  port.close();
}

/** Messages between readers and their worker threads, and how a question is answered. */
import type Database from 'better-sqlite3';
import { QUERIES, type QueryName } from './queries/index.ts';
import type { Failure } from './protocol.ts';

export interface Question {
  name: QueryName;
  args: unknown[];
}

export interface ReaderRequest extends Question {
  /** Counts up from 1; 0 is the opening. */
  sequence: number;
}

export interface ReaderReply {
  sequence: number;
  value?: unknown;
  failure?: Failure;
}

/** Carries out questions, each in one read transaction so that all of it is of one moment. */
export function answerer(db: Database.Database): (question: Question) => unknown {
  const run = db.transaction((question: Question): unknown => {
    if (!Object.hasOwn(QUERIES, question.name)) throw new TypeError(`no such question: ${question.name}`);
    const work = QUERIES[question.name] as unknown as (db: Database.Database, ...args: unknown[]) => unknown;
    return work(db, ...question.args);
  });
  return (question) => run.deferred(question);
}

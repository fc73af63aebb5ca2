/**
 * A second start finds the desk that runs already: a file beside the database, readable by its owner alone, says where
 * it answers and holds the key for opening files there.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from '../../../src-shared/contract/schema.ts';

const ANSWER_MS = 5000;

const notice = z.strictObject({
  schema: z.literal('sonde.desk/1'),
  origin: z.string().regex(/^http:\/\/(127\.\d+\.\d+\.\d+|\[::1\]):\d+$/),
  key: z.string().min(32).max(128),
});

const answer = z.object({ url: z.string(), pid: z.int() });
export type RunningDesk = z.infer<typeof answer>;

const noticeOf = (database: string): string => `${database}.desk`;

export function newKey(): string {
  return randomBytes(32).toString('base64url');
}

/** Says where the desk of this database answers, until the function it returns is called. */
export function postNotice(database: string, origin: string, key: string): () => void {
  const path = noticeOf(database);
  const temporary = `${path}.${process.pid}`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, JSON.stringify({ schema: 'sonde.desk/1', origin, key }), { mode: 0o600, flag: 'wx' });
  renameSync(temporary, path);
  return () => rmSync(path, { force: true });
}

function readNotice(database: string): z.infer<typeof notice> | null {
  try {
    return notice.parse(JSON.parse(readFileSync(noticeOf(database), 'utf8')));
  } catch {
    return null;
  }
}

/** Has the desk that runs on this database open the files (absolute paths); null where none answers. */
export async function handOver(database: string, files: readonly string[]): Promise<RunningDesk | null> {
  const found = readNotice(database);
  if (!found) return null;
  try {
    const response = await fetch(`${found.origin}/open`, {
      method: 'POST',
      headers: { authorization: `Bearer ${found.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ files }),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return response.ok ? answer.parse(await response.json()) : null;
  } catch {
    return null;
  }
}

/**
 * A second start finds the desk that runs already: a file beside the database, readable by its owner alone, says where
 * it answers and holds the key for opening files there. The key itself is never sent: who asks proves to have it, over
 * what is asked, and so does who answers. A file that a killed desk left behind may name the port of a stranger.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from '../../../src-shared/contract/schema.ts';

const ANSWER_MS = 5000;

const notice = z.strictObject({
  schema: z.literal('sonde.desk/1'),
  origin: z.string().regex(/^http:\/\/(127\.\d+\.\d+\.\d+|\[::1\]):\d+$/),
  key: z.string().min(32).max(128),
});

const answer = z.object({ url: z.string(), pid: z.int(), proof: z.string() });
export type RunningDesk = Omit<z.infer<typeof answer>, 'proof'>;

const noticeOf = (database: string): string => `${database}.desk`;

export function newKey(): string {
  return randomBytes(32).toString('base64url');
}

const sign = (key: string, ...parts: readonly string[]): string =>
  createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');

function equal(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

const AUTHORIZATION = /^Sonde ([\w-]{16,64}) ([\w-]{43})$/;

/** Who answers: checks the proof that came with a body; what then proves an address. Null where it is wrong. */
export function answerTo(
  key: string,
  authorization: string | undefined,
  body: string,
): ((url: string) => string) | null {
  const found = AUTHORIZATION.exec(authorization ?? '');
  if (!found) return null;
  const [, once, proof] = found as unknown as [string, string, string];
  return equal(proof, sign(key, 'ask', once, body)) ? (url) => sign(key, 'answer', once, url) : null;
}

/** Who asks: the header, and whether an answer is from one that has the key. */
export function askWith(
  key: string,
  body: string,
): { authorization: string; isTrue(url: string, proof: string): boolean } {
  const once = randomBytes(24).toString('base64url');
  return {
    authorization: `Sonde ${once} ${sign(key, 'ask', once, body)}`,
    isTrue: (url, proof) => equal(proof, sign(key, 'answer', once, url)),
  };
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
  const body = JSON.stringify({ files });
  const { authorization, isTrue } = askWith(found.key, body);
  try {
    const response = await fetch(`${found.origin}/open`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok) return null;
    const { url, pid, proof } = answer.parse(await response.json());
    return isTrue(url, proof) ? { url, pid } : null;
  } catch {
    return null;
  }
}

/** What Redis answers, as what we asked for; and how an entry is written. */
import type { Entry } from '../types.ts';
import type { Argument, Reply } from './connection.ts';

/** The one field of an entry. */
export const BODY = { FIELD: 'b', END: new Uint8Array(0) } as const;

export function lines(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

export function numberOf(reply: Reply | undefined): number {
  return Number(reply ?? 0);
}

/** Entries of a stream; what has not our field has an empty body, which nobody takes for a batch. */
export function entriesOf(stream: string, reply: Reply): Entry[] {
  return lines(reply).map((each) => {
    const [offset, fields] = lines(each);
    const [name, body] = lines(fields);
    const isOurs = String(name) === BODY.FIELD && Buffer.isBuffer(body);
    return { stream, offset: String(offset), body: isOurs ? body : BODY.END };
  });
}

export function pairs(reply: Reply): Map<string, Buffer> {
  const all = lines(reply);
  const found = new Map<string, Buffer>();
  for (let i = 0; i + 1 < all.length; i += 2) {
    const value = all[i + 1];
    if (Buffer.isBuffer(value)) found.set(String(all[i]), value);
  }
  return found;
}

/** The same of texts: what comes out of a transaction is no bytes. */
export function textPairs(reply: Reply | undefined): Map<string, string> {
  const all = lines(reply);
  return new Map(all.flatMap((name, i) => (i % 2 === 0 ? [[String(name), String(all[i + 1] ?? '')] as const] : [])));
}

/** Appends; the oldest go beyond `most`, whole blocks of them at a time, so a few more may stay. */
export function xadd(key: string, body: Uint8Array, most: number): Argument[] {
  return ['XADD', key, 'MAXLEN', '~', String(most), '*', BODY.FIELD, Buffer.from(body)];
}

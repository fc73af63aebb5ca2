/** What Redis answers, as what we asked for; and how an entry is written. */
import type { Entry } from '../types.ts';
import type { Argument, Reply } from './connection.ts';
import { markedIn, type Marked } from './marks.ts';

/** The one field of an entry. */
export const BODY = { FIELD: 'b', END: new Uint8Array(0) } as const;

export function lines(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

export function numberOf(reply: Reply | undefined): number {
  return Number(reply ?? 0);
}

/** An entry as it came; `marked` where a part of it was too large to come. */
export interface RawEntry extends Entry {
  marked?: Marked;
}

/** Entries of a stream; what has not our field has an empty body, which nobody takes for a batch. */
export function entriesOf(stream: string, reply: Reply): RawEntry[] {
  return lines(reply).map((each) => {
    const [offset, fields] = lines(each);
    const [name, body] = lines(fields);
    const marked = [fields, ...lines(fields)].map(markedIn).find((found) => found !== undefined);
    const isOurs = String(name) === BODY.FIELD && Buffer.isBuffer(body) && !marked;
    return { stream, offset: String(offset), body: isOurs ? body : BODY.END, ...(marked ? { marked } : {}) };
  });
}

/** Names and values, one after the other, as texts: what comes out of a transaction is no bytes. */
export function textPairs(reply: Reply | undefined): [string, string][] {
  const all = lines(reply);
  return all.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[String(name), String(all[i + 1] ?? '')]] : []));
}

/** Appends; the oldest go beyond `most`, whole blocks of them at a time, so a few more may stay. */
export function xadd(key: string, body: Uint8Array, most: number): Argument[] {
  return ['XADD', key, 'MAXLEN', '~', String(most), '*', BODY.FIELD, Buffer.from(body)];
}

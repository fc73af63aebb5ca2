/** Conversations put together by hand, and what the application layer says of them. */
import { openAppFlow } from '../../../../src-main/detect/signatures/app/open.ts';
import type { AppFlowOptions, Direction, Transaction } from '../../../../src-main/detect/signatures/app/types.ts';

export type Step = readonly [Direction, string];

export interface Conversation {
  readonly transport?: 'tcp' | 'udp';
  readonly port: number;
  /** Bytes as Latin-1 letters. */
  readonly steps: readonly Step[];
}

export interface Told {
  readonly transactions: readonly Transaction[];
  readonly events: readonly string[];
  readonly protocols: readonly string[];
}

export const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
export const raw = (text: string): Uint8Array => Buffer.from(text, 'latin1');
export const unhex = (text: string): string => Buffer.from(text.replace(/\s/g, ''), 'hex').toString('latin1');

export function n16(value: number): string {
  return String.fromCharCode((value >> 8) & 255, value & 255);
}
export const n24 = (value: number): string => String.fromCharCode((value >> 16) & 255) + n16(value & 65_535);
export const n32 = (value: number): string => n16(value >>> 16) + n16(value & 65_535);
export const le16 = (value: number): string => String.fromCharCode(value & 255, (value >> 8) & 255);
export const le32 = (value: number): string => le16(value & 65_535) + le16(value >>> 16);
export const wide = (text: string): string => Buffer.from(text, 'utf16le').toString('latin1');

/** A DER element. */
export function der(tag: number, ...parts: string[]): string {
  const body = parts.join('');
  const length = body.length < 128 ? String.fromCharCode(body.length) : `\x82${n16(body.length)}`;
  return String.fromCharCode(tag) + length + body;
}

/** Buffers of a transaction are its teller's only until the next bytes come. */
export function kept(one: Transaction): Transaction {
  return {
    ...one,
    buffers: new Map([...one.buffers].map(([name, list]) => [name, list.map((b) => new Uint8Array(b))])),
  };
}

/** `cut` says how many bytes go at once from an offset on; without it each step goes whole. */
export function tell(conversation: Conversation, cut?: (left: number) => number): Told {
  const transactions: Transaction[] = [];
  const events: string[] = [];
  const protocols: string[] = [];
  const transport = conversation.transport ?? 'tcp';
  const options: AppFlowOptions = { transport, serverPort: conversation.port, clientPort: 40_000 };
  const flow = openAppFlow(options, {
    transaction: (one) => transactions.push(kept(one)),
    event: (name, direction) => events.push(`${String(direction)} ${name}`),
    protocol: (name) => protocols.push(name),
  });
  for (const [direction, text] of conversation.steps) {
    const bytes = raw(text);
    for (let at = 0; at < bytes.length;) {
      const size = cut === undefined || transport === 'udp' ? bytes.length : Math.max(1, cut(bytes.length - at));
      // Bytes are the parser's only while it reads: what it kept of them without a copy would show.
      const piece = new Uint8Array(bytes.subarray(at, at + size));
      flow.data(direction, piece);
      piece.fill(0xa5);
      at += size;
    }
  }
  flow.end(0);
  flow.end(1);
  return { transactions, events, protocols };
}

/** Everything of one buffer, in order, as letters. */
export function buffers(told: Told, name: string, direction?: Direction): string[] {
  const of = told.transactions.filter((one) => direction === undefined || one.direction === direction);
  return of.flatMap((one) => (one.buffers.get(name) ?? []).map(latin));
}

export function numbers(told: Told, name: string, direction?: Direction): number[] {
  const of = told.transactions.filter((one) => direction === undefined || one.direction === direction);
  return of.flatMap((one) => [...(one.numbers.get(name) ?? [])]);
}

/** Comparable, whatever was told when. */
export function summary({ transactions, events, protocols }: Told): unknown {
  const told = transactions.map(({ protocol, direction, id, buffers: all, numbers: values }) =>
    JSON.stringify([protocol, direction, id, [...all].map(([name, list]) => [name, list.map(latin)]), [...values]]),
  );
  return { told: told.sort(), events: [...events].sort(), protocols };
}

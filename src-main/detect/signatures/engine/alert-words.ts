/** What a rule's evidence says: which rule, between whom, which way, and what matched. */
import type { Scene } from '../flow/scene.ts';
import type { Rule } from '../rules/rule.ts';

/** Bytes of a pattern, and names of what was looked at, that are shown. */
const BYTES = 40;
const NAMES = 4;

/** Which side of a flow sent what matched; null: the packet belongs to no flow. */
export type Way = 'client' | 'server' | null;

export const wayOf = ({ flow, direction }: Scene): Way =>
  flow === null ? null : direction === 0 ? 'client' : 'server';

/** The port of the service, whoever sent: a client's own changes with every connection. */
export const servicePort = ({ flow, direction, srcPort, dstPort }: Scene): number =>
  flow !== null && direction === 1 ? srcPort : dstPort;

/** Printable letters as they are, others as rules write them: `|00 ff|`. */
export function shownBytes(bytes: Uint8Array): string {
  let text = '';
  let hex: string[] = [];
  const close = (): void => {
    if (hex.length > 0) text += `|${hex.join(' ')}|`;
    hex = [];
  };
  for (const byte of bytes.subarray(0, BYTES)) {
    if (byte >= 0x20 && byte < 0x7f) {
      close();
      text += String.fromCharCode(byte);
    } else hex.push(byte.toString(16).padStart(2, '0'));
  }
  close();
  return bytes.length > BYTES ? `${text}…` : text;
}

const placeOf = (buffer: string): string => (buffer === '' ? 'the payload' : buffer);

/** Where the rule looked, and the longest text it found there: it stands in whatever such a rule holds for. */
export function matchedWords({ fast, buffers, payload, events, decodeEvents, numbers }: Rule): string {
  if (fast) return `“${shownBytes(fast.bytes)}” in ${placeOf(fast.buffer)}`;
  const looked = buffers.map(({ name }) => name);
  if (payload.length > 0) looked.push(placeOf(''));
  const told = [...events.map(({ name }) => name), ...decodeEvents];
  const names = [...looked, ...told.map((name) => `the event ${name}`), ...numbers.map(({ name }) => name)];
  const some = [...new Set(names)].slice(0, NAMES);
  return some.length === 0 ? 'packet and flow, by its header' : some.join(', ');
}

const WAYS: Readonly<Record<NonNullable<Way>, string>> = {
  client: 'sent by the client',
  server: 'sent by the server',
};

/** `ends`: of who sent, then who received. */
export function evidenceWords(rule: Rule, ends: readonly string[], port: number, way: Way): string {
  const name = `Rule ${rule.sid} (revision ${rule.rev})${rule.message === '' ? '' : ` “${rule.message}”`}`;
  const service = port > 0 ? `, port ${port}` : '';
  const sent = way === null ? '' : `, ${WAYS[way]}`;
  return `Alerts of ${name}: ${ends.join(' to ')}${service}${sent}; matched ${matchedWords(rule)}`;
}

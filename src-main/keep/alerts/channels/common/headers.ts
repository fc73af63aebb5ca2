/** Headers that a channel's settings add to a request. */
import type { ChannelSettings } from '../../types.ts';
import { linesOf, textOf } from './settings.ts';

const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;
/** Set by us, or by the connection itself. */
const OURS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'sonde-signature',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** Kept as secrets, or not at all. */
const SECRET: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);
const HEADERS_MAX = 32;

/** What is wrong with them; null: nothing. Names the header, never its value. */
export function headersFault(settings: ChannelSettings): string | null {
  const lines = linesOf(settings, 'headers');
  if (lines.length > HEADERS_MAX) return `There can be ${HEADERS_MAX} more headers at most.`;
  for (const [index, line] of lines.entries()) {
    const name = LINE.exec(line)?.[1];
    if (name === undefined) return `Header ${index + 1} is not of the form Name: value.`;
    if (SECRET.has(name.toLowerCase())) return `${name} is a secret: enter it under Authorization.`;
    if (OURS.has(name.toLowerCase())) return `${name} is set by Sonde and cannot be set here.`;
  }
  if (/[^\t\x20-\x7e]/.test(textOf(settings, 'authorization'))) return 'Authorization holds characters it may not.';
  return null;
}

/** Of settings without fault; a later line of the same name replaces an earlier one. */
export function headersOf(settings: ChannelSettings): Record<string, string> {
  const found = new Map<string, [string, string]>();
  for (const line of linesOf(settings, 'headers')) {
    const [, name, value = ''] = LINE.exec(line) ?? [];
    if (name !== undefined) found.set(name.toLowerCase(), [name, value.trim()]);
  }
  const authorization = textOf(settings, 'authorization');
  if (authorization !== '') found.set('authorization', ['Authorization', authorization]);
  return Object.fromEntries(found.values());
}

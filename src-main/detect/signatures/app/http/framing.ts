/** How long the body of a message is (RFC 9112, 6), with the contradictions that evaders send. */
import type { Framing } from './body.ts';
import type { Headers } from './headers.ts';

export function isChunked(headers: Headers): boolean {
  const told = headers.get('transfer-encoding');
  return told !== undefined && /chunked/i.test(told.replaceAll('\0', ''));
}

/** The first number of `Content-Length`; -1: none that can be read. */
export function contentLength(headers: Headers): number {
  const told = /\d+/.exec(headers.first('content-length') ?? '')?.[0];
  const value = told === undefined ? -1 : Number(told);
  return Number.isSafeInteger(value) ? value : -1;
}

export function requestFraming(headers: Headers): Framing {
  if (isChunked(headers)) return { kind: 'chunked' };
  const length = contentLength(headers);
  return length > 0 ? { kind: 'length', length } : { kind: 'none' };
}

/** An answer without framing goes on to the end; those that must not have a body have one if they say so. */
export function responseFraming(headers: Headers, code: number, method: string): Framing {
  const length = contentLength(headers);
  const chunked = isChunked(headers);
  const bodiless = code === 204 || code === 304 || (code >= 100 && code < 200);
  if (method === 'HEAD' || (bodiless && !chunked && length < 0)) return { kind: 'none' };
  if (chunked) return { kind: 'chunked' };
  return length >= 0 ? { kind: 'length', length } : { kind: 'close' };
}

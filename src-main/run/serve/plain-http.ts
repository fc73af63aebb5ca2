/** Small bodies in, JSON out. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SondeError } from '../../../src-shared/errors.ts';

const BODY_MAX = 4096;
/** A small body comes within this time, ms. */
const BODY_MS = 10_000;

/** The whole of a small body. @throws SondeError `bad-request` */
export async function smallBody(request: IncomingMessage, most = BODY_MAX): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  const late = setTimeout(() => request.destroy(), BODY_MS);
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > most) throw new SondeError('bad-request', 'the request is too long', '', '');
      parts.push(part);
    }
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function json(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(text);
}

/** One request of a channel, guarded: where it may lead, how far it is sent on, how much of an answer is read. */
import { request as plainRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { DeliveryError } from '../types.ts';
import { checkLiteral, dial, placeOf, secured, trouble, type Resolve } from './dial.ts';
import { throughProxy, type Proxy } from './proxy.ts';

/** Of an answer's body, bytes. */
const BODY_MAX = 64 * 1024;
/** The body of an answer whose head has come is waited for so long, ms: its status already says what counts. */
const BODY_MS = 5000;
const REDIRECTS_MAX = 3;
/** Headers that must be ours alone. */
const HEAD_MAX = 32 * 1024;

export interface Ask {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly allowPrivate: boolean;
  readonly proxy?: Proxy;
  /** PEM; trusted instead of the system's authorities. */
  readonly ca?: string;
  readonly signal: AbortSignal;
  readonly resolve?: Resolve;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<IncomingMessage['headers']>;
  /** At most 64 KiB of it. */
  readonly text: string;
  /** False where the body was cut, or was longer. */
  readonly whole: boolean;
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');
const portOf = (url: URL): number => (url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port));

/** What is wrong with an address that alerts are to be sent to; null: nothing. Never repeats it: it may be a secret. */
export function addressFault(url: string): string | null {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    return 'The address must begin with https:// or http:// and name a host.';
  if (parsed.port === '0') return 'There is no port 0.';
  if (parsed.username !== '' || parsed.password !== '')
    return 'An address with a name and a password in it is not taken: enter them under Authorization.';
  return null;
}

/** A connection for one request. @throws DeliveryError */
async function connected(url: URL, ask: Ask): Promise<Socket> {
  const { allowPrivate, signal, ca, proxy, resolve } = ask;
  const target = { host: hostOf(url), port: portOf(url) };
  const tls = url.protocol === 'https:' ? { tls: ca === undefined ? {} : { ca } } : {};
  if (!proxy) return dial({ ...target, allowPrivate, signal, ...tls, ...(resolve ? { resolve } : {}) });
  checkLiteral({ ...target, allowPrivate });
  const way = await throughProxy(proxy, target, allowPrivate, signal);
  return tls.tls ? secured(way, target.host, placeOf(target.host, target.port), signal, ca) : way;
}

async function readBody(answer: IncomingMessage): Promise<Pick<Reply, 'text' | 'whole'>> {
  const parts: Buffer[] = [];
  let length = 0;
  let whole = true;
  const late = setTimeout(() => answer.destroy(), BODY_MS);
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      parts.push(part.subarray(0, BODY_MAX - length));
      length += part.length;
      if (length <= BODY_MAX) continue;
      whole = false;
      break;
    }
  } catch {
    // Cut in the middle, or too slow: the status has been said.
    whole = false;
  } finally {
    clearTimeout(late);
  }
  return { text: Buffer.concat(parts).toString('utf8'), whole };
}

/** One exchange without following anything. @throws DeliveryError */
async function exchange(url: URL, ask: Ask): Promise<Reply> {
  const { signal, method, body } = ask;
  const place = placeOf(hostOf(url), portOf(url));
  const socket = await connected(url, ask);
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const headers: OutgoingHttpHeaders = { ...ask.headers, ...length, Host: url.host, Connection: 'close' };
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = plainRequest({
        method,
        path: url.pathname + url.search,
        headers,
        maxHeaderSize: HEAD_MAX,
        createConnection: () => socket,
      });
      asked.once('response', resolve);
      asked.once('upgrade', (_answer, way: Socket) => {
        way.destroy();
        reject(new DeliveryError(`${place}: answers in another protocol`, false));
      });
      asked.on('error', reject);
      asked.end(body);
    });
    const { statusCode = 0 } = answer;
    return { status: statusCode, headers: answer.headers, ...(await readBody(answer)) };
  } catch (error) {
    throw trouble(error, place, signal);
  } finally {
    socket.destroy();
  }
}

const MOVED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where an answer sends us on to, if that may be followed; null: it sends nowhere. @throws DeliveryError */
function sentOn(from: URL, { status, headers }: Reply, method: Ask['method']): URL | null {
  const place = placeOf(hostOf(from), portOf(from));
  if (!MOVED.has(status)) return null;
  const { location } = headers;
  if (location === undefined || !URL.canParse(location, from.href))
    throw new DeliveryError(`${place}: answers ${status} without saying where to`, false);
  const to = new URL(location, from.href);
  // Only host and port are told: the rest may repeat what is secret in our address.
  const there = `${to.protocol}//${to.host}`;
  if (to.origin !== from.origin || to.username !== '' || to.password !== '')
    throw new DeliveryError(`${place} sends us on to ${there}, which is not followed: enter that address`, false);
  if (method !== 'GET' && status < 307)
    throw new DeliveryError(`${place}: answers ${status}, which would lose the message: enter the new address`, false);
  return to;
}

/**
 * Sends and reads the answer, whatever its status. Only what sends us on within the same scheme, host and port is
 * followed, three times at most: a GET always, another method where it is kept (307, 308).
 * @throws DeliveryError where there is no answer, or one that leads elsewhere
 */
export async function send(ask: Ask): Promise<Reply> {
  let url = new URL(ask.url);
  for (let hops = 0; ; hops++) {
    const reply = await exchange(url, ask);
    const next = sentOn(url, reply, ask.method);
    if (next === null) return reply;
    if (hops >= REDIRECTS_MAX) throw new DeliveryError(`${url.host}: sends us on without end`, false);
    url = next;
  }
}

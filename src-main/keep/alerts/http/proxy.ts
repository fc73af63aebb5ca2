/** A way through an HTTP proxy by CONNECT (RFC 9110 9.3.6). What follows is between us and the target: TLS, too. */
import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { DeliveryError } from '../types.ts';
import { dial, placeOf, trouble } from './dial.ts';

export interface Proxy {
  /** http://host:port */
  readonly url: string;
  /** `name:password`; '' for none. */
  readonly credentials: string;
}

/** What is wrong with the address of a proxy; null: nothing. */
export function proxyFault(url: string): string | null {
  if (url === '') return null;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol !== 'http:') return 'The proxy is an address such as http://proxy.example.com:3128.';
  if (parsed.username !== '' || parsed.password !== '')
    return 'Enter name and password of the proxy in their own field.';
  return null;
}

/**
 * A connection to the target through the proxy, as bare TCP. The proxy is what is connected to from here, so it is the
 * one whose address is judged; which targets it reaches is its own affair.
 * @throws DeliveryError
 */
export async function throughProxy(
  proxy: Proxy,
  target: { host: string; port: number },
  allowPrivate: boolean,
  signal: AbortSignal,
): Promise<Socket> {
  const { hostname, port } = new URL(proxy.url);
  const at = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port === '' ? '80' : port) };
  const place = `proxy ${placeOf(at.host, at.port)}`;
  const socket = await dial({ ...at, allowPrivate, signal });
  const basic = Buffer.from(proxy.credentials, 'utf8').toString('base64');
  const path = placeOf(target.host, target.port);
  return new Promise((resolve, reject) => {
    const asked = request({
      method: 'CONNECT',
      path,
      headers: { Host: path, ...(proxy.credentials === '' ? {} : { 'Proxy-Authorization': `Basic ${basic}` }) },
      createConnection: () => socket,
    });
    asked.once('connect', (answer: IncomingMessage, way: Socket, head: Buffer) => {
      if (head.length > 0) way.unshift(head);
      const { statusCode = 0 } = answer;
      if (statusCode >= 200 && statusCode < 300) return resolve(way);
      way.destroy();
      const retry = statusCode >= 500 || statusCode === 429 || statusCode === 408;
      reject(new DeliveryError(`${place} does not let us through to ${path}: ${statusCode}`, retry));
    });
    asked.once('response', (answer) => {
      socket.destroy();
      reject(new DeliveryError(`${place} does not let us through to ${path}: ${answer.statusCode}`, true));
    });
    asked.once('error', (error) => reject(trouble(error, place, signal)));
    asked.end();
  });
}

/** The ways of syslog: UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425). None of them is answered by the receiver. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import { dial, placeOf, reachable, trouble, type Resolve } from '../../http/dial.ts';
import type { Answer } from '../../types.ts';

export interface Way {
  readonly host: string;
  readonly port: number;
  readonly allowPrivate: boolean;
  readonly ca?: string;
  readonly signal: AbortSignal;
  /** How names become addresses (for tests). */
  readonly resolve?: Resolve;
}

/** How long a refusal of UDP (ICMP port unreachable) is waited for, ms. */
const REFUSAL_MS = 150;
/** How long the receiver may take to close its side after we closed ours, ms. */
const CLOSING_MS = 3000;

/** @throws DeliveryError */
export async function byUdp(message: Buffer, way: Way): Promise<Answer> {
  const place = placeOf(way.host, way.port);
  const { address, family } = await reachable(way).catch((error: unknown) => {
    throw trouble(error, place, way.signal);
  });
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => reject(new Error('no answer in time'));
      if (way.signal.aborted) return abort();
      way.signal.addEventListener('abort', abort, { once: true });
      socket.once('error', reject);
      // Connected, a socket is told when nothing listens there.
      socket.connect(way.port, address, () =>
        socket.send(message, (error) => (error ? reject(error) : setTimeout(resolve, REFUSAL_MS))),
      );
    });
  } catch (error) {
    throw trouble(error, place, way.signal);
  } finally {
    socket.close();
  }
  return { words: `${message.length} bytes sent to ${place}; UDP is not answered` };
}

/** Writes all of it and closes our side; the receiver's closing shows that it got as far. */
function handed(socket: Socket, data: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
    // Nothing is expected, but what is not read would keep the end from being seen.
    socket.resume();
    socket.end(data, () => {
      timer = setTimeout(() => resolve(false), CLOSING_MS);
    });
  });
}

/** Over TCP, or with `secure` over TLS. `data`: with its length before it. @throws DeliveryError */
export async function byStream(data: Buffer, way: Way, secure: boolean): Promise<Answer> {
  const { host, port, allowPrivate, signal, ca, resolve } = way;
  const place = placeOf(host, port);
  const tls = secure ? { tls: ca === undefined ? {} : { ca } } : {};
  const named = resolve ? { resolve } : {};
  const socket = await dial({ host, port, allowPrivate, signal, ...tls, ...named });
  try {
    const closed = await handed(socket, data);
    if (signal.aborted) throw new Error('no answer in time');
    const end = closed ? 'taken' : 'sent';
    return { words: `${data.length} bytes ${end} by ${place}; syslog is not answered` };
  } catch (error) {
    throw trouble(error, place, signal);
  } finally {
    socket.destroy();
  }
}

/** The ways to a log server: a datagram a message (RFC 5426), or messages counted on a stream (RFC 6587 3.4.1, RFC 5425). */
import { createSocket } from 'node:dgram';
import { setTimeout } from 'node:timers/promises';
import { authorityOf } from '../http/authority.ts';
import { dial, reachable } from '../http/dial.ts';
import type { SyslogTarget } from './target.ts';

/** Datagrams that are sent at once, and the pause behind them, ms. */
const BURST = 32;
const PAUSE_MS = 2;
/** A receiver may take so long to close its side after ours, ms. */
const CLOSING_MS = 1000;

/** A way that is open. */
export interface Way {
  /** Resolves when the system has taken all of them; rejects where it is uncertain what got there. */
  send(messages: readonly Buffer[]): Promise<void>;
  /** Told once, of an end that nobody asked for. */
  onEnd: (error: Error) => void;
  close(): void;
}

export type OpenWay = (target: SyslogTarget, signal: AbortSignal) => Promise<Way>;

/** Whoever runs the program named the target: it may lie in a network of theirs. */
export const openWay: OpenWay = (target, signal) => wayTo(target, true, signal);

/** Judges the address that is then connected to. Rejects where it is not of the open Internet. */
export const openPublicWay: OpenWay = (target, signal) => wayTo(target, false, signal);

function wayTo(target: SyslogTarget, allowPrivate: boolean, signal: AbortSignal): Promise<Way> {
  return target.transport === 'udp' ? openUdp(target, allowPrivate) : openStream(target, allowPrivate, signal);
}

async function openUdp({ host, port }: SyslogTarget, allowPrivate: boolean): Promise<Way> {
  const found = await reachable({ host, port, allowPrivate });
  const socket = createSocket(found.family === 6 ? 'udp6' : 'udp4');
  let isOpen = true;
  // A socket that is closed twice throws.
  const close = (): void => {
    if (isOpen) socket.close();
    isOpen = false;
  };
  const way: Way = {
    onEnd: () => undefined,
    async send(messages) {
      for (const [i, message] of messages.entries()) {
        // A burst is more than receivers' buffers hold, and nobody would know.
        if (i > 0 && i % BURST === 0) await setTimeout(PAUSE_MS);
        if (!isOpen) throw new Error('the connection was closed');
        await new Promise<void>((resolve, reject) => {
          socket.send(message, (error) => (error ? reject(error) : resolve()));
        });
      }
    },
    close,
  };
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    // Connected, a socket is told when nothing listens there.
    socket.connect(port, found.address, () => resolve());
  }).catch((error: unknown) => {
    close();
    throw error;
  });
  socket.removeAllListeners('error').on('error', (error) => way.onEnd(error));
  return way;
}

/** Each with its length in bytes before it. */
function counted(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(messages.flatMap((message) => [Buffer.from(`${message.length} `, 'ascii'), message]));
}

async function openStream(target: SyslogTarget, allowPrivate: boolean, signal: AbortSignal): Promise<Way> {
  const { host, port, transport, ca } = target;
  const authority = await authorityOf(ca, signal);
  const tls = transport === 'tls' ? { tls: authority === undefined ? {} : { ca: authority } } : {};
  const socket = await dial({ host, port, allowPrivate, signal, ...tls });
  socket.setKeepAlive(true, 30_000);
  // Nothing is expected, but what is not read would keep the end from being seen.
  socket.resume();
  const way: Way = {
    onEnd: () => undefined,
    send: (messages) =>
      new Promise((resolve, reject) => {
        const ended = (): void => reject(new Error('the receiver closed the connection'));
        socket.once('close', ended);
        socket.write(counted(messages), (error) => {
          socket.off('close', ended);
          if (error) reject(error);
          else resolve();
        });
      }),
    close: () => {
      socket.end();
      void setTimeout(CLOSING_MS, undefined, { ref: false }).then(() => socket.destroy());
    },
  };
  socket.once('error', (error: Error) => way.onEnd(error));
  socket.once('end', () => way.onEnd(new Error('the receiver closed the connection')));
  socket.once('close', () => way.onEnd(new Error('the connection ended')));
  return way;
}

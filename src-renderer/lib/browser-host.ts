/** A connection to the program that served this page, over a WebSocket. */
import type { Transport } from '../../src-shared/contract/wire.ts';
import type { LineHost } from './connection.ts';
import { caseLookedAt } from './opened-case.ts';
import { pageKey } from './page-key.ts';

/** The program that served this page. */
export function browserHost(page: Location): LineHost {
  return {
    open: ({ open, close }) => {
      const key = pageKey();
      const address = new URL('socket', page.href.split('#')[0]).href.replace(/^http/, 'ws');
      const socket = new WebSocket(address, ['sonde', ...(key === null ? [] : [key])]);
      socket.addEventListener('open', open);
      socket.addEventListener('close', close);
      return socketTransport(socket);
    },
    alive: async () => {
      try {
        return (await fetch('./', { method: 'HEAD', cache: 'no-store' })).status < 500;
      } catch {
        return false;
      }
    },
    case: caseLookedAt,
    later: (ms, work) => {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
  };
}

/** Messages wait until the socket is open. */
export function socketTransport(socket: WebSocket): Transport {
  const waiting: string[] = [];
  socket.addEventListener('open', () => {
    for (const text of waiting.splice(0)) socket.send(text);
  });
  return {
    send: (message) => {
      const text = JSON.stringify(message);
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(text);
      else if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    onMessage: (listener) => {
      socket.addEventListener('message', (event) => {
        const parsed = parse(event.data);
        if (parsed !== undefined) listener(parsed);
      });
    },
    onClose: (listener) => socket.addEventListener('close', () => listener()),
    close: () => socket.close(),
  };
}

function parse(data: unknown): unknown {
  try {
    return typeof data === 'string' ? JSON.parse(data) : undefined;
  } catch {
    return undefined;
  }
}

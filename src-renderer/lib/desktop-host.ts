/** A connection to the engine of the desktop application, over a port that its main process hands out. */
import type { Transport } from '../../src-shared/contract/wire.ts';
import type { LineHost } from './connection.ts';
import { caseLookedAt } from './opened-case.ts';
import { askForLine, type EngineLine } from './shell.ts';

/** The contract over a port; messages wait until it is there. */
export function lineTransport(coming: Promise<EngineLine>, on: { open(): void; close(): void }): Transport {
  const waiting: unknown[] = [];
  let port: MessagePort | undefined;
  let listener: (message: unknown) => void = () => undefined;
  let closed: () => void = () => undefined;
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    port?.close();
    closed();
    on.close();
  };
  const use = (line: EngineLine): void => {
    if (over) return line.port.close();
    port = line.port;
    line.onLost(end);
    line.port.addEventListener('message', (event: MessageEvent<unknown>) => listener(event.data));
    line.port.start();
    on.open();
    for (const message of waiting.splice(0)) line.port.postMessage(message);
  };
  coming.then(use, end);
  return {
    send: (message) => {
      if (port && !over) port.postMessage(message);
      else if (!over) waiting.push(message);
    },
    onMessage: (next) => void (listener = next),
    onClose: (next) => void (closed = next),
    close: end,
  };
}

export function desktopHost(page: Window): LineHost {
  return {
    open: (on) => lineTransport(askForLine(page), on),
    // There is nobody to sign in to: a line that does not open is a lost one.
    alive: () => Promise.resolve(false),
    case: caseLookedAt,
    later: (ms, work) => {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
  };
}

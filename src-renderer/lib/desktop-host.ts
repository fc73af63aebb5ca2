/** A connection to the engine of the desktop application, over a port that its main process hands out. */
import type { Transport } from '../../src-shared/contract/wire.ts';
import type { LineHost } from './connection.ts';
import { askForPort } from './shell.ts';

/** The contract over a port; messages wait until it is there. */
export function portTransport(coming: Promise<MessagePort>, on: { open(): void; close(): void }): Transport {
  const waiting: unknown[] = [];
  let port: MessagePort | undefined;
  let listener: (message: unknown) => void = () => undefined;
  let closed: () => void = () => undefined;
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    closed();
    on.close();
  };
  const use = (given: MessagePort): void => {
    if (over) return given.close();
    port = given;
    given.addEventListener('message', (event: MessageEvent<unknown>) => listener(event.data));
    // Chromium tells a port when the process at its other end is gone.
    given.addEventListener('close', end);
    given.start();
    on.open();
    for (const message of waiting.splice(0)) given.postMessage(message);
  };
  coming.then(use, end);
  return {
    send: (message) => void (port ? port.postMessage(message) : waiting.push(message)),
    onMessage: (next) => void (listener = next),
    onClose: (next) => void (closed = next),
    close: () => {
      port?.close();
      end();
    },
  };
}

export function desktopHost(page: Window): LineHost {
  return {
    open: (on) => portTransport(askForPort(page), on),
    // There is nobody to sign in to: a line that does not open is a lost one.
    alive: () => Promise.resolve(false),
    later: (ms, work) => {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
  };
}

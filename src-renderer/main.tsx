/** Starts the desk against the program that served this page. */
import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { browserHost } from './lib/browser-host.ts';
import { Connection } from './lib/connection.ts';
import { desktopHost } from './lib/desktop-host.ts';
import { isDesktop } from './lib/shell.ts';
import { placeAfterToken, signIn, tokenOf } from './lib/sign-in.ts';

async function start(): Promise<void> {
  const token = tokenOf(location.hash);
  if (token !== null) {
    // The token must not stay in the history, nor in what is bookmarked or copied.
    history.replaceState(null, '', `${location.pathname}#${placeAfterToken(location.hash)}`);
    await signIn({ token }).catch(() => undefined);
  }
  const connection = new Connection(isDesktop() ? desktopHost(window) : browserHost(location));
  connection.start();
  const root = document.getElementById('desk');
  if (root) createRoot(root).render(<App connection={connection} />);
}

void start();

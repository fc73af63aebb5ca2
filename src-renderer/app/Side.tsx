import { useRef } from 'react';
import { useAsk } from '../lib/desk.tsx';
import { useKeys, type KeyBinding } from '../lib/keys.tsx';
import { deskAddress, go, usePlace, viewAddress } from '../lib/place.tsx';
import { SHOW_KEYS } from './KeyHelp.tsx';
import { Logo } from './Logo.tsx';
import { LiveDot } from './LiveDot.tsx';
import { VIEWS, type View } from './views.ts';
import { Who } from './Who.tsx';

/** Navigation. What needs a capture is there once one is chosen. */
export function Side() {
  const place = usePlace();
  // Views of the desk keep the way back to the capture that was looked at.
  const last = useRef<number | null>(null);
  if (place.capture !== null) last.current = place.capture;
  const capture = place.capture ?? last.current;
  const version = useAsk('version', (client, signal) => client.app.version({}, { signal })).data;
  const here = VIEWS.filter((view) => view.of === 'desk' || capture !== null);
  useKeys(
    'Go to',
    here.map((view) => binding(view, capture)),
  );
  return (
    <nav className="side" aria-label="Views">
      <a className="brand" href={deskAddress('open')}>
        <Logo /> Sonde
      </a>
      {capture === null ? null : (
        <Links title="This capture" views={VIEWS.filter((view) => view.of === 'capture')} capture={capture} />
      )}
      <Links title="Desk" views={VIEWS.filter((view) => view.of === 'desk')} capture={capture} />
      <div className="side-foot dim">
        <Who />
        <p>
          <button type="button" className="link-button" onClick={() => dispatchEvent(new Event(SHOW_KEYS))}>
            Keys
          </button>{' '}
          <kbd>?</kbd>
          {version ? ` · Sonde ${version.version}` : ''}
        </p>
      </div>
    </nav>
  );
}

function address(view: View, capture: number | null): string {
  return view.of === 'capture' ? viewAddress(view.name, [], {}, capture ?? undefined) : deskAddress(view.name);
}

function binding(view: View, capture: number | null): KeyBinding {
  return { keys: `g ${view.key}`, label: view.title, run: () => go(address(view, capture)) };
}

function Links({ title, views, capture }: { title: string; views: readonly View[]; capture: number | null }) {
  const place = usePlace();
  if (views.length === 0) return null;
  const current = place.view === '' ? 'open' : place.view;
  return (
    <div className="nav">
      <p className="nav-title">{title}</p>
      <ul>
        {views.map((view) => (
          <li key={view.name}>
            <a href={address(view, capture)} aria-current={view.name === current ? 'page' : undefined}>
              {view.title}
              {view.name === 'live' ? <LiveDot /> : null}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

import { useAsk } from '../lib/desk.tsx';
import { useKeys, type KeyBinding } from '../lib/keys.tsx';
import { deskAddress, go, usePlace, viewAddress } from '../lib/place.tsx';
import { Logo } from './Logo.tsx';
import { VIEWS, type View } from './views.ts';

/** Navigation. What needs a capture is there once one is chosen. */
export function Side() {
  const { capture } = usePlace();
  const version = useAsk('version', (client, signal) => client.app.version({}, { signal })).data;
  const here = VIEWS.filter((view) => view.of === 'desk' || capture !== null);
  useKeys('Go to', here.map(binding));
  return (
    <nav className="side" aria-label="Views">
      <a className="brand" href={deskAddress('open')}>
        <Logo /> Sonde
      </a>
      {capture === null ? null : <Links title="This capture" views={VIEWS.filter((view) => view.of === 'capture')} />}
      <Links title="Desk" views={VIEWS.filter((view) => view.of === 'desk')} />
      <p className="side-foot dim">
        Keys: <kbd>?</kbd>
        {version ? ` · ${version.version}` : ''}
      </p>
    </nav>
  );
}

function address(view: View): string {
  return view.of === 'capture' ? viewAddress(view.name) : deskAddress(view.name);
}

function binding(view: View): KeyBinding {
  return { keys: `g ${view.key}`, label: view.title, run: () => go(address(view)) };
}

function Links({ title, views }: { title: string; views: readonly View[] }) {
  const place = usePlace();
  if (views.length === 0) return null;
  const current = place.view === '' ? 'open' : place.view;
  return (
    <div className="nav">
      <p className="nav-title">{title}</p>
      <ul>
        {views.map((view) => (
          <li key={view.name}>
            <a href={address(view)} aria-current={view.name === current ? 'page' : undefined}>
              {view.title}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

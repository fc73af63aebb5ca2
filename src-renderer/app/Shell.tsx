/** The frame of every view: navigation, what is looked at, the state of the line. */
import { Suspense, useEffect, useRef } from 'react';
import { Loading } from '../components/states.tsx';
import { zoneOf } from '../lib/clock.ts';
import { useAsk, useLine } from '../lib/desk.tsx';
import { usePlace } from '../lib/place.tsx';
import { chooseTheme } from '../lib/scheme.ts';
import { ZoneContext } from '../lib/zone.tsx';
import { Search } from '../features/search/Search.tsx';
import { Tour } from '../features/tour/Tour.tsx';
import { BrowserNotices } from './BrowserNotices.tsx';
import { CaseBar } from './CaseBar.tsx';
import { DesktopEvents } from './DesktopEvents.tsx';
import { Guard } from './Guard.tsx';
import { KeyHelp } from './KeyHelp.tsx';
import { LineNote } from './LineNote.tsx';
import { Side } from './Side.tsx';
import { SignIn } from './SignIn.tsx';
import { TopBar } from './TopBar.tsx';
import { fetchViews, HOME, viewNamed } from './views.ts';

/** After what is shown first. */
const QUIET_MS = 500;

export function Shell() {
  const line = useLine();
  const signedOut = line.state === 'signed-out';
  const settings = useAsk('settings', (client, signal) => client.settings.get({}, { signal }), {
    topics: ['settings'],
  }).data;
  const theme = settings?.theme;
  useEffect(() => {
    if (theme !== undefined) chooseTheme(theme);
  }, [theme]);
  useEffect(() => {
    if (signedOut) return;
    const waiting = setTimeout(() => void fetchViews(), QUIET_MS);
    return () => clearTimeout(waiting);
  }, [signedOut]);
  if (signedOut) return <SignIn />;
  return (
    <ZoneContext value={zoneOf(settings?.timeZone ?? 'system')}>
      <a className="skip-link" href="#view" onClick={skip}>
        Skip to the content
      </a>
      <Search />
      <div className="shell">
        <Side />
        <div className="main">
          <TopBar />
          <LineNote />
          <CaseBar />
          <Body />
        </div>
      </div>
      <DesktopEvents />
      <BrowserNotices />
      <KeyHelp />
      <Tour />
    </ZoneContext>
  );
}

/** The fragment of the address is the place of the desk: it must not become the target. */
function skip(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('view')?.focus();
}

function Body() {
  const place = usePlace();
  const view = viewNamed(place.view === '' && place.capture === null ? HOME : place.view, place.capture);
  const at = `${place.capture}/${place.view}/${place.rest.join('/')}`;
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = view ? `${view.title} · Sonde` : 'Sonde';
    main.current?.scrollTo(0, 0);
  }, [at, view]);
  const Component = view?.component;
  return (
    <main id="view" className="view" tabIndex={-1} ref={main} aria-label={view?.title ?? 'Not found'}>
      <Guard key={at}>
        <Suspense fallback={<Loading what="the view" />}>{Component ? <Component /> : <NotFound />}</Suspense>
      </Guard>
    </main>
  );
}

function NotFound() {
  return (
    <div className="state">
      <p className="state-title">There is no such view.</p>
      <p>
        The address may come from another version. <a href="#/">Open a capture</a>
      </p>
    </div>
  );
}

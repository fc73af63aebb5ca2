/** Traffic as it passes: choose a card and start, then watch. */
import { useState } from 'react';
import type { LiveSession } from '../../../src-shared/contract/topics/live.ts';
import { ErrorNote, Loading } from '../../components/states.tsx';
import { useLine } from '../../lib/desk.tsx';
import './live.css';
import { Session } from './Session.tsx';
import { Start } from './Start.tsx';
import { isRunning, type LiveState } from './state.ts';
import { useLive } from './use-live.ts';

export default function Live() {
  const live = useLive();
  const line = useLine();
  // A session that is over stays until its reader wants another.
  const [left, setLeft] = useState<number | null>(null);
  const { session } = live.now;
  if (Number.isNaN(live.now.heardAt)) {
    if (live.error) return <ErrorNote error={live.error} />;
    return line.state === 'open' ? <Loading what="the live session" lines={8} /> : null;
  }
  if (session && isShown(session, live.now) && (isRunning(session) || session.session !== left)) {
    return <Session live={live} session={session} onLeave={() => setLeft(session.session)} />;
  }
  return <Start />;
}

/** One that never ran is told of where it was started; one that goes on in place of another is shown at once. */
function isShown({ state, started }: LiveSession, { points }: LiveState): boolean {
  return state === 'starting' ? points.length > 0 : state !== 'failed' || started !== null || points.length > 0;
}

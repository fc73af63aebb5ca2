/** The live session as this page knows it, and a copy that stands still while it is paused. */
import { useCallback, useEffect, useReducer, useState } from 'react';
import type { LiveDeskEvent } from '../../../src-shared/contract/topics/live.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { useLine } from '../../lib/desk.tsx';
import { EMPTY, next, STALE_MS, isRunning, type LiveState } from './state.ts';

export interface Live {
  /** What is shown: stands still while paused. */
  shown: LiveState;
  /** What is known. */
  now: LiveState;
  paused: boolean;
  setPaused(paused: boolean): void;
  /** How old the figures are, where that is too old, ms; else null. */
  stale: number | null;
  /** The subscription failed. */
  error: SondeError | null;
}

const LOOK_MS = 500;

export function useLive(): Live {
  const line = useLine();
  const [now, tell] = useReducer(
    (state: LiveState, event: LiveDeskEvent) => next(state, event, performance.now()),
    EMPTY,
  );
  const [error, setError] = useState<SondeError | null>(null);
  const [still, setStill] = useState<LiveState | null>(null);
  useEffect(() => {
    if (line.state !== 'open' || !line.client) return;
    setError(null);
    return line.client.live.ticks({}, { next: tell, error: setError });
  }, [line]);
  const { session } = now;
  const number = session?.session;
  // Another session is no later moment of the one that stands still.
  useEffect(() => setStill(null), [number]);
  const setPaused = useCallback((paused: boolean) => setStill(paused ? now : null), [now]);
  return {
    shown: still ? { ...still, session } : now,
    now,
    paused: still !== null,
    setPaused,
    stale: useStale(now),
    error,
  };
}

function useStale({ session, heardAt }: LiveState): number | null {
  const [age, setAge] = useState(0);
  const running = isRunning(session) && session?.started !== null;
  useEffect(() => {
    if (!running) return;
    const look = (): void => setAge(performance.now() - heardAt);
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [running, heardAt]);
  return running && age > STALE_MS ? age : null;
}

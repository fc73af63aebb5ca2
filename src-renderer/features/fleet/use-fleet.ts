/** The fleet as this page knows it: undefined before the first answer; its fleet is null where none is followed. */
import { useEffect, useState } from 'react';
import type { FleetAnswer } from '../../../src-shared/contract/topics/fleet.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { useLine } from '../../lib/desk.tsx';

export interface FollowedFleet {
  answer: FleetAnswer | undefined;
  /** The subscription failed. */
  error: SondeError | null;
}

export function useFleet(): FollowedFleet {
  const line = useLine();
  const [answer, setAnswer] = useState<FleetAnswer | undefined>(undefined);
  const [error, setError] = useState<SondeError | null>(null);
  useEffect(() => {
    if (line.state !== 'open' || !line.client) return;
    setError(null);
    return line.client.fleet.watch({}, { next: setAnswer, error: setError });
  }, [line]);
  return { answer, error };
}

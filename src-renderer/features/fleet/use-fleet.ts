/** The fleet as this page knows it: undefined before the first answer, null on a desk of no fleet. */
import { useEffect, useState } from 'react';
import type { FleetState } from '../../../src-shared/contract/topics/fleet.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { useLine } from '../../lib/desk.tsx';

export interface FollowedFleet {
  fleet: FleetState | null | undefined;
  /** The subscription failed. */
  error: SondeError | null;
}

export function useFleet(): FollowedFleet {
  const line = useLine();
  const [fleet, setFleet] = useState<FleetState | null | undefined>(undefined);
  const [error, setError] = useState<SondeError | null>(null);
  useEffect(() => {
    if (line.state !== 'open' || !line.client) return;
    setError(null);
    return line.client.fleet.watch({}, { next: (told) => setFleet(told.fleet), error: setError });
  }, [line]);
  return { fleet, error };
}

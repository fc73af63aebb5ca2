/** A look at packets: asked for, followed while the capture is read, and kept as long as it is shown. */
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { ListedPacket, PacketEvent } from '../../../src-shared/contract/topics/packets.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { useLine } from '../../lib/desk.tsx';
import type { PacketSelection } from './selection.ts';

export interface Look {
  state: 'reading' | 'done' | 'cancelled' | 'failed';
  view: string;
  packets: readonly ListedPacket[];
  /** When the first packet of the selection came; '' before one is there. */
  since: string;
  progress: { bytes: number; total: number | null; checking: boolean } | null;
  /** Packets of the selection; null: not known. */
  total: number | null;
  more: boolean;
  /** Which packets did not come from sensors of a fleet, and why. */
  notes: readonly string[];
  error: SondeError | null;
}

const BEGUN: Look = {
  state: 'reading',
  view: '',
  packets: [],
  since: '',
  progress: null,
  total: null,
  more: false,
  notes: [],
  error: null,
};

function after(look: Look, event: PacketEvent): Look {
  switch (event.type) {
    case 'begun':
      return { ...look, view: event.view };
    case 'progress':
      return { ...look, progress: event };
    case 'packets':
      return { ...look, since: event.since, packets: [...look.packets, ...event.packets] };
    case 'done':
      return { ...look, state: 'done', progress: null, total: event.total, more: event.more, notes: event.notes ?? [] };
  }
}

/** `selection` must stay the same object as long as it means the same. null: nothing is read. */
export function useLook(selection: PacketSelection | null): Look & { cancel(): void; again(): void } {
  const line = useLine();
  const client = line.state === 'open' ? line.client : null;
  const [look, setLook] = useState<Look>(BEGUN);
  const [attempt, setAttempt] = useState({ cancelled: false });
  useEffect(() => {
    if (!client || !selection || attempt.cancelled) return;
    setLook(BEGUN);
    return client.packets.look(selection, {
      next: (event) => setLook((before) => after(before, event)),
      // What was shown of files that turned out to be others is shown no longer.
      error: (error) => setLook({ ...BEGUN, state: 'failed', error }),
    });
  }, [client, selection, attempt]);
  const cancel = useCallback(() => {
    setAttempt({ cancelled: true });
    setLook((before) => ({ ...before, state: 'cancelled', progress: null }));
  }, []);
  const again = useCallback(() => setAttempt({ cancelled: false }), []);
  // Another selection is read even where the one before was called off.
  useEffect(() => setAttempt((before) => (before.cancelled ? { cancelled: false } : before)), [selection]);
  return useMemo(() => ({ ...look, cancel, again }), [look, cancel, again]);
}

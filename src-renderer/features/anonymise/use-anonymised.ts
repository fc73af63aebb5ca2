/** An anonymised copy: asked for, followed while it is made, and called off. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Given } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import type { AnonymisedEvent } from '../../../src-shared/contract/topics/exports.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { useClient } from '../../lib/desk.tsx';
import { asSondeError } from '../../lib/queries.ts';

export type Made = Extract<AnonymisedEvent, { type: 'done' }>;

/** `read` is null until something was. */
export type Making =
  | { state: 'idle'; error: SondeError | null }
  | { state: 'making'; read: { bytes: number; total: number | null } | null }
  | { state: 'done'; made: Made };

const IDLE: Making = { state: 'idle', error: null };

export function useAnonymised(): Making & {
  make(asked: Given<typeof contract.exports.anonymised>): void;
  /** Nothing of what is being made stays. */
  cancel(): void;
} {
  const client = useClient();
  const [making, setMaking] = useState<Making>(IDLE);
  const end = useRef<() => void>(() => undefined);
  useEffect(() => () => end.current(), []);
  const make = useCallback(
    (asked: Given<typeof contract.exports.anonymised>) => {
      const failed = (thrown: unknown): void => setMaking({ state: 'idle', error: asSondeError(thrown) });
      setMaking({ state: 'making', read: null });
      try {
        end.current = client().exports.anonymised(asked, {
          next: (event) =>
            setMaking(event.type === 'done' ? { state: 'done', made: event } : { state: 'making', read: event }),
          error: failed,
        });
      } catch (thrown) {
        failed(thrown);
      }
    },
    [client],
  );
  const cancel = useCallback(() => {
    end.current();
    end.current = () => undefined;
    setMaking(IDLE);
  }, []);
  return { ...making, make, cancel };
}

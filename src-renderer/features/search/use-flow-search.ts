/** The walk over the flows of every capture, newest first; one at a time, so that it can be stopped. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { SondeError } from '../../../src-shared/errors.ts';
import { useClient } from '../../lib/desk.tsx';
import { asSondeError } from '../../lib/queries.ts';
import type { Found, FoundFlows } from './items.ts';

export interface FlowSearch {
  /** idle: not asked for. */
  state: 'idle' | 'running' | 'stopped' | 'done';
  done: number;
  of: number;
  found: FoundFlows[];
  error: SondeError | null;
}

const IDLE: FlowSearch = { state: 'idle', done: 0, of: 0, found: [], error: null };

/** Of `text`; begins anew when the text changes. */
export function useFlowSearch(text: string): FlowSearch & { start(captures: Found['remaining']): void; stop(): void } {
  const client = useClient();
  const [search, setSearch] = useState(IDLE);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => {
    setSearch(IDLE);
    return () => abort.current?.abort();
  }, [text]);
  const start = useCallback(
    (captures: Found['remaining']) => {
      abort.current?.abort();
      const own = new AbortController();
      abort.current = own;
      setSearch({ ...IDLE, state: 'running', of: captures.length });
      const walk = async (): Promise<void> => {
        for (const { capture, captureName } of captures) {
          const { filter, flows, more } = await client().search.flows({ text, capture }, { signal: own.signal });
          if (own.signal.aborted) return;
          const row = flows > 0 ? [{ capture, captureName, filter, flows, more }] : [];
          setSearch((now) => ({ ...now, done: now.done + 1, found: [...now.found, ...row] }));
        }
        setSearch((now) => ({ ...now, state: 'done' }));
      };
      walk().catch((thrown: unknown) => {
        if (!own.signal.aborted) setSearch((now) => ({ ...now, state: 'stopped', error: asSondeError(thrown) }));
      });
    },
    [client, text],
  );
  const stop = useCallback(() => {
    abort.current?.abort();
    setSearch((now) => ({ ...now, state: 'stopped' }));
  }, []);
  return { ...search, start, stop };
}

/** Files on their way to the program, and what is asked of it once they are there. */
import { useCallback, useRef, useState } from 'react';
import type { DeskClient } from '../../../src-shared/contract/index.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { useClient } from '../../lib/desk.tsx';
import { asSondeError } from '../../lib/queries.ts';
import { sendFiles, type Sending } from '../../lib/sending.ts';

/** A file of this machine: its bytes are sent, or, on the desktop, its path. */
export type Chosen = { kind: 'file'; file: File; name: string } | { kind: 'path'; path: string; name: string };
export type Source = { kind: 'upload'; id: string } | { kind: 'path'; path: string };

export interface SendingState {
  /** Sends what has to be sent, then runs `ask` with all of them in their order. */
  send(chosen: readonly Chosen[], ask: (client: DeskClient, sources: Source[]) => Promise<void>): Promise<void>;
  cancel(): void;
  sending: Sending | null;
  busy: boolean;
  error: SondeError | null;
}

export function useSending(): SendingState {
  const client = useClient();
  const [sending, setSending] = useState<Sending | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<SondeError | null>(null);
  const abort = useRef<AbortController | null>(null);
  const send = useCallback<SendingState['send']>(
    async (chosen, ask) => {
      const own = new AbortController();
      abort.current = own;
      setBusy(true);
      setError(null);
      try {
        const files = chosen.flatMap((each) => (each.kind === 'file' ? [each.file] : []));
        const sent = await sendFiles(files, setSending, own.signal);
        const sources = chosen.map((each): Source =>
          each.kind === 'path' ? { kind: 'path', path: each.path } : sent[files.indexOf(each.file)]!,
        );
        await ask(client(), sources);
      } catch (thrown) {
        const told = asSondeError(thrown);
        if (told.code !== 'cancelled') setError(told);
      } finally {
        setSending(null);
        setBusy(false);
      }
    },
    [client],
  );
  const cancel = useCallback(() => abort.current?.abort(), []);
  return { send, cancel, sending, busy, error };
}

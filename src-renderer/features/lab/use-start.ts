import { useCallback, useRef, useState } from 'react';
import type { Given } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { useClient } from '../../lib/desk.tsx';
import { go } from '../../lib/place.tsx';
import { asSondeError } from '../../lib/queries.ts';
import { sendFiles, type Sending } from '../../lib/sending.ts';
import { labAddress } from './place.ts';

/** A file of this machine: its bytes are sent, or, on the desktop, its path. */
export type Chosen = { kind: 'file'; file: File; name: string } | { kind: 'path'; path: string; name: string };

type Options = Omit<Given<typeof contract.lab.start>, 'train' | 'test'>;
type Source = { kind: 'upload'; id: string } | { kind: 'path'; path: string };

/** Sends what has to be sent, then starts; from there the list of experiments tells the rest. */
export function useStart() {
  const client = useClient();
  const [sending, setSending] = useState<Sending | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<SondeError | null>(null);
  const abort = useRef<AbortController | null>(null);
  const start = useCallback(
    async (train: readonly Chosen[], test: readonly Chosen[], options: Options) => {
      const own = new AbortController();
      abort.current = own;
      setBusy(true);
      setError(null);
      try {
        const chosen = [...train, ...test];
        const files = chosen.flatMap((each) => (each.kind === 'file' ? [each.file] : []));
        const sent = await sendFiles(files, setSending, own.signal);
        const sources = chosen.map((each): Source =>
          each.kind === 'path' ? { kind: 'path', path: each.path } : sent[files.indexOf(each.file)]!,
        );
        const given = { ...options, train: sources.slice(0, train.length), test: sources.slice(train.length) };
        const { job } = await client().lab.start(given);
        go(labAddress([], { job: String(job) }));
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
  return { start, cancel, sending, busy, error };
}

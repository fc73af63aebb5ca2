/** Opens cases: sent, checked part by part, then there beside the desk. */
import { useCallback, useRef, useState } from 'react';
import type { SondeError } from '../../../src-shared/errors.ts';
import { useClient } from '../../lib/desk.tsx';
import { asSondeError } from '../../lib/queries.ts';
import { sendFiles } from '../../lib/sending.ts';
import { isDesktop, pathsOf } from '../../lib/shell.ts';

export function useCases() {
  const client = useClient();
  const [sending, setSending] = useState<string | null>(null);
  const [error, setError] = useState<SondeError | null>(null);
  const abort = useRef<AbortController | null>(null);

  const run = useCallback(async (work: () => Promise<unknown>) => {
    setError(null);
    try {
      await work();
    } catch (thrown) {
      const told = asSondeError(thrown);
      if (told.code !== 'cancelled') setError(told);
    }
  }, []);

  /** A file of this machine, which only the desktop may name. */
  const openPath = useCallback(
    (path: string) => run(() => client().cases.open({ file: { kind: 'path', path } })),
    [client, run],
  );
  const send = useCallback(async (file: File) => {
    const own = new AbortController();
    abort.current = own;
    setSending(file.name);
    try {
      const [source] = await sendFiles([file], () => undefined, own.signal);
      return source;
    } finally {
      setSending(null);
    }
  }, []);
  const openFile = useCallback(
    (file: File) =>
      run(async () => {
        if (isDesktop()) {
          const [path] = await pathsOf([file]);
          if (path !== undefined) await client().cases.open({ file: { kind: 'path', path } });
          return;
        }
        const source = await send(file);
        if (source) await client().cases.open({ file: source });
      }),
    [client, run, send],
  );
  const cancel = useCallback(() => abort.current?.abort(), []);
  return { sending, error, openPath, openFile, cancel };
}

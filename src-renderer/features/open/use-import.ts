import { useCallback, useRef, useState } from 'react';
import { isCaseFile } from '../../../src-shared/domain/case-file.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { useClient } from '../../lib/desk.tsx';
import { deskAddress, go, isAt } from '../../lib/place.tsx';
import { asSondeError } from '../../lib/queries.ts';
import { chooseFiles, isDesktop, pathsOf } from '../../lib/shell.ts';
import { sendFiles, type Sending } from '../../lib/sending.ts';

/** Once it is read, what it holds is shown, unless somebody went elsewhere meanwhile. */
async function started(asked: Promise<{ job: number }>): Promise<void> {
  const { job } = await asked;
  if (isAt('open')) go(deskAddress('open', { job: String(job) }), true);
}

export function useImport() {
  const client = useClient();
  const [sending, setSending] = useState<Sending | null>(null);
  const [error, setError] = useState<SondeError | null>(null);
  const abort = useRef<AbortController | null>(null);

  const run = useCallback(async (work: (signal: AbortSignal) => Promise<void>) => {
    abort.current?.abort();
    const own = new AbortController();
    abort.current = own;
    setError(null);
    try {
      await work(own.signal);
    } catch (thrown) {
      const told = asSondeError(thrown);
      if (told.code !== 'cancelled') setError(told);
    } finally {
      if (abort.current === own) setSending(null);
    }
  }, []);

  /** Files of this machine, which only the desktop may name. */
  const sendPaths = useCallback(
    async (paths: readonly string[]) => {
      const sources = paths.map((path) => ({ kind: 'path' as const, path }));
      if (sources.length > 0) await started(client().captures.import({ sources }));
    },
    [client],
  );

  const send = useCallback(
    (files: readonly File[]) =>
      files.length === 0
        ? Promise.resolve()
        : run(async (signal) => {
            const sources = await sendFiles(files, setSending, signal);
            await started(client().captures.import({ sources }));
          }),
    [client, run],
  );
  const open = useCallback(
    (files: readonly File[]) => (isDesktop() ? run(async () => sendPaths(await pathsOf(files))) : send(files)),
    [sendPaths, run, send],
  );
  const choose = useCallback(
    (onCase: (path: string) => void) =>
      run(async () => {
        const paths = await chooseFiles();
        for (const path of paths) if (isCaseFile(path)) onCase(path);
        await sendPaths(paths.filter((path) => !isCaseFile(path)));
      }),
    [run, sendPaths],
  );
  const openSample = useCallback(
    () =>
      run(async () => {
        await started(client().captures.import({ sources: [{ kind: 'sample' }] }));
      }),
    [client, run],
  );
  const cancel = useCallback(() => abort.current?.abort(), []);
  return { sending, error, open, choose, openSample, cancel };
}

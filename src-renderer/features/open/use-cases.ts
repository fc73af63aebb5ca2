/** Opens cases: sent, checked part by part, then there beside the desk. */
import { useCallback, useState } from 'react';
import type { SondeError } from '../../../src-shared/errors.ts';
import { useClient } from '../../lib/desk.tsx';
import { asSondeError } from '../../lib/queries.ts';
import { sendFiles } from '../../lib/sending.ts';
import { isDesktop, pathsOf } from '../../lib/shell.ts';

export function useCases() {
  const client = useClient();
  const [opening, setOpening] = useState<string | null>(null);
  const [error, setError] = useState<SondeError | null>(null);

  const run = useCallback(async (name: string, work: () => Promise<unknown>) => {
    setOpening(name);
    setError(null);
    try {
      await work();
    } catch (thrown) {
      setError(asSondeError(thrown));
    } finally {
      setOpening(null);
    }
  }, []);

  /** A file of this machine, which only the desktop may name. */
  const openPath = useCallback(
    (path: string) =>
      run(path.split(/[\\/]/).at(-1) ?? path, () => client().cases.open({ file: { kind: 'path', path } })),
    [client, run],
  );
  const openFile = useCallback(
    (file: File) =>
      run(file.name, async () => {
        if (isDesktop()) {
          const [path] = await pathsOf([file]);
          if (path !== undefined) await client().cases.open({ file: { kind: 'path', path } });
          return;
        }
        const [source] = await sendFiles([file], () => undefined, new AbortController().signal);
        if (source) await client().cases.open({ file: source });
      }),
    [client, run],
  );
  return { opening, error, openPath, openFile };
}

/** What the chosen training file is, told from its beginning. */
import { useEffect, useState } from 'react';
import type { FileLook } from '../../../src-shared/contract/topics/lab.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { useClient } from '../../lib/desk.tsx';
import { asSondeError } from '../../lib/queries.ts';
import { upload } from '../../lib/upload.ts';
import type { Chosen } from './use-sending.ts';

/** Enough for some thousand records. */
const HEAD_BYTES = 1 << 19;

export interface Look {
  look: FileLook | null;
  error: SondeError | null;
}

const NOTHING: Look = { look: null, error: null };

export function useLook(chosen: Chosen | undefined): Look {
  const client = useClient();
  const [found, setFound] = useState<Look>(NOTHING);
  useEffect(() => {
    setFound(NOTHING);
    if (!chosen) return;
    const abort = new AbortController();
    const ask = async (): Promise<void> => {
      const file =
        chosen.kind === 'path'
          ? ({ kind: 'path', path: chosen.path } as const)
          : ({ kind: 'upload', id: await upload(headOf(chosen.file), () => undefined, abort.signal) } as const);
      const look = await client().lab.look({ file });
      if (!abort.signal.aborted) setFound({ look, error: null });
    };
    ask().catch((thrown: unknown) => {
      if (!abort.signal.aborted) setFound({ look: null, error: asSondeError(thrown) });
    });
    return () => abort.abort();
  }, [chosen, client]);
  return found;
}

function headOf(file: File): File {
  return file.size <= HEAD_BYTES ? file : new File([file.slice(0, HEAD_BYTES)], file.name);
}

import { useCallback } from 'react';
import type { Given } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import { go } from '../../lib/place.tsx';
import { labAddress } from './place.ts';
import { useSending, type Chosen } from './use-sending.ts';

type Options = Omit<Given<typeof contract.lab.start>, 'train' | 'test'>;

/** Sends what has to be sent, then starts; from there the list of experiments tells the rest. */
export function useStart() {
  const { send, ...rest } = useSending();
  const start = useCallback(
    (train: readonly Chosen[], test: readonly Chosen[], options: Options) =>
      send([...train, ...test], async (client, sources) => {
        const given = { ...options, train: sources.slice(0, train.length), test: sources.slice(train.length) };
        const { job } = await client.lab.start(given);
        go(labAddress([], { job: String(job) }));
      }),
    [send],
  );
  return { start, ...rest };
}

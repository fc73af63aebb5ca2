/** What hosts of a capture are called. */
import { useMemo } from 'react';
import { useAsk } from './desk.tsx';
import { usePlace } from './place.tsx';

/** Most addresses that one question may name. */
const MOST = 200;
const NONE: ReadonlyMap<string, string> = new Map();

/** Names by address, of those that have one; `capture`: another than the one that is looked at. */
export function useHostNames(addresses: readonly string[], capture?: number): ReadonlyMap<string, string> {
  const here = usePlace().capture;
  const of = capture ?? here;
  const wanted = addresses.slice(0, MOST);
  const asked = useAsk(
    `names ${of} ${wanted.join(' ')}`,
    (client, signal) => client.hosts.names({ capture: of ?? 0, addresses: wanted }, { signal }),
    { topics: ['settings', 'captures'], when: of !== null && wanted.length > 0 },
  ).data;
  return useMemo(() => (asked ? new Map(asked.names.map(({ address, name }) => [address, name])) : NONE), [asked]);
}

/** What the settings say of the hosts of a capture. */
import { useMemo } from 'react';
import { useAsk } from './desk.tsx';
import type { KnownAs } from './known.ts';
import { usePlace } from './place.tsx';

const NONE: ReadonlyMap<string, KnownAs> = new Map();

/** Known devices by address; `capture`: another than the one that is looked at. Asks nothing where none are known. */
export function useKnownDevices(capture?: number): ReadonlyMap<string, KnownAs> {
  const here = usePlace().capture;
  const of = capture ?? here;
  const settings = useAsk('settings', (client, signal) => client.settings.get({}, { signal }), {
    topics: ['settings'],
  }).data;
  const some = settings !== undefined && settings.devices.length > 0 && of !== null;
  const asked = useAsk(`devices ${of}`, (client, signal) => client.hosts.known({ capture: of ?? 0 }, { signal }), {
    topics: ['settings', 'captures'],
    when: some,
  }).data;
  return useMemo(
    () => (some && asked ? new Map(asked.devices.map(({ address, ...known }) => [address, known])) : NONE),
    [some, asked],
  );
}

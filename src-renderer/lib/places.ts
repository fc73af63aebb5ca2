/** What the settings' databases and Cloudflare Radar know of addresses. */
import type { Output } from '../../src-shared/contract/define.ts';
import type { contract } from '../../src-shared/contract/index.ts';
import { useAsk } from './desk.tsx';

/** Most addresses that one question may name. */
const MOST = 200;

type PlaceAnswer = Output<(typeof contract)['enrichment']['of']>['places'][number];

const NONE: readonly PlaceAnswer[] = [];

/** Of those of which anything is known, in their order. */
export function usePlaces(addresses: readonly string[]): readonly PlaceAnswer[] {
  const wanted = addresses.slice(0, MOST);
  return (
    useAsk(`places ${wanted.join(' ')}`, (client, signal) => client.enrichment.of({ addresses: wanted }, { signal }), {
      topics: ['settings'],
      when: wanted.length > 0,
    }).data?.places ?? NONE
  );
}

/** What the settings' databases and Cloudflare Radar know of addresses. */
import type { Output } from '../../src-shared/contract/define.ts';
import type { contract } from '../../src-shared/contract/index.ts';
import { placeWords } from '../../src-shared/domain/place.ts';
import { useAsk } from './desk.tsx';

/** Most addresses that one question may name. */
const MOST = 200;

export type PlaceAnswer = Output<(typeof contract)['enrichment']['of']>['places'][number];

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

/** "AS64500 Example, NL". */
export const placeShort = (place: PlaceAnswer): string => placeWords(given(place));

/** "Utrecht, Netherlands (NL); AS64500 Example". */
export function placeLong(place: PlaceAnswer): string {
  const { country, countryName, city, asn, asName } = given(place);
  const land = [countryName ?? '', country === undefined ? '' : countryName === undefined ? country : `(${country})`];
  const where = [city ?? '', land.filter((part) => part !== '').join(' ')].filter((part) => part !== '').join(', ');
  const network = placeWords({ ...(asn === undefined ? {} : { asn }), ...(asName === undefined ? {} : { asName }) });
  return [where, network].filter((part) => part !== '').join('; ');
}

/** What is not known is left out. */
function given({ country, countryName, city, asn, asName }: PlaceAnswer) {
  return {
    ...(country === undefined ? {} : { country }),
    ...(countryName === undefined ? {} : { countryName }),
    ...(city === undefined ? {} : { city }),
    ...(asn === undefined ? {} : { asn }),
    ...(asName === undefined ? {} : { asName }),
  };
}

/** What is said of where an address is registered. */
import type { Output } from '../../src-shared/contract/define.ts';
import type { contract } from '../../src-shared/contract/index.ts';
import { placeWords } from '../../src-shared/domain/place.ts';

type PlaceAnswer = Output<(typeof contract)['enrichment']['of']>['places'][number];

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

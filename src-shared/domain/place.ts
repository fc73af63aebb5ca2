/** Where an address is registered: country and autonomous system (AS, RFC 1930), as databases of places say. */

export interface Place {
  /** ISO 3166-1 alpha-2, e.g. "NL". */
  country?: string;
  countryName?: string;
  city?: string;
  /** Number of the autonomous system that announces the address, and whose it is. */
  asn?: number;
  asName?: string;
}

export interface AddressPlace extends Place {
  address: string;
}

/** "AS64500 Example, NL"; '' where nothing is known. */
export function placeWords({ country, asn, asName }: Place): string {
  const network = asn === undefined ? (asName ?? '') : `AS${asn}${asName === undefined ? '' : ` ${asName}`}`;
  return [network, country ?? ''].filter((part) => part !== '').join(', ');
}

/** An address as words: not a part of a longer one, of a URL, or of a network in CIDR; nor one that was told already. */
const wordOf = (address: string): RegExp =>
  new RegExp(`(?<![\\w.:/[-])${address.replaceAll('.', '\\.')}(?![\\w:/-]|\\.\\w| \\()`);

/** The text with each place behind the first mention of its address: "203.0.113.5 (AS64500 Example, NL)". */
export function withPlaces(text: string, places: readonly AddressPlace[]): string {
  return places.reduce((told, place) => {
    const words = placeWords(place);
    return words === '' ? told : told.replace(wordOf(place.address), (found) => `${found} (${words})`);
  }, text);
}

/** Of both ends of a flow, where files of flows tell them: ISO 3166-1 alpha-2, number of the autonomous system, and whose it is. */
export const PLACE_FIELDS = ['orig', 'resp'].flatMap((side) =>
  ['cc', 'asn', 'as_org'].map((name) => `${side}_${name}`),
);

export type PlaceValues = readonly [cc: string | null, asn: number | null, org: string | null];

const UNKNOWN: PlaceValues = [null, null, null];

/** One end's share of `PLACE_FIELDS`. */
export function placeValues(place: Place | undefined): PlaceValues {
  return place ? [place.country ?? null, place.asn ?? null, place.asName ?? null] : UNKNOWN;
}

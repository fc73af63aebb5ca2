/** Where an end of a flow is registered, in the words of formats that others read. */
import type { AddressPlace, Place } from '../../../../src-shared/domain/place.ts';
import type { ExportedIncident } from './types.ts';

export function placeAt({ incident }: ExportedIncident, address: string | undefined): Place {
  const places: readonly AddressPlace[] = incident.places ?? [];
  return places.find((place) => place.address === address) ?? {};
}

const some = (fields: Record<string, unknown>): Record<string, unknown> | undefined => {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
};

/** `geo` and `as` of Elastic's `source` and `destination`. */
export function ecsPlace({ country, countryName, city, asn, asName }: Place): Record<string, unknown> {
  const geo = some({ country_iso_code: country, country_name: countryName, city_name: city });
  const network = some({ number: asn, organization: asName === undefined ? undefined : { name: asName } });
  return { ...(geo ? { geo } : {}), ...(network ? { as: network } : {}) };
}

/** OCSF's `integer_t` is signed, of 32 bits. */
export const MOST_INTEGER = 2 ** 31 - 1;

/** `location` and `autonomous_system` of OCSF's endpoints. */
export function ocsfPlace({ country, city, asn, asName }: Place): Record<string, unknown> {
  const location = some({ country, city });
  const network = some({ number: asn !== undefined && asn > MOST_INTEGER ? undefined : asn, name: asName });
  return { ...(location ? { location } : {}), ...(network ? { autonomous_system: network } : {}) };
}

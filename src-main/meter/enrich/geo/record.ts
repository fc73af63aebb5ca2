/** Records of databases of places, whoever made them, to what Sonde tells. */
import type { Place } from '../../../../src-shared/domain/place.ts';

type Fields = Readonly<Record<string, unknown>>;

const NAME_MAX = 80;
const AS_MAX = 2 ** 32 - 1;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** One bounded line of text, or nothing. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return text === '' ? undefined : text.slice(0, NAME_MAX);
}

const englishOf = (value: unknown): string | undefined => textOf(fieldsOf(fieldsOf(value).names).en);

/** Two letters, as ISO 3166-1 has them; also from fields that are the code alone. */
function codeOf(...values: readonly unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && /^[A-Z]{2}$/.test(value));
}

function numberOf(...values: readonly unknown[]): number | undefined {
  for (const value of values) {
    const number = typeof value === 'string' ? Number(/^AS(\d{1,10})$/i.exec(value)?.[1]) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number > 0 && number <= AS_MAX) return number;
  }
  return undefined;
}

/** What is there, and nothing else. */
function given(place: { [K in keyof Place]: Place[K] | undefined }): Place | null {
  const entries = Object.entries(place).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? null : (Object.fromEntries(entries) as Place);
}

/**
 * Country, city and AS of a record: nested as MaxMind and DB-IP have it (`country.iso_code`,
 * `autonomous_system_number`), or flat (`country_code`, `asn`).
 */
export function placeOf(record: unknown, about: { countries: boolean; networks: boolean }): Place | null {
  const fields = fieldsOf(record);
  const traits = fieldsOf(fields.traits);
  const country = fieldsOf(fields.country);
  const registered = fieldsOf(fields.registered_country);
  const where = {
    country: codeOf(country.iso_code, fields.country_code, fields.country, registered.iso_code),
    countryName: englishOf(fields.country) ?? textOf(fields.country_name),
    city: englishOf(fields.city) ?? textOf(fields.city),
  };
  const whose = {
    asn: numberOf(fields.autonomous_system_number, traits.autonomous_system_number, fields.asn),
    asName:
      textOf(fields.autonomous_system_organization) ??
      textOf(traits.autonomous_system_organization) ??
      textOf(fields.as_name),
  };
  const none = { country: undefined, countryName: undefined, city: undefined };
  return given({
    ...(about.countries ? where : none),
    ...(about.networks ? whose : { asn: undefined, asName: undefined }),
  });
}

/**
 * What is asked of Cloudflare Radar, word for word: these requests and no others. They carry no address, name or network
 * that was seen; only the token of whoever asks.
 *
 * The calls and the shape of their answers: Cloudflare's API, "Radar", attacks (developers.cloudflare.com/api).
 */
import { z } from '../../../src-shared/contract/schema.ts';
import { RADAR_DAYS, RADAR_TOP, type RadarSnapshot } from '../../../src-shared/domain/radar.ts';

const NAME_MAX = 80;
const TEXT_MAX = 40;
const ENTRIES_MAX = 100;
const SHARES_MAX = 8;

const SPAN = `dateRange=${RADAR_DAYS}d&format=JSON`;
const TOP = `limit=${RADAR_TOP}&${SPAN}`;

/** Path and query, behind the server's address. */
export const QUERIES = {
  networks: `/radar/attacks/layer7/top/ases/origin?${TOP}`,
  countries: `/radar/attacks/layer7/top/locations/origin?${TOP}`,
  floodCountries: `/radar/attacks/layer3/top/locations/origin?${TOP}`,
  floodVectors: `/radar/attacks/layer3/summary/vector?${SPAN}`,
  mitigations: `/radar/attacks/layer7/summary/mitigation_product?${SPAN}`,
} as const;
export type QueryName = keyof typeof QUERIES;
export const QUERY_NAMES = Object.keys(QUERIES) as QueryName[];

/** One line of text, bounded: it comes from elsewhere. */
const name = z.string().transform((text) =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, NAME_MAX),
);
/** Percentages come as texts. */
const share = z
  .union([z.string().max(TEXT_MAX), z.number()])
  .transform(Number)
  .pipe(z.number().min(0).max(100));
const asn = z
  .union([z.string().max(TEXT_MAX), z.number()])
  .transform(Number)
  .pipe(z.int().min(1).max(0xffffffff));

const meta = z.object({
  dateRange: z.array(z.object({ startTime: z.string().max(TEXT_MAX), endTime: z.string().max(TEXT_MAX) })).optional(),
});
const answered = <T extends z.ZodType>(result: T) => z.object({ success: z.literal(true), result });

const network = z
  .object({ originAsn: asn, originAsnName: name, value: share })
  .transform((one) => ({ asn: one.originAsn, name: one.originAsnName, share: one.value }));
const country = z
  .object({ originCountryAlpha2: z.string().regex(/^[A-Z]{2}$/), originCountryName: name, value: share })
  .transform((one) => ({ country: one.originCountryAlpha2, name: one.originCountryName, share: one.value }));
const shares = z.record(z.string().max(NAME_MAX), share).transform((all) =>
  Object.entries(all)
    .map(([key, value]) => ({ name: name.parse(key), share: value }))
    .toSorted((a, b) => b.share - a.share)
    .slice(0, SHARES_MAX),
);

const ANSWERS = {
  networks: answered(z.object({ meta: meta.optional(), top_0: z.array(network).max(ENTRIES_MAX) })),
  countries: answered(z.object({ top_0: z.array(country).max(ENTRIES_MAX) })),
  floodCountries: answered(z.object({ top_0: z.array(country).max(ENTRIES_MAX) })),
  floodVectors: answered(z.object({ summary_0: shares })),
  mitigations: answered(z.object({ summary_0: shares })),
} as const;

/** What an answer was not. */
export class OddAnswer extends Error {}

function read<T extends z.ZodType>(schema: T, text: string, query: QueryName): z.output<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new OddAnswer(`its answer (${query}) is no JSON`, { cause: error });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new OddAnswer(`its answer (${query}) is not of the form that Radar has`);
  return parsed.data;
}

const dayOf = (text: string | undefined): string =>
  text !== undefined && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? text : '';

/** All answers as one. @throws OddAnswer */
export function snapshotOf(texts: Readonly<Record<QueryName, string>>, fetched: number): RadarSnapshot {
  const networks = read(ANSWERS.networks, texts.networks, 'networks').result;
  const range = networks.meta?.dateRange?.[0];
  return {
    fetched,
    from: dayOf(range?.startTime),
    to: dayOf(range?.endTime),
    networks: networks.top_0.slice(0, RADAR_TOP),
    countries: read(ANSWERS.countries, texts.countries, 'countries').result.top_0.slice(0, RADAR_TOP),
    floodCountries: read(ANSWERS.floodCountries, texts.floodCountries, 'floodCountries').result.top_0.slice(
      0,
      RADAR_TOP,
    ),
    floodVectors: read(ANSWERS.floodVectors, texts.floodVectors, 'floodVectors').result.summary_0,
    mitigations: read(ANSWERS.mitigations, texts.mitigations, 'mitigations').result.summary_0,
  };
}

const keptName = z.string().max(NAME_MAX);
const keptShare = z.number().min(0).max(100);
const keptCountry = z.object({ country: z.string().max(2), name: keptName, share: keptShare });
const keptShares = z.array(z.object({ name: keptName, share: keptShare })).max(SHARES_MAX);

/** As it is kept on disk, and told. */
export const radarSnapshot = z.object({
  fetched: z.number().min(0).max(8.64e15),
  from: z.string().max(TEXT_MAX),
  to: z.string().max(TEXT_MAX),
  networks: z.array(z.object({ asn: z.int().min(1).max(0xffffffff), name: keptName, share: keptShare })).max(RADAR_TOP),
  countries: z.array(keptCountry).max(RADAR_TOP),
  floodCountries: z.array(keptCountry).max(RADAR_TOP),
  floodVectors: keptShares,
  mitigations: keptShares,
});

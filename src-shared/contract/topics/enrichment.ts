/** What others know of addresses: databases of places, and Cloudflare Radar. */
import { command, query } from '../define.ts';
import { z } from '../schema.ts';
import { moment, nothing } from './common.ts';

const ADDRESSES_MAX = 200;
/** Cloudflare's tokens have 40 characters; others may come. */
const TOKEN_MAX = 1000;
const SERVER_MAX = 1000;

export const place = z.object({
  /** ISO 3166-1 alpha-2. */
  country: z.string().optional(),
  countryName: z.string().optional(),
  city: z.string().optional(),
  asn: z.int().optional(),
  asName: z.string().optional(),
});

const share = z.object({ name: z.string(), share: z.number() });
const country = z.object({ country: z.string(), name: z.string(), share: z.number() });

export const radarState = z.object({
  enabled: z.boolean(),
  /** Where it is asked. */
  server: z.string(),
  /** Whether a token is kept; it is never told. */
  hasToken: z.boolean(),
  /** How the last request went, since the program started. */
  last: z.object({ at: moment, ok: z.boolean(), words: z.string() }).nullable(),
  /** What was fetched last. */
  snapshot: z
    .object({
      fetched: moment,
      from: z.string(),
      to: z.string(),
      networks: z.array(z.object({ asn: z.int(), name: z.string(), share: z.number() })),
      countries: z.array(country),
      floodCountries: z.array(country),
      floodVectors: z.array(share),
      mitigations: z.array(share),
    })
    .nullable(),
});
export type RadarState = z.infer<typeof radarState>;

export const enrichment = {
  /** What is known of these addresses, of those of which anything is: places, and what Radar says of their networks. */
  of: query(
    z.strictObject({ addresses: z.array(z.string().min(1).max(64)).max(ADDRESSES_MAX) }),
    z.object({ places: z.array(place.extend({ address: z.string(), radar: z.string() })) }),
  ),
  /** The databases of the settings, as they are on disk. */
  databases: query(
    nothing,
    z.object({
      databases: z.array(
        z.object({
          file: z.string(),
          /** As it calls itself; '' where it cannot be read: `fault` says why. */
          type: z.string(),
          built: moment.nullable(),
          bytes: z.number(),
          countries: z.boolean(),
          networks: z.boolean(),
          fault: z.string(),
        }),
      ),
    }),
  ),
  radar: query(nothing, radarState),
  /** Changes what is given. `token`: '' forgets it. Another server forgets the token, too, unless one comes with it. */
  setRadar: command(
    z.strictObject({
      enabled: z.boolean().optional(),
      server: z.string().min(1).max(SERVER_MAX).optional(),
      token: z.string().max(TOKEN_MAX).optional(),
    }),
    radarState,
    'admin',
  ),
  /** Asks Radar now; `last` is its answer. */
  testRadar: command(nothing, radarState, 'admin'),
} as const;

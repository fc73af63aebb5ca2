/** What Cloudflare Radar says of attacks all over the Internet, as it is kept on this machine. */
import type { Place } from './place.ts';

/** Networks and countries that are asked for. */
export const RADAR_TOP = 10;
export const RADAR_DAYS = 7;

export interface RadarNetwork {
  asn: number;
  name: string;
  /** Of all requests that were held off, in percent. */
  share: number;
}
export interface RadarCountry {
  /** ISO 3166-1 alpha-2. */
  country: string;
  name: string;
  share: number;
}
export interface RadarShare {
  name: string;
  share: number;
}

export interface RadarSnapshot {
  /** Milliseconds since 1970. */
  fetched: number;
  /** The stretch of time it is about, ISO 8601; '' where the answer did not say. */
  from: string;
  to: string;
  /** Where attacks on web servers came from. */
  networks: RadarNetwork[];
  countries: RadarCountry[];
  /** Where floods (layer 3 and 4) came from, and what they were made of. */
  floodCountries: RadarCountry[];
  floodVectors: RadarShare[];
  /** What held attacks on web servers off. */
  mitigations: RadarShare[];
}

const NUMBERS = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/**
 * "AS64500 is among the ten networks most attack traffic came from in the last 7 days (Cloudflare Radar, fetched
 * 2026-11-22)."; '' where it is not.
 */
export function radarLine({ asn }: Place, snapshot: RadarSnapshot | null): string {
  if (!snapshot || asn === undefined) return '';
  const { networks, fetched, to } = snapshot;
  const found = networks.find((network) => network.asn === asn);
  if (!found) return '';
  const many = NUMBERS[networks.length] ?? String(networks.length);
  // What was fetched long ago says nothing of the last days.
  const when = to === '' ? `the ${RADAR_DAYS} days before` : `the ${RADAR_DAYS} days until ${to.slice(0, 10)}`;
  return `AS${asn} is among the ${many} networks most attack traffic on web servers came from in ${when} (Cloudflare Radar, fetched ${new Date(fetched).toISOString().slice(0, 10)}).`;
}

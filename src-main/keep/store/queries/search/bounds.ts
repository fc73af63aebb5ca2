/** How far a search that answers while somebody types may go: the newest rows first, and never more than these. */
import { GROUP_ROWS } from '../../../../../src-shared/contract/topics/search.ts';

/** Rows of names, and of addresses of cards, that are looked through for a part of one. */
export const NAMES_WALKED = 200_000;
/** Hosts of an address range that are put together. */
export const HOSTS_WALKED = 20_000;
/** Incidents whose words are looked through; each is read whole. */
export const INCIDENTS_WALKED = 5000;
export const RULES_WALKED = 200_000;
/** Captures that are looked at one by one. */
export const CAPTURES_WALKED = 200;
/** Flows of one capture that are counted in an index. */
export const FLOWS_COUNTED = 1000;
/** One more than is shown tells that there are more. */
export const ASKED = GROUP_ROWS + 1;

export interface Group<R> {
  rows: R[];
  more: boolean;
}

export const groupOf = <R>(found: readonly R[]): Group<R> => ({
  rows: found.slice(0, GROUP_ROWS),
  more: found.length > GROUP_ROWS,
});

export const nothingFound = <R>(): Group<R> => ({ rows: [], more: false });

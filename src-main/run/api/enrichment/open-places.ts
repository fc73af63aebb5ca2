/** What the databases of a desk's settings know of addresses, opened once and again where others are named. */
import type { FlowRow } from '../../../../src-shared/contract/topics/flows.ts';
import { contains, ourNetworks, parseAddress, type Network } from '../../../../src-shared/domain/network.ts';
import type { Place } from '../../../../src-shared/domain/place.ts';
import { Places } from '../../../meter/enrich/geo/places.ts';
import type { Desk } from '../desk.ts';
import { readSettings } from '../topics/settings.ts';

class OpenPlaces {
  private files = '';
  private places: Places | undefined;

  of(files: readonly string[]): Places | undefined {
    const key = files.join('\n');
    if (key !== this.files) {
      this.files = key;
      this.places = Places.readable(files);
    }
    return this.places;
  }
}

const opened = new WeakMap<Desk, OpenPlaces>();

export interface PlacesNow {
  places: Places;
  /** Networks that are ours: nothing is looked up of them. */
  ours: readonly Network[];
}

/** Null where no database can be read. */
export async function placesNow(desk: Desk): Promise<PlacesNow | null> {
  const { geo, networks } = await readSettings(desk.store);
  let known = opened.get(desk);
  if (!known) opened.set(desk, (known = new OpenPlaces()));
  const places = known.of(geo);
  return places ? { places, ours: ourNetworks(networks) } : null;
}

function isOutside(address: string, { ours }: PlacesNow): boolean {
  const bytes = parseAddress(address);
  return bytes !== null && !ours.some((network) => contains(network, bytes));
}

/** Of an address; undefined: it is ours, or nobody knows. */
export function placeOutside(address: string, now: PlacesNow): Place | undefined {
  return isOutside(address, now) ? (now.places.place(address) ?? undefined) : undefined;
}

/** The end of a flow that is not ours, the responder where neither is; undefined where nothing is known of it. */
function placeOf({ origH, respH }: FlowRow, now: PlacesNow): FlowRow['place'] {
  const address = [respH, origH].find((one) => isOutside(one, now));
  const place = address === undefined ? null : now.places.place(address);
  return address !== undefined && place ? { address, ...place } : undefined;
}

export async function withPlaces(desk: Desk, rows: readonly FlowRow[]): Promise<FlowRow[]> {
  const now = await placesNow(desk);
  if (!now) return [...rows];
  return rows.map((row) => {
    const place = placeOf(row, now);
    return place ? { ...row, place } : row;
  });
}

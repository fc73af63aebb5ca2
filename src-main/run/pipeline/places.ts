/** Where hosts outside are registered, into what is told of them: hosts of the report, incidents and their words. */
import { withPlaces, type AddressPlace, type Place } from '../../../src-shared/domain/place.ts';
import type { ReportPlaces } from '../../../src-shared/domain/report.ts';
import type { BuiltIncident } from '../../detect/incidents/build.ts';
import type { NetworkView } from '../../detect/types.ts';
import type { Places } from '../../meter/enrich/geo/places.ts';
import type { HostTable } from '../../meter/hosts.ts';

/** Addresses of one incident whose places are told. */
const PLACES_MAX = 20;
/** What else is said of them. */
const NOTES_MAX = 3;

export class PlacesOfRun {
  private readonly places: Places;
  private readonly hosts: HostTable;
  private readonly network: NetworkView;
  private readonly noteOf: ((place: Place) => string) | undefined;

  /** `noteOf`: what else is to be said of a place, '' for nothing. */
  constructor(places: Places, hosts: HostTable, network: NetworkView, noteOf?: (place: Place) => string) {
    this.places = places;
    this.hosts = hosts;
    this.network = network;
    this.noteOf = noteOf;
  }

  /** Of a host that is not ours; undefined where nobody knows. */
  readonly of = (host: number): Place | undefined =>
    this.isOutside(host) ? (this.places.place(this.hosts.address(host)) ?? undefined) : undefined;

  /** Adds places to incidents, and to their title and summary. */
  addTo(built: readonly BuiltIncident[]): void {
    for (const { incident, sourceHosts, targetHosts } of built) {
      const found: AddressPlace[] = [];
      for (const host of new Set([...sourceHosts, ...targetHosts])) {
        const place = found.length < PLACES_MAX ? this.of(host) : undefined;
        if (place) found.push({ address: this.hosts.address(host), ...place });
      }
      if (found.length === 0) continue;
      incident.places = found;
      incident.title = withPlaces(incident.title, found);
      const notes = this.noteOf ? found.map(this.noteOf).filter((note) => note !== '') : [];
      incident.summary = [withPlaces(incident.summary, found), ...new Set(notes.slice(0, NOTES_MAX))].join(' ');
    }
  }

  report(): ReportPlaces[] {
    return this.places.about.map(({ file, type, built, countries, networks, damaged, fault }) => ({
      ...{ file, type, built: built === 0 ? null : new Date(built).toISOString(), countries, networks },
      ...(damaged > 0 ? { damaged } : {}),
      ...(fault ? { fault: fault.message } : {}),
    }));
  }

  private isOutside(host: number): boolean {
    const { network } = this;
    return host > 0 && !network.isLocal(host) && !network.isMulticast(host) && !network.isBroadcast(host);
  }
}

/**
 * The narrow profile of one host: which places it has contacted since it was first seen, on which ports and in which
 * rhythm. A place is a registered domain where a name led there, else an address, so that a cloud service whose
 * addresses change is one place.
 */
import type { DeviceProfile } from '../types.ts';

/** Contacts (a port of a place) that are remembered. */
const CONTACTS = 64;
/** Seconds from first sight in which a device turns to all it is made to turn to: reports come every one to ten minutes. */
export const FIRST_MINUTES = 600;
/** Seconds after which a profile counts, and places it has at most by then. */
export const SETTLED_S = 1800;
export const FEW_PLACES = 5;
/** Places beyond which nothing made for one task goes: assistants with all their services stay below. */
export const WIDE_PLACES = 40;
/** … and beyond which a device is not left to its habits any more: it looks for something. */
export const CALM_PLACES = 16;
/** Calls from which a rhythm is one, and their deviation from it (standard deviation over mean). */
const RHYTHM_CALLS = 6;
const STEADY = 0.35;

export class Contact {
  readonly first: number;
  private last: number;
  private calls = 1;
  private gaps = 0;
  private squares = 0;

  constructor(now: number) {
    this.first = now;
    this.last = now;
  }

  call(now: number): void {
    const gap = now - this.last;
    // Several connections at once are one call.
    if (gap < 1) return;
    this.last = now;
    this.calls++;
    this.gaps += gap;
    this.squares += gap * gap;
  }

  get isPeriodic(): boolean {
    if (this.calls < RHYTHM_CALLS) return false;
    const mean = this.gaps / (this.calls - 1);
    const variance = Math.max(0, this.squares / (this.calls - 1) - mean * mean);
    return Math.sqrt(variance) <= STEADY * mean;
  }
}

export class Profile implements DeviceProfile {
  readonly since: number;
  /** Places by name or address. */
  private readonly places = new Set<string>();
  private readonly contacts = new Map<string, Contact>();
  private placesAtFirst = -1;
  isWide = false;

  constructor(now: number) {
    this.since = now;
  }

  note(place: string, port: number, now: number): void {
    if (this.placesAtFirst < 0 && now - this.since >= SETTLED_S) this.placesAtFirst = this.places.size;
    this.places.add(place);
    if (this.places.size > WIDE_PLACES) {
      this.widen();
      return;
    }
    const key = `${place}|${port}`;
    const known = this.contacts.get(key);
    if (known) known.call(now);
    else if (this.contacts.size < CONTACTS) this.contacts.set(key, new Contact(now));
  }

  get peers(): number {
    return this.isWide ? WIDE_PLACES + 1 : this.places.size;
  }

  /** What has so many places has no habits: they are forgotten, and nothing more is noted. */
  private widen(): void {
    this.isWide = true;
    this.placesAtFirst = this.placesAtFirst < 0 ? this.places.size : this.placesAtFirst;
    this.places.clear();
    this.contacts.clear();
  }

  get isCalm(): boolean {
    return this.peers <= CALM_PLACES;
  }

  get usualPeers(): number | null {
    return this.placesAtFirst < 0 ? null : this.placesAtFirst;
  }

  isSettled(now: number): boolean {
    return now - this.since >= SETTLED_S && (this.usualPeers ?? this.peers) <= FEW_PLACES;
  }

  isHabit(place: string, port: number): boolean {
    const known = this.contacts.get(`${place}|${port}`);
    return known !== undefined && known.first - this.since <= FIRST_MINUTES;
  }

  isUsual(place: string, port: number): boolean {
    const known = this.contacts.get(`${place}|${port}`);
    return known !== undefined && known.first - this.since < SETTLED_S;
  }

  /** It calls some place again and again, and few places at all. */
  get isNarrow(): boolean {
    return this.peers <= FEW_PLACES && [...this.contacts.values()].some(({ isPeriodic }) => isPeriodic);
  }
}

/** Leaves suppressed incidents out of what `sonde watch` tells. */
import type { LiveEvent, LiveIncident } from '../../../src-shared/domain/live.ts';
import type { Suppression } from '../../../src-shared/domain/suppression.ts';
import {
  inForce,
  marksOfLists,
  matcher,
  NO_LISTS,
  type MarkLists,
  type Matcher,
} from '../../detect/incidents/suppressions/engine.ts';

/** Incidents that are remembered, of those that are told and of those that are not. */
const REMEMBERED = 100_000;

type InFile = Pick<Suppression, 'scope' | 'expiresAt' | 'enabled'>;

function forget(uids: Set<string>): void {
  if (uids.size <= REMEMBERED) return;
  for (const uid of uids) {
    uids.delete(uid);
    return;
  }
}

export class Silencer {
  private readonly list: readonly (InFile & Matcher)[];
  private readonly now: () => number;
  /** By uid. What was told once goes on being told: whoever reads waits for its end. */
  private readonly told = new Set<string>();
  private readonly silent = new Set<string>();

  /** `now`: milliseconds since 1970. */
  constructor(suppressions: readonly InFile[], now: () => number) {
    this.list = suppressions.map((each, id) => ({ ...each, ...matcher(id, each.scope) }));
    this.now = now;
  }

  /** What is to be told of an event: nothing of an incident that is suppressed. `marks`: what its flows tell until now. */
  take(event: LiveEvent, marks: MarkLists = NO_LISTS): LiveEvent[] {
    if (event.event === 'ended') return [{ ...event, suppressed: this.silent.size }];
    return event.event === 'incident' ? this.incident(event, marks) : [event];
  }

  /** Whether an incident is suppressed that was never told. */
  isSilent(uid: string): boolean {
    return this.silent.has(uid);
  }

  private incident(event: LiveIncident, marks: MarkLists): LiveIncident[] {
    const { uid, state } = event;
    if (this.told.has(uid)) return [event];
    const known = this.silent.has(uid);
    if (event.withdrawn) {
      this.silent.delete(uid);
      return known ? [] : [event];
    }
    if (this.isSilenced(event, marks)) {
      this.silent.add(uid);
      forget(this.silent);
      return [];
    }
    this.told.add(uid);
    forget(this.told);
    if (!this.silent.delete(uid) || state === 'open') return [event];
    // It grew out of what is suppressed: to whoever reads, it is new.
    const opened: LiveIncident = { ...event, state: 'open', latencyMs: null };
    return state === 'closed' ? [opened, event] : [opened];
  }

  private isSilenced(event: LiveIncident, marks: MarkLists): boolean {
    const now = this.now();
    return this.list.some((each) => inForce(each, now) && each.matches(event, marksOfLists(marks)));
  }
}

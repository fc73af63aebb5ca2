/** What a host of ours had to do with one entry. */
import { BoundedSet } from '../../behaviours/common/bounded.ts';
import { Case } from '../../behaviours/common/casebook.ts';
import type { PacketTime } from '../../types.ts';
import type { Hit } from './types.ts';

/** By what it was recognised. */
export type Sight = 'address' | 'question' | 'name' | 'url' | 'client' | 'certificate';

/** Something that was seen, before it is known whose case it is. */
export interface Sighting {
  sight: Sight;
  hits: readonly Hit[];
  shown: string;
  /** Host ids: the one it is told of, and the other side. */
  host: number;
  target: number;
  port: number;
  name: string;
  inbound: boolean;
  time: PacketTime;
  flow: number;
}

/** Entries of one contact: of several lists. */
const HITS_MAX = 16;
const TARGETS_MAX = 1000;

export class Contact extends Case {
  readonly sight: Sight;
  readonly host: number;
  /** The other side came to the host. */
  readonly inbound: boolean;
  /** The address, name, URL or fingerprint as it was seen. */
  readonly shown: string;
  readonly hits: Hit[] = [];
  readonly targets = new BoundedSet<number>(TARGETS_MAX);
  readonly ports = new BoundedSet<number>(TARGETS_MAX);
  readonly names = new BoundedSet<string>(TARGETS_MAX);
  answered = false;
  bytes = 0;

  constructor(first: PacketTime, host: number, sight: Sight, shown: string, inbound: boolean) {
    super(first);
    this.host = host;
    this.sight = sight;
    this.shown = shown;
    this.inbound = inbound;
  }

  addHits(hits: readonly Hit[]): void {
    for (const hit of hits) {
      const isKnown = this.hits.some(({ list, value }) => list === hit.list && value === hit.value);
      if (!isKnown && this.hits.length < HITS_MAX) this.hits.push(hit);
    }
  }
}

export const addressKey = (host: number, target: number, inbound: boolean): string =>
  `intel|${host}|${inbound ? 'in' : 'out'}|address|${target}`;

/** One case an entry and host; of an address, one an address. */
export function keyOf({ host, target, inbound, sight, hits, shown }: Sighting): string {
  if (sight === 'address') return addressKey(host, target, inbound);
  return `intel|${host}|${sight}|${hits[0]?.value ?? shown}`;
}

/** The names that hosts were seen under, in bounded memory: what is seen least and longest ago gives way. */
import { cut, own } from '../../../meter/protocols/bytes.ts';
import { withoutSecrets } from '../../../meter/protocols/secrets.ts';
import type { HostName, NameSource } from '../../../keep/store/types.ts';

/** Bytes that all names together may take, counted by `HOST_COST` and `NAME_COST`. */
const BUDGET = 64 * 1024 * 1024;
const HOST_COST = 512;
const NAME_COST = 192;
/** Names a host and source: of our own networks, and of all others. */
const NAMES_OWN = 8;
const NAMES_OTHERS = 2;
/** Letters of a name, and of an address. */
const LONGEST = 64;
const ADDRESS_MAX = 45;
/** Hosts that are given another turn, as they were seen more than once, before one is forgotten. */
const TURNS = 8;
const COUNT_MAX = 16;
/** Letters that no name of a host has, and how many of them are replaced before it is no name. */
const ODD = /[^\p{L}\p{M}\p{N}._ *-]|^\*(?!\.)|(?<=.)\*/gu;
const ODD_MAX = 2;
const SPEAKS = /[\p{L}\p{N}]/u;
const OWN = /^(?:10|127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))\.|^f[cd][0-9a-f]{2}:|^fe[89ab][0-9a-f]:/;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** Who gives way first: hosts that only others spoke for unasked, then strangers, then our own. */
const CLAIMED = 0;
const STRANGER = 1;
const OUR_OWN = 2;
type Rank = typeof CLAIMED | typeof STRANGER | typeof OUR_OWN;

interface Seen {
  row: HostName;
  count: number;
}

interface Named {
  rank: Rank;
  names: Seen[];
  /** Times seen since its last turn. */
  count: number;
}

/** The name as it may be kept and shown; '' where it is none. */
export function validName(said: string): string {
  const name = withoutSecrets(cut(said, LONGEST));
  let odd = 0;
  const plain = name.replace(ODD, () => {
    odd++;
    return '?';
  });
  return odd > ODD_MAX || name.includes('…') || !SPEAKS.test(plain) ? '' : plain.trim();
}

export class NameTable {
  /** Names that were refused or forgotten as the memory for them is full. */
  refused = 0;
  private readonly byRank: readonly [Map<string, Named>, Map<string, Named>, Map<string, Named>] = [
    new Map<string, Named>(),
    new Map<string, Named>(),
    new Map<string, Named>(),
  ];
  private held = 0;
  private readonly budget: number;

  constructor(budget = BUDGET) {
    this.budget = budget;
  }

  /** `by`: the address of who said so. */
  add(address: string, source: NameSource, said: string, sec: number, by: string): void {
    if (said === '' || said === '*' || said === address || IPV4.test(said)) return;
    if (address === '' || address === '0.0.0.0' || address === '::' || address.length > ADDRESS_MAX) return;
    const name = validName(said);
    if (name === '') return;
    const rank = source === 'claimed' ? CLAIMED : OWN.test(address) ? OUR_OWN : STRANGER;
    const host = this.host(address, rank);
    if (!host) return;
    host.count = Math.min(COUNT_MAX, host.count + 1);
    const seen = host.names.find(({ row }) => row.source === source && row.name === name);
    if (seen) {
      seen.count++;
      seen.row.first = Math.min(seen.row.first, sec);
      seen.row.last = Math.max(seen.row.last, sec);
    } else
      this.added(host, {
        row: { address: own(address), source, name: own(name), first: sec, last: sec, by },
        count: 1,
      });
  }

  /** What is kept, not copied. */
  rows(): HostName[] {
    const rows: HostName[] = [];
    for (const hosts of this.byRank.toReversed())
      for (const { names } of hosts.values()) for (const { row } of names) rows.push(row);
    return rows;
  }

  private find(address: string): Named | undefined {
    return this.byRank[OUR_OWN].get(address) ?? this.byRank[STRANGER].get(address) ?? this.byRank[CLAIMED].get(address);
  }

  private host(address: string, rank: Rank): Named | undefined {
    const known = this.find(address);
    if (known) {
      if (known.rank >= rank) return known;
      this.byRank[known.rank].delete(address);
      known.rank = rank;
      this.byRank[rank].set(address, known);
      return known;
    }
    if (!this.room(HOST_COST + NAME_COST, rank)) return undefined;
    const host: Named = { rank, names: [], count: 0 };
    this.held += HOST_COST;
    this.byRank[rank].set(address, host);
    return host;
  }

  private added(host: Named, seen: Seen): void {
    const { source } = seen.row;
    const most = host.rank === OUR_OWN ? NAMES_OWN : NAMES_OTHERS;
    const same = host.names.filter(({ row }) => row.source === source);
    if (same.length >= most) {
      const least = same.reduce((a, b) =>
        b.count < a.count || (b.count === a.count && b.row.last < a.row.last) ? b : a,
      );
      host.names[host.names.indexOf(least)] = seen;
      return;
    }
    host.names.push(seen);
    this.held += NAME_COST;
  }

  /** Makes room among those of the same rank or below. */
  private room(bytes: number, rank: Rank): boolean {
    while (this.held + bytes > this.budget) {
      this.refused++;
      const hosts = this.byRank.find(({ size }, at) => size > 0 && at <= rank);
      if (!hosts) return false;
      this.forget(hosts);
    }
    return true;
  }

  private forget(hosts: Map<string, Named>): void {
    for (let turn = 0; ; turn++) {
      const [address, host] = hosts.entries().next().value!;
      hosts.delete(address);
      if (host.count <= 1 || turn === TURNS) {
        this.held -= HOST_COST + NAME_COST * host.names.length;
        return;
      }
      host.count >>= 1;
      hosts.set(address, host);
    }
  }
}

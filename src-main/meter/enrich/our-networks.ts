/** Which hosts lie in networks that are ours, by networks someone has named. */
import { ourNetworks, type Network } from '../../../src-shared/domain/network.ts';
import type { HostTable } from '../hosts.ts';

const WORDS = 4;
const MAPPED_BITS = 96;
const UNKNOWN = 0;
const OUTSIDE = 1;
const OURS = 2;

/** A prefix as masked words: an address lies in it when its masked words equal these. */
interface Prefix {
  words: Uint32Array;
  masks: Uint32Array;
  /** Of IPv6, so wide that those of IPv4, as they are mapped, would lie in it. */
  isWide: boolean;
}

function prefixOf({ first, bits }: Network): Prefix {
  const view = new DataView(first.buffer, first.byteOffset, 16);
  const words = new Uint32Array(WORDS);
  const masks = new Uint32Array(WORDS);
  for (let w = 0; w < WORDS; w++) {
    const ones = Math.min(32, Math.max(0, bits - w * 32));
    words[w] = view.getUint32(w * 4);
    masks[w] = ones === 0 ? 0 : -1 << (32 - ones);
  }
  return { words, masks, isWide: bits < MAPPED_BITS };
}

/**
 * Answers for hosts of one table; each answer is computed once (4 comparisons a network) and kept, a byte a host.
 * Ids of a host table never change their address, so an answer stays true.
 */
export class OurNetworks {
  private readonly hosts: HostTable;
  private readonly prefixes: readonly Prefix[];
  private known = new Uint8Array(1024);

  /** @throws RangeError for a text that is no network */
  constructor(hosts: HostTable, named: readonly string[]) {
    this.hosts = hosts;
    this.prefixes = ourNetworks(named).map(prefixOf);
  }

  has(host: number): boolean {
    if (host >= this.known.length) this.grow(host);
    if (this.known[host] === UNKNOWN) this.known[host] = this.lies(host) ? OURS : OUTSIDE;
    return this.known[host] === OURS;
  }

  private lies(host: number): boolean {
    const { words } = this.hosts;
    const at = host * WORDS;
    const isIPv4 = words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff;
    return this.prefixes.some(({ words: want, masks, isWide }) => {
      if (isIPv4 && isWide) return false;
      for (let w = 0; w < WORDS; w++) if ((words[at + w]! & masks[w]!) >>> 0 !== want[w]!) return false;
      return true;
    });
  }

  private grow(host: number): void {
    const wider = new Uint8Array(Math.max(host + 1, this.known.length * 2));
    wider.set(this.known);
    this.known = wider;
  }
}

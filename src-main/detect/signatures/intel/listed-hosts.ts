/** Which hosts outside our networks are on a list: looked up once, a byte by the host's number from then on. */
import type { BehaviourContext } from '../../types.ts';
import type { Intel } from './intel.ts';

const WORDS = 4;
const UNKNOWN = 0;
const CLEAN = 1;
const LISTED = 2;

export class ListedHosts {
  private readonly intel: Intel;
  private known = new Uint8Array(1024);
  private edition: number;

  constructor(intel: Intel) {
    this.intel = intel;
    this.edition = intel.edition;
  }

  /** False for hosts beyond the host table's ceiling (0): they all share one number. */
  has(host: number, context: BehaviourContext): boolean {
    if (host === 0) return false;
    if (this.edition !== this.intel.edition) this.forget();
    if (host >= this.known.length) this.grow(host);
    if (this.known[host] === UNKNOWN) this.known[host] = this.isListed(host, context) ? LISTED : CLEAN;
    return this.known[host] === LISTED;
  }

  /** The lists were read again. */
  private forget(): void {
    this.edition = this.intel.edition;
    this.known.fill(UNKNOWN);
  }

  private isListed(host: number, { network, hosts }: BehaviourContext): boolean {
    if (network.isLocal(host) || network.isMulticast(host)) return false;
    return this.intel.address(hosts.words, host * WORDS).length > 0;
  }

  private grow(host: number): void {
    const wider = new Uint8Array(Math.max(host + 1, this.known.length * 2));
    wider.set(this.known);
    this.known = wider;
  }
}

/** Interface statistics of a pcapng file (draft-ietf-opsawg-pcapng, section 4.6): what the capturing program says it lost. */

const HEADER = 20;
const TRAILER = 4;
/** By the network card for lack of room, and by the operating system. */
const OPTION_IFDROP = 5;
const OPTION_OSDROP = 7;
/** Interfaces whose figures are kept apart; those beyond are passed over. */
const INTERFACES_MAX = 4096;
/** More than any capture loses: what says so is damage. */
const MOST = 2n ** 48n;

export class InterfaceStatistics {
  /** Of sections that are over. */
  private before = 0;
  private told = false;
  /** The last word of each interface of this section: its figures are sums since it was opened. */
  private readonly last = new Map<number, number>();

  /** Packets lost so far; undefined where nothing was said of it. */
  get dropped(): number | undefined {
    if (!this.told) return undefined;
    return [...this.last.values()].reduce((sum, lost) => sum + lost, this.before);
  }

  /** Another section begins, with interfaces of its own. */
  section(): void {
    this.before = this.dropped ?? 0;
    this.last.clear();
  }

  /** Takes the block of `length` bytes at `pos`; what makes no sense in it is passed over. */
  read(view: DataView, pos: number, length: number, little: boolean): void {
    if (length < HEADER + TRAILER) return;
    const card = view.getUint32(pos + 8, little);
    const end = pos + length - TRAILER;
    let lost: bigint | undefined;
    for (let at = pos + HEADER; at + 4 <= end;) {
      const code = view.getUint16(at, little);
      const size = view.getUint16(at + 2, little);
      if (code === 0 || at + 4 + size > end) break;
      if (size === 8 && (code === OPTION_IFDROP || code === OPTION_OSDROP))
        lost = (lost ?? 0n) + view.getBigUint64(at + 4, little);
      at += 4 + ((size + 3) & ~3);
    }
    if (lost === undefined || lost > MOST) return;
    if (this.last.size >= INTERFACES_MAX && !this.last.has(card)) return;
    this.told = true;
    this.last.set(card, Number(lost));
  }
}

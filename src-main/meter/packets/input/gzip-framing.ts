/** What stands around the deflate data of a gzip member (RFC 1952): a header of any length, and a trailer. */

/** Identification, and the only method there is. */
const MAGIC = [0x1f, 0x8b, 8];
const FIXED = 10;
const FLAG_HEADER_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;
const TRAILER = 8;

/** Reads a member's header as it comes, in pieces of any size. */
export class GzipHeader {
  done = false;
  /** False once a byte was seen that no header begins with. */
  isGzip = true;
  private read = 0;
  private flags = 0;
  private extraLeft = -1;
  private extraBytes = 0;
  private crcLeft = 2;

  get begun(): boolean {
    return this.read > 0;
  }

  /** Takes header bytes from the start of `bytes`; gives how many were the header's. */
  take(bytes: Uint8Array): number {
    let used = 0;
    while (!this.done && this.isGzip && used < bytes.length) this.step(bytes[used++]!);
    return used;
  }

  private step(byte: number): void {
    if (this.read < FIXED) {
      if (this.read < MAGIC.length && byte !== MAGIC[this.read]) this.isGzip = false;
      if (this.read === 3) this.flags = byte;
      this.read++;
    } else if ((this.flags & FLAG_EXTRA) !== 0) this.extra(byte);
    else if ((this.flags & FLAG_NAME) !== 0) this.text(byte, FLAG_NAME);
    else if ((this.flags & FLAG_COMMENT) !== 0) this.text(byte, FLAG_COMMENT);
    else if (--this.crcLeft === 0) this.flags &= ~FLAG_HEADER_CRC;
    const left = FLAG_EXTRA | FLAG_NAME | FLAG_COMMENT | FLAG_HEADER_CRC;
    this.done = this.read === FIXED && (this.flags & left) === 0;
  }

  private extra(byte: number): void {
    if (this.extraBytes < 2) {
      this.extraLeft = this.extraBytes === 0 ? byte : this.extraLeft | (byte << 8);
      this.extraBytes++;
    } else this.extraLeft--;
    if (this.extraBytes === 2 && this.extraLeft === 0) this.flags &= ~FLAG_EXTRA;
  }

  private text(byte: number, flag: number): void {
    if (byte === 0) this.flags &= ~flag;
  }
}

/** Reads a member's trailer: the checksum of what it unpacks to, and its length. */
export class GzipTrailer {
  private readonly bytes = new Uint8Array(TRAILER);
  private read = 0;

  get done(): boolean {
    return this.read === TRAILER;
  }

  /** CRC-32 of the unpacked bytes, once done. */
  get checksum(): number {
    return new DataView(this.bytes.buffer).getUint32(0, true);
  }

  /** Takes trailer bytes from the start of `bytes`; gives how many were the trailer's. */
  take(bytes: Uint8Array): number {
    const used = Math.min(bytes.length, TRAILER - this.read);
    this.bytes.set(bytes.subarray(0, used), this.read);
    this.read += used;
    return used;
  }
}

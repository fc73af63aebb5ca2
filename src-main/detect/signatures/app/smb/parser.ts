/** SMB over TCP (port 445) and over NetBIOS sessions (RFC 1002, port 139). */
import { equalAt, u24, u8 } from '../bytes.ts';
import type { AppContext, AppParser, AppProtocol, Verdict } from '../protocol.ts';
import type { Direction } from '../types.ts';
import { tellFrames } from './frames.ts';
import { Shares } from './share.ts';
import { Smb1 } from './smb1.ts';
import { Smb2 } from './smb2.ts';

const MESSAGE = 0;
/** Of a longer message the beginning is read, and the rest passed over. */
const READ_MAX = 256 * 1024;

class SmbParser implements AppParser {
  readonly #context: AppContext;
  readonly #shares: Shares;
  readonly #smb1: Smb1;
  readonly #smb2: Smb2;
  /** Bytes of a direction to pass over. */
  readonly #skip: [number, number] = [0, 0];

  constructor(context: AppContext) {
    this.#context = context;
    this.#shares = new Shares(context);
    this.#smb1 = new Smb1(this.#shares);
    this.#smb2 = new Smb2(this.#shares);
  }

  read(direction: Direction, bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length) {
      const passed = Math.min(this.#skip[direction], bytes.length - at);
      this.#skip[direction] -= passed;
      at += passed;
      if (at + 4 > bytes.length) break;
      const length = u24(bytes, at + 1);
      const part = Math.min(length, READ_MAX);
      if (at + 4 + part > bytes.length) break;
      if (this.#context.framed('smb')) tellFrames(this.#context, direction, bytes.subarray(at, at + 4 + part));
      if (u8(bytes, at) === MESSAGE) this.#message(direction, bytes.subarray(at + 4, at + 4 + part));
      at += 4 + part;
      this.#skip[direction] = length - part;
    }
    return at;
  }

  gap(direction: Direction, missing: number): boolean {
    if (missing > this.#skip[direction]) return false;
    this.#skip[direction] -= missing;
    return true;
  }

  broken(direction: Direction, waiting: Uint8Array, missing: number): boolean {
    const left = waiting.length < 4 ? -1 : u24(waiting, 1) + 4 - waiting.length - missing;
    if (left < 0) return false;
    if (this.#context.framed('smb')) tellFrames(this.#context, direction, waiting);
    this.#skip[direction] = left;
    return true;
  }

  #message(direction: Direction, data: Uint8Array): void {
    if (equalAt(data, 0, '\xfeSMB')) this.#smb2.message(direction, data);
    else if (equalAt(data, 0, '\xffSMB')) this.#smb1.message(direction, data);
  }

  end(direction: Direction): void {
    // Written files end with the client, read ones with the server; both are told at once.
    if (direction === 1) this.#shares.closeAll();
    this.#ended[direction] = true;
    if (this.#ended[0] && this.#ended[1]) this.#shares.closeAll();
  }

  readonly #ended: [boolean, boolean] = [false, false];
}

function recognise(bytes: Uint8Array): Verdict {
  if (bytes.length >= 8) {
    const kind = bytes[4]!;
    const smb = equalAt(bytes, 5, 'SMB') && kind >= 0xfc;
    if (bytes[0] === MESSAGE && smb) return 'yes';
  }
  // A session request of NetBIOS comes first on port 139, and its answer.
  if (bytes[0] === 0x81 && bytes[1] === 0) return bytes.length < 4 ? 'more' : u24(bytes, 1) === 68 ? 'yes' : 'no';
  if (bytes[0] === 0x82 && u24(bytes, 1) <= 0) return bytes.length < 4 ? 'more' : 'yes';
  return bytes.length < 8 && bytes[0] === 0 ? 'more' : 'no';
}

export const smb: AppProtocol = {
  name: 'smb',
  transport: 'tcp',
  streamBeginsWith: (byte) => byte === MESSAGE || byte === 0x81 || byte === 0x82,
  recognise: (bytes) => recognise(bytes),
  open: (context) => new SmbParser(context),
};

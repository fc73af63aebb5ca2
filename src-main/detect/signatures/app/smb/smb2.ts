/** SMB 2 and 3 (MS-SMB2): trees, files, pipes. */
import { le16, le32, u8 } from '../bytes.ts';
import type { Direction } from '../types.ts';
import { text, type Shares } from './share.ts';

const HEADER = 64;
const COMMAND = { sessionSetup: 1, tree: 3, create: 5, close: 6, read: 8, write: 9, ioctl: 11 } as const;
const PIPE_TRANSCEIVE = 0x0011_c017;
const WAITING_MAX = 1024;
const SHARE_PIPE = 2;

/** What an answer needs of its request. */
interface Waiting {
  readonly command: number;
  readonly name: string;
  readonly file: string;
  readonly offset: number;
}

const file = (data: Uint8Array, at: number): string => Buffer.from(data.subarray(at, at + 16)).toString('hex');
const offset64 = (data: Uint8Array, at: number): number =>
  Math.max(0, le32(data, at)) + Math.max(0, le32(data, at + 4)) * 2 ** 32;

export class Smb2 {
  readonly #shares: Shares;
  readonly #waiting = new Map<string, Waiting>();
  /** The file of the last create in a chain of related requests. */
  #related = '';

  constructor(shares: Shares) {
    this.#shares = shares;
  }

  /** Reads a message: one or several commands, one after another. */
  message(direction: Direction, data: Uint8Array): void {
    let at = 0;
    for (let count = 0; count < 64; count += 1) {
      if (at + HEADER > data.length || data[at] !== 0xfe) return;
      const next = le32(data, at + 20);
      const end = next > 0 ? Math.min(data.length, at + next) : data.length;
      const one = data.subarray(at, end);
      if ((le32(one, 16) & 1) !== 0) this.#answer(direction, one);
      else this.#request(direction, one);
      if (next <= 0) return;
      at += next;
    }
  }

  #wait(data: Uint8Array, waiting: Waiting): void {
    if (this.#waiting.size >= WAITING_MAX) this.#waiting.delete(this.#waiting.keys().next().value!);
    this.#waiting.set(file(data.subarray(24, 32), 0), waiting);
  }

  #request(direction: Direction, data: Uint8Array): void {
    const command = le16(data, 12);
    const body = data.subarray(HEADER);
    const tree = le32(data, 36);
    const waiting = { command, name: '', file: '', offset: 0 };
    switch (command) {
      case COMMAND.sessionSetup:
        this.#shares.signIn(body);
        break;
      case COMMAND.tree: {
        const from = le16(body, 4);
        this.#wait(data, { ...waiting, name: text(data, from, from + le16(body, 6), true) });
        break;
      }
      case COMMAND.create: {
        const from = le16(body, 44);
        this.#wait(data, { ...waiting, name: text(data, from, from + le16(body, 46), true) });
        break;
      }
      case COMMAND.close:
        this.#wait(data, { ...waiting, file: file(body, 8) });
        break;
      case COMMAND.read:
        this.#wait(data, { ...waiting, file: file(body, 16), offset: offset64(body, 8) });
        break;
      case COMMAND.write: {
        const from = le16(body, 2);
        const bytes = data.subarray(from, from + Math.max(0, le32(body, 4)));
        if (from >= HEADER) this.#shares.data(this.#key(body, 16), direction, offset64(body, 8), bytes, tree);
        break;
      }
      case COMMAND.ioctl:
        if (le32(body, 4) === PIPE_TRANSCEIVE) {
          const from = le32(body, 24);
          this.#shares.data(this.#key(body, 8), direction, 0, data.subarray(from, from + le32(body, 28)), tree);
        }
        break;
      default:
    }
  }

  /** The file an id names; all ones: the one that the chain's create opens. */
  #key(body: Uint8Array, at: number): string {
    const key = file(body, at);
    return /^f{32}$/.test(key) && this.#related !== '' ? this.#related : key;
  }

  #answer(direction: Direction, data: Uint8Array): void {
    const command = le16(data, 12);
    const body = data.subarray(HEADER);
    const tree = le32(data, 36);
    const id = file(data.subarray(24, 32), 0);
    const waiting = this.#waiting.get(id);
    // STATUS_PENDING: the answer that counts comes later.
    if (le32(data, 8) === 0x103) return;
    this.#waiting.delete(id);
    const failed = le32(data, 8) >= 0xc000_0000;
    if (command === COMMAND.ioctl) this.#transceived(direction, data, body, tree);
    if (waiting === undefined || waiting.command !== command) return;
    if (command === COMMAND.tree)
      this.#shares.tree(waiting.name, tree, failed ? undefined : u8(body, 2) === SHARE_PIPE);
    else if (command === COMMAND.close) this.#shares.close(waiting.file);
    else if (command === COMMAND.create && !failed) {
      this.#related = file(body, 64);
      this.#shares.open(this.#related, waiting.name, tree);
    } else if (command === COMMAND.read && !failed) {
      const from = u8(body, 2);
      const bytes = data.subarray(from, from + Math.max(0, le32(body, 4)));
      this.#shares.data(waiting.file, direction, waiting.offset, bytes, tree);
    }
  }

  #transceived(direction: Direction, data: Uint8Array, body: Uint8Array, tree: number): void {
    if (le32(body, 4) !== PIPE_TRANSCEIVE) return;
    const from = le32(body, 32);
    const bytes = data.subarray(from, from + Math.max(0, le32(body, 36)));
    if (from >= HEADER) this.#shares.data(file(body, 8), direction, 0, bytes, tree);
  }
}

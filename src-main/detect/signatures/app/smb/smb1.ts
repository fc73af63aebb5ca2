/** SMB 1 (MS-CIFS, MS-SMB): trees, files, pipes. */
import { latin, le16, le32, u8 } from '../bytes.ts';
import type { Direction } from '../types.ts';
import { text, type Shares } from './share.ts';

const HEADER = 32;
const COMMAND = {
  close: 0x04,
  write: 0x0b,
  transaction: 0x25,
  readAndX: 0x2e,
  writeAndX: 0x2f,
  sessionSetup: 0x73,
  tree: 0x75,
  create: 0xa2,
} as const;
const CHAINED: readonly number[] = [
  COMMAND.readAndX,
  COMMAND.writeAndX,
  COMMAND.sessionSetup,
  COMMAND.tree,
  COMMAND.create,
  0x24,
  0x2d,
  0x74,
];
const TRANSACT_PIPE = 0x26;
const WAITING_MAX = 1024;

interface Waiting {
  readonly name: string;
  readonly file: string;
  readonly offset: number;
}

/** One command: its words and bytes. */
interface Block {
  readonly command: number;
  readonly words: Uint8Array;
  readonly bytes: Uint8Array;
  /** Where the bytes start in the message. */
  readonly at: number;
}

/** The commands of a message. */
function blocks(data: Uint8Array): Block[] {
  const found: Block[] = [];
  let command = u8(data, 4);
  let at = HEADER;
  for (let i = 0; i < 8 && at < data.length; i += 1) {
    const words = data.subarray(at + 1, at + 1 + 2 * data[at]!);
    const start = at + 3 + words.length;
    found.push({ command, words, bytes: data.subarray(start, start + Math.max(0, le16(data, start - 2))), at: start });
    const next = le16(words, 2);
    if (!CHAINED.includes(command) || u8(words, 0) === 0xff || words.length < 4 || next <= at) break;
    command = words[0]!;
    at = next;
  }
  return found;
}

export class Smb1 {
  readonly #shares: Shares;
  readonly #waiting = new Map<string, Waiting>();

  constructor(shares: Shares) {
    this.#shares = shares;
  }

  message(direction: Direction, data: Uint8Array): void {
    if (data.length < HEADER) return;
    const answer = (data[9]! & 0x80) !== 0;
    for (const block of blocks(data)) {
      const id = `${String(block.command)}/${String(le16(data, 26))}/${String(le16(data, 30))}`;
      if (answer) this.#answer(direction, data, block, id);
      else this.#request(direction, data, block, id);
    }
  }

  #wait(id: string, waiting: Waiting): void {
    if (this.#waiting.size >= WAITING_MAX) this.#waiting.delete(this.#waiting.keys().next().value!);
    this.#waiting.set(id, waiting);
  }

  #request(direction: Direction, data: Uint8Array, block: Block, id: string): void {
    const { words, bytes } = block;
    const tree = le16(data, 24);
    const unicode = (le16(data, 10) & 0x8000) !== 0;
    switch (block.command) {
      case COMMAND.sessionSetup:
        this.#shares.signIn(bytes);
        break;
      case COMMAND.tree:
        this.#wait(id, { name: treePath(block, unicode), file: '', offset: 0 });
        break;
      case COMMAND.create: {
        const pad = unicode && block.at % 2 === 1 ? 1 : 0;
        this.#wait(id, { name: text(bytes, pad, pad + le16(words, 5), unicode), file: '', offset: 0 });
        break;
      }
      case COMMAND.close:
        this.#shares.close(String(le16(words, 0)));
        break;
      case COMMAND.readAndX:
        this.#wait(id, { name: '', file: String(le16(words, 4)), offset: Math.max(0, le32(words, 6)) });
        break;
      default:
        this.#written(direction, data, block, id, tree);
    }
  }

  #written(direction: Direction, data: Uint8Array, { command, words, bytes }: Block, id: string, tree: number): void {
    if (command === COMMAND.writeAndX) {
      const from = le16(words, 22);
      const piece = data.subarray(from, from + Math.max(0, le16(words, 20)) + 65_536 * Math.max(0, le16(words, 18)));
      if (from >= HEADER)
        this.#shares.data(String(le16(words, 4)), direction, Math.max(0, le32(words, 6)), piece, tree);
    } else if (command === COMMAND.write) {
      this.#shares.data(String(le16(words, 0)), direction, Math.max(0, le32(words, 4)), bytes.subarray(3), tree);
    } else if (command === COMMAND.transaction && le16(words, 28) === TRANSACT_PIPE) {
      const from = le16(words, 24);
      const file = String(le16(words, 30));
      this.#wait(id, { name: '', file, offset: 0 });
      if (from >= HEADER) this.#shares.data(file, direction, 0, data.subarray(from, from + le16(words, 22)), tree);
    }
  }

  #answer(direction: Direction, data: Uint8Array, block: Block, id: string): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    const { words, bytes } = block;
    const tree = le16(data, 24);
    const failed = le32(data, 5) >= 0xc000_0000;
    if (block.command === COMMAND.tree) {
      this.#shares.tree(waiting.name, tree, failed || bytes.length < 3 ? undefined : latin(bytes, 0, 3) === 'IPC');
    } else if (block.command === COMMAND.create && !failed) {
      this.#shares.open(String(le16(words, 5)), waiting.name, tree);
    } else if (block.command === COMMAND.readAndX && !failed) {
      const from = le16(words, 12);
      const piece = data.subarray(from, from + Math.max(0, le16(words, 10)));
      if (from >= HEADER) this.#shares.data(waiting.file, direction, waiting.offset, piece, tree);
    } else if (block.command === COMMAND.transaction) {
      const from = le16(words, 14);
      if (from >= HEADER)
        this.#shares.data(waiting.file, direction, 0, data.subarray(from, from + Math.max(0, le16(words, 12))), tree);
    }
  }
}

/** The path behind the password; of two-byte letters it stands at an even place of the message. */
function treePath({ words, bytes, at }: Block, unicode: boolean): string {
  let from = Math.max(0, le16(words, 6));
  if (unicode) from += (at + from) % 2;
  const rest = Buffer.from(bytes.subarray(from));
  let end = rest.indexOf(unicode ? '\0\0' : '\0');
  if (end >= 0 && unicode && end % 2 === 1) end += 1;
  return text(rest, 0, end < 0 ? rest.length : end, unicode);
}

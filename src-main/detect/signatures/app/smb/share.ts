/** What SMB1 and SMB2 have in common for rules: trees, files put together, named pipes with DCE/RPC in them, users. */
import { Collector, latin, le16, le32 } from '../bytes.ts';
import { Connection, fragmentLength, FragmentStream } from '../dcerpc/connection.ts';
import { LIMITS } from '../limits.ts';
import type { AppContext } from '../protocol.ts';
import { Side } from '../side.ts';
import type { Direction } from '../types.ts';

const FILES_MAX = 128;
const TREES_MAX = 256;

/** Content of one direction of a file. */
interface Content {
  readonly data: Collector;
  next: number;
}

interface OpenFile {
  readonly name: string;
  readonly contents: [Content | null, Content | null];
  pipe: FragmentStream | null;
}

export class Shares {
  readonly #context: AppContext;
  readonly #files = new Map<string, OpenFile>();
  readonly #pipes = new Set<number>();
  #count = 0;
  /** Numbers of calls that wait for their answers. */
  readonly #calls = new Map<string, number>();

  constructor(context: AppContext) {
    this.#context = context;
  }

  /** A transaction of its own. */
  tell(direction: Direction, fill: (side: Side) => void, id = this.#next()): void {
    const side = new Side('smb', direction, id);
    fill(side);
    if (!side.empty) this.#context.transaction(side.done());
  }

  #next(): number {
    const id = this.#count;
    this.#count += 1;
    return id;
  }

  /** A tree was connected; `pipe`: what the server says of it, undefined where it said nothing. */
  tree(path: string, id: number, pipe: boolean | undefined): void {
    const isPipe = pipe ?? /ipc\$$/i.test(path);
    if (isPipe && this.#pipes.size < TREES_MAX) this.#pipes.add(id);
    else this.#pipes.delete(id);
    const name = path.length > 1 ? path.slice(1) : path;
    const number = this.#next();
    this.tell(0, (side) => side.add(isPipe ? 'smb.named_pipe' : 'smb.share', name), number);
    // The answer makes it a share: both sides have its name.
    if (!isPipe) this.tell(1, (side) => side.add('smb.share', name), number);
  }

  isPipe(tree: number): boolean {
    return this.#pipes.has(tree);
  }

  open(key: string, name: string, tree: number): void {
    if (this.#files.size >= FILES_MAX) this.close(this.#files.keys().next().value!);
    const file = this.#file(key, name);
    if (this.isPipe(tree)) file.pipe = this.#pipe(key);
  }

  #file(key: string, name: string): OpenFile {
    const file: OpenFile = { name, contents: [null, null], pipe: null };
    this.#files.set(key, file);
    return file;
  }

  #pipe(key: string): FragmentStream {
    const connection = new Connection((direction, fill, call) => {
      const name = `${key}/${String(call)}`;
      if (this.#calls.size > 1024) this.#calls.clear();
      const id = direction === 1 ? (this.#calls.get(name) ?? this.#next()) : this.#next();
      if (direction === 0) this.#calls.set(name, id);
      this.tell(direction, fill, id);
    });
    return new FragmentStream(connection);
  }

  /** Bytes written to (0) or read from (1) a file or a pipe. */
  data(key: string, direction: Direction, offset: number, bytes: Uint8Array, tree: number): void {
    const file = this.#files.get(key) ?? this.#file(key, '');
    const fresh = file.contents[0] === null && file.contents[1] === null;
    // Of connections picked up later the tree is not known: what starts with a fragment is a pipe.
    if (file.pipe === null && fresh && (this.isPipe(tree) || fragmentLength(bytes, 0) > 0)) file.pipe = this.#pipe(key);
    if (file.pipe !== null) {
      file.pipe.push(direction, bytes);
      return;
    }
    const content = (file.contents[direction] ??= { data: new Collector(LIMITS.body), next: offset });
    if (offset < content.next) {
      // The event is of the request and of its answer.
      for (const side of [0, 1] as const) this.#context.event('smb.file_overlap', side);
      if (offset + bytes.length <= content.next) return;
    }
    content.data.add(bytes.subarray(Math.max(0, content.next - offset)));
    content.next = offset + bytes.length;
  }

  close(key: string): void {
    const file = this.#files.get(key);
    this.#files.delete(key);
    if (file === undefined) return;
    for (const direction of [0, 1] as const) this.#whole(file, direction);
  }

  #whole(file: OpenFile, direction: Direction): void {
    const content = file.contents[direction];
    if (content === null) return;
    this.tell(direction, (side) => {
      side.add('file_data', content.data.bytes()).number('filesize', content.data.total);
      if (file.name !== '') side.add('file.name', file.name);
    });
  }

  closeAll(): void {
    for (const key of [...this.#files.keys()]) this.close(key);
  }

  /** Who signs in (MS-NLMP 2.2.1.3), if the bytes say so. */
  signIn(bytes: Uint8Array): void {
    const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const at = data.indexOf('NTLMSSP\0');
    if (at < 0 || le32(data, at + 8) !== 3) return;
    const unicode = (le32(data, at + 60) & 1) !== 0;
    const field = (place: number): string => {
      const from = at + le32(data, at + place + 4);
      return text(data, from, from + Math.max(0, le16(data, at + place)), unicode);
    };
    const [domain, user] = [field(28), field(36)];
    this.tell(0, (side) => side.add('smb.ntlmssp_domain', domain).add('smb.ntlmssp_user', user));
  }
}

/** Letters of one or two bytes; of two, the low ones where the high are zero. */
export function text(data: Uint8Array, from: number, to: number, unicode: boolean): string {
  if (from < 0 || from > data.length || to < from) return '';
  if (!unicode) return latin(data, from, to);
  return Buffer.from(data.buffer, data.byteOffset + from, Math.min(to, data.length) - from)
    .toString('utf16le')
    .replace(/\0+$/, '');
}

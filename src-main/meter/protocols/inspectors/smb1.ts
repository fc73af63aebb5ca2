/** SMB 1 and CIFS ([MS-CIFS], [MS-SMB]). */
import { latin1, text, u16le, u32le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { AskedPaths, PATH_LETTERS, pathText, type SmbState } from './smb-state.ts';

const HEADER = 32;
const DIALECTS_MAX = 32;
/** What the dialects that are offered may take. */
const DIALECTS_BYTES = 2048;
const CREATE = 0x2d;
const CLOSE = 0x04;
const WRITE = 0x2f;
const TRANSACTION = 0x25;
const NEGOTIATE = 0x72;
const SESSION_SETUP = 0x73;
const TREE_DISCONNECT = 0x71;
const TREE_CONNECT = 0x75;
const NT_CREATE = 0xa2;
/** Those behind which another one may follow in the same message; a message with more of them is no ordinary one. */
const CHAINING: ReadonlySet<number> = new Set([
  0x24,
  CREATE,
  0x2e,
  WRITE,
  SESSION_SETUP,
  0x74,
  TREE_CONNECT,
  NT_CREATE,
]);
const CHAIN_MAX = 16;
const NOTHING_FOLLOWS = 0xff;

/** The parts of a message: its parameter words and its bytes. */
interface Parts {
  command: number;
  words: number;
  wordCount: number;
  bytes: number;
  end: number;
  unicode: boolean;
}

export class Smb1Reader {
  private readonly state: SmbState;
  private offered: string[] = [];
  private readonly asked: AskedPaths;
  /** Of the message at hand: the number of its share, and the path of one that is connected in it. */
  private tree = '';
  private connecting = '';

  constructor(state: SmbState) {
    this.state = state;
    this.asked = new AskedPaths(state);
  }

  message(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    flow.name('smb', 'NetBIOS.SMBv1');
    if (end - at < HEADER + 3) return;
    const unicode = (u16le(data, at + 10) & 0x8000) !== 0;
    // Which process asked is part of the number.
    const id = u16le(data, at + 30) * 0x10000 + u16le(data, at + 26);
    this.tree = latin1(data, at + 24, at + 26);
    this.connecting = '';
    let command = data[at + 4]!;
    let words = at + HEADER + 1;
    for (let i = 0; i < CHAIN_MAX && words < end; i++) {
      const wordCount = data[words - 1]!;
      const bytes = words + wordCount * 2 + 2;
      if (bytes > end) {
        flow.weird('smb-length-lie', `${wordCount} words`);
        return;
      }
      const parts: Parts = { command, words, wordCount, bytes, end, unicode };
      if (data[at + 9]! & 0x80) this.response(flow, data, parts, id, u32le(data, at + 5));
      else this.request(flow, data, at, parts, id);
      if (wordCount < 2 || !CHAINING.has(command) || data[words] === NOTHING_FOLLOWS) return;
      const following = at + u16le(data, words + 2) + 1;
      if (following <= words) return;
      command = data[words]!;
      words = following;
    }
  }

  /** At the end of the flow: paths that were never answered. */
  flush(flow: FlowContext): void {
    this.asked.flush(flow);
  }

  private request(flow: FlowContext, data: Uint8Array, at: number, parts: Parts, id: number): void {
    switch (parts.command) {
      case NEGOTIATE:
        this.dialects(flow, data, parts);
        return;
      case SESSION_SETUP:
        this.setup(flow, data, at, parts);
        return;
      case TREE_CONNECT:
        this.treeConnect(flow, data, at, parts, id);
        return;
      case NT_CREATE:
      case CREATE:
        this.path(flow, id, 'create', this.string(data, at, parts.bytes, parts));
        return;
      case CLOSE:
        if (parts.wordCount >= 1) this.state.closed(flow, u16le(data, parts.words));
        return;
      case TRANSACTION:
        if (parts.wordCount >= 16)
          this.state.pipe(flow, u16le(data, parts.words + 30), data, at + u16le(data, parts.words + 24), parts.end);
        return;
      case WRITE:
        if (parts.wordCount >= 12)
          this.state.pipe(flow, u16le(data, parts.words + 4), data, at + u16le(data, parts.words + 22), parts.end);
        return;
    }
  }

  private response(flow: FlowContext, data: Uint8Array, parts: Parts, id: number, status: number): void {
    switch (parts.command) {
      case NEGOTIATE:
        if (parts.wordCount > 0) this.negotiated(flow, data, parts, status);
        return;
      case SESSION_SETUP:
        if (parts.wordCount >= 4) {
          this.state.request(flow, data, parts.bytes, Math.min(parts.end, parts.bytes + u16le(data, parts.words + 6)));
        }
        this.state.outcome(flow, status);
        return;
      case TREE_CONNECT: {
        const asked = this.asked.answered(flow, id, 'tree-connect', status);
        if (asked && status === 0) this.state.connected(flow, this.tree, asked.path);
        return;
      }
      case TREE_DISCONNECT:
        if (status === 0) this.state.disconnected(flow, this.tree);
        return;
      case CREATE:
        this.asked.answered(flow, id, 'create', status);
        return;
      case NT_CREATE: {
        const asked = this.asked.answered(flow, id, 'create', status);
        if (asked && status === 0 && parts.wordCount >= 4)
          this.state.opened(flow, u16le(data, parts.words + 5), asked.path);
        return;
      }
    }
  }

  private dialects(flow: FlowContext, data: Uint8Array, parts: Parts): void {
    if (this.offered.length === 0 && !flow.keep(DIALECTS_BYTES)) return;
    this.offered = latin1(data, parts.bytes, parts.end, 1024)
      .split('\x02')
      .slice(1, DIALECTS_MAX)
      .map((name) => (name.split('\0')[0] ?? '').slice(0, 64));
  }

  private negotiated(flow: FlowContext, data: Uint8Array, parts: Parts, status: number): void {
    this.state.dialect = this.offered[u16le(data, parts.words)] ?? 'NT LM 0.12';
    flow.fact('smb.dialect', this.state.dialect);
    if (this.offered.length > 0) flow.drop(DIALECTS_BYTES);
    this.offered = [];
    this.state.emit(flow, 'negotiate', status);
  }

  /** Session setup: 12 words with a security token, 13 with the older responses and the account in the clear. */
  private setup(flow: FlowContext, data: Uint8Array, at: number, parts: Parts): void {
    if (parts.wordCount === 12) {
      const length = u16le(data, parts.words + 14);
      this.state.request(flow, data, parts.bytes, Math.min(parts.end, parts.bytes + length));
    } else if (parts.wordCount === 13) {
      const responses = u16le(data, parts.words + 14) + u16le(data, parts.words + 16);
      this.state.attempt(flow, this.string(data, at, parts.bytes + responses, parts));
    }
  }

  private treeConnect(flow: FlowContext, data: Uint8Array, at: number, parts: Parts, id: number): void {
    if (parts.wordCount < 4) return;
    this.path(flow, id, 'tree-connect', this.string(data, at, parts.bytes + u16le(data, parts.words + 6), parts));
  }

  private path(flow: FlowContext, id: number, command: 'tree-connect' | 'create', path: string): void {
    const { tree, connecting: share } = this;
    this.asked.add(flow, id, { command, path, tree, share: command === 'create' ? share : '' });
    if (command === 'tree-connect') this.connecting = path;
  }

  /** A string of the message's kind, up to its zero; Unicode ones stand at even places from the header. */
  private string(data: Uint8Array, at: number, from: number, parts: Parts): string {
    const start = parts.unicode ? from + ((from - at) & 1) : from;
    const size = parts.unicode ? 2 : 1;
    let stop = start;
    while (stop + size <= parts.end && (data[stop] !== 0 || (parts.unicode && data[stop + 1] !== 0))) stop += size;
    if (parts.unicode) return pathText(data, start, stop);
    return text(data, Math.max(start, stop - PATH_LETTERS), stop, PATH_LETTERS);
  }
}

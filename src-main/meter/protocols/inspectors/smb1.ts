/** SMB 1 and CIFS ([MS-CIFS], [MS-SMB]). */
import { latin1, text, u16le, u32le, utf16le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { AskedPaths, type SmbState } from './smb-state.ts';

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
const TREE_CONNECT = 0x75;
const NT_CREATE = 0xa2;

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
  private readonly asked = new AskedPaths();

  constructor(state: SmbState) {
    this.state = state;
  }

  message(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    flow.name('smb', 'NetBIOS.SMBv1');
    if (end - at < HEADER + 3) return;
    const words = at + HEADER + 1;
    const wordCount = data[at + HEADER]!;
    const bytes = words + wordCount * 2 + 2;
    if (bytes > end) {
      flow.weird('smb-length-lie', `${wordCount} words`);
      return;
    }
    const unicode = (u16le(data, at + 10) & 0x8000) !== 0;
    const parts: Parts = { command: data[at + 4]!, words, wordCount, bytes, end, unicode };
    const id = u16le(data, at + 30);
    if (data[at + 9]! & 0x80) this.response(flow, data, parts, id, u32le(data, at + 5));
    else this.request(flow, data, at, parts, id);
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
        this.asked.add(flow, id, 'create', this.string(data, at, parts.bytes, parts));
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
      case TREE_CONNECT:
      case CREATE:
        this.answered(flow, id, status);
        return;
      case NT_CREATE: {
        const path = this.answered(flow, id, status);
        if (path !== '' && status === 0 && parts.wordCount >= 4)
          this.state.opened(flow, u16le(data, parts.words + 5), path);
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
    this.state.emit(flow, 'negotiate', status, '');
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
    this.asked.add(flow, id, 'tree-connect', this.string(data, at, parts.bytes + u16le(data, parts.words + 6), parts));
  }

  /** A string of the message's kind; Unicode ones stand at even places from the header. */
  private string(data: Uint8Array, at: number, from: number, parts: Parts): string {
    const start = parts.unicode ? from + ((from - at) & 1) : from;
    const stop = Math.min(parts.end, start + 512);
    if (start >= stop) return '';
    const shown = parts.unicode ? utf16le(data, start, stop, 256) : text(data, start, stop, 256);
    // `text` has made the final zero a question mark.
    const zero = shown.indexOf('?');
    return zero < 0 ? shown : shown.slice(0, zero);
  }

  /** Returns the path that was asked for, '' when the request was not seen. */
  private answered(flow: FlowContext, id: number, status: number): string {
    const asked = this.asked.take(flow, id);
    if (!asked) return '';
    this.state.emit(flow, asked.command, status, asked.path);
    return asked.path;
  }
}

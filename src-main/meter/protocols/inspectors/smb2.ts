/** SMB 2 and 3 ([MS-SMB2]). */
import { latin1, u16le, u32le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { AskedPaths, pathText, type SmbState } from './smb-state.ts';

export const HEADER = 64;
const STATUS_PENDING = 0x103;

const NEGOTIATE = 0;
const SESSION_SETUP = 1;
const LOGOFF = 2;
const TREE_CONNECT = 3;
const TREE_DISCONNECT = 4;
const CREATE = 5;
const CLOSE = 6;
const WRITE = 9;
const IOCTL = 11;
const SET_INFO = 17;
/** Information about a file that is set: its name, and that it shall go ([MS-FSCC] 2.4). */
const FILE_INFO = 1;
const RENAME = 10;
const DISPOSITION = 13;
const PIPE_TRANSCEIVE = 0x0011c017;

/** The answer to the old version's negotiation, where a second one follows. */
const ANY_SMB2 = 0x02ff;
const DIALECTS: ReadonlyMap<number, string> = new Map([
  [0x0202, '2.0.2'],
  [0x0210, '2.1'],
  [ANY_SMB2, '2.?'],
  [0x0300, '3.0'],
  [0x0302, '3.0.2'],
  [0x0311, '3.1.1'],
]);

/** Bytes of a message that are read: headers and security tokens fit; file data is passed over. Names may stand far behind. */
const SHOWN = 6 * 1024;
const SHOWN_NAMES = 16 * 1024;
/** `Flags` of a message. */
const RESPONSE = 1;
const RELATED = 4;

/** Where a share's number and the session's stand, by which requests name a share. */
const TREE = 36;
const TREE_BYTES = 12;

export class Smb2Reader {
  private readonly state: SmbState;
  private readonly asked: AskedPaths;
  /** Share of the request before, which one that is chained to it and related goes to as well; or its path. */
  private readonly tree = new Uint8Array(TREE_BYTES);
  private connecting = '';

  constructor(state: SmbState) {
    this.state = state;
    this.asked = new AskedPaths(state);
  }

  /** How many of a message's `length` bytes are to be shown at once; its header is there. */
  static shown(data: Uint8Array, at: number, length: number): number {
    const command = u16le(data, at + 12);
    return Math.min(length, command === CREATE || command === TREE_CONNECT ? SHOWN_NAMES : SHOWN);
  }

  /** One message, of a chain or alone: bytes [at, end), of `length` on the wire; a whole header at least. */
  message(flow: FlowContext, data: Uint8Array, at: number, end: number, length: number): void {
    flow.name('smb', 'NetBIOS.SMBv23');
    if (data[at + 16]! & RESPONSE) return this.response(flow, data, at, end);
    if (!(u32le(data, at + 16) & RELATED)) {
      for (let i = 0; i < TREE_BYTES; i++) this.tree[i] = data[at + TREE + i]!;
      this.connecting = '';
    }
    this.request(flow, data, at, end, at + length);
  }

  /** At the end of the flow: paths that were never answered. */
  flush(flow: FlowContext): void {
    this.asked.flush(flow);
  }

  /** `stop`: where the message ends, of which [at, end) is shown. */
  private request(flow: FlowContext, data: Uint8Array, at: number, end: number, stop: number): void {
    const body = at + HEADER;
    switch (u16le(data, at + 12)) {
      case SESSION_SETUP:
        if (body + 24 <= end) this.token(flow, data, at, u16le(data, body + 12), u16le(data, body + 14), end);
        return;
      case TREE_CONNECT:
        if (body + 8 <= end) this.path(flow, 'tree-connect', data, at, body + 4, end, stop);
        return;
      case CREATE:
        if (body + 56 <= end) this.path(flow, 'create', data, at, body + 44, end, stop);
        return;
      case WRITE:
        if (body + 32 <= end)
          this.state.pipe(flow, u32le(data, body + 16), data, at + u16le(data, body + 2), end, stop);
        return;
      case CLOSE:
        if (body + 24 <= end) this.state.closed(flow, u32le(data, body + 8));
        return;
      case SET_INFO:
        if (body + 32 <= end && data[body + 2] === FILE_INFO) this.setInfo(flow, data, at, body, end);
        return;
      case IOCTL:
        if (body + 56 <= end && u32le(data, body + 4) === PIPE_TRANSCEIVE) {
          this.state.pipe(flow, u32le(data, body + 8), data, at + u32le(data, body + 24), end, stop);
        }
        return;
    }
  }

  /** A file gets another name, or is to be deleted. */
  private setInfo(flow: FlowContext, data: Uint8Array, at: number, body: number, end: number): void {
    const from = at + u16le(data, body + 8);
    const file = this.state.fileName(u32le(data, body + 16));
    if (data[body + 3] === DISPOSITION && from < end && data[from] === 1) {
      if (file !== '') this.state.emit(flow, 'delete', -1, file, this.share);
    } else if (data[body + 3] === RENAME && from + 20 <= end) {
      const stop = from + 20 + u32le(data, from + 16);
      const name = stop <= end ? pathText(data, from + 20, stop) : '';
      if (name !== '') this.state.emit(flow, 'rename', -1, name, this.share);
    }
  }

  private response(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    const body = at + HEADER;
    const status = u32le(data, at + 8);
    if (status === STATUS_PENDING) return;
    switch (u16le(data, at + 12)) {
      case NEGOTIATE:
        if (body + 64 <= end) this.negotiated(flow, data, at, body, end, status);
        return;
      case SESSION_SETUP:
        if (body + 8 <= end) this.token(flow, data, at, u16le(data, body + 4), u16le(data, body + 6), end);
        this.state.outcome(flow, status);
        return;
      case LOGOFF:
        this.state.emit(flow, 'logoff', status);
        return;
      case TREE_CONNECT: {
        const asked = this.asked.answered(flow, u32le(data, at + 24), 'tree-connect', status);
        if (asked && status === 0) this.state.connected(flow, keyOf(data, at + TREE), asked.path);
        return;
      }
      case TREE_DISCONNECT:
        if (status === 0) this.state.disconnected(flow, keyOf(data, at + TREE));
        return;
      case CREATE: {
        const asked = this.asked.answered(flow, u32le(data, at + 24), 'create', status);
        if (asked && status === 0 && body + 80 <= end) this.state.opened(flow, u32le(data, body + 64), asked.path);
        return;
      }
    }
  }

  private negotiated(flow: FlowContext, data: Uint8Array, at: number, body: number, end: number, status: number): void {
    const dialect = u16le(data, body + 4);
    this.state.dialect = DIALECTS.get(dialect) ?? `0x${dialect.toString(16)}`;
    // A second negotiation says which one it is.
    if (dialect !== ANY_SMB2) flow.fact('smb.dialect', this.state.dialect);
    this.token(flow, data, at, u16le(data, body + 56), u16le(data, body + 58), end);
    this.state.emit(flow, 'negotiate', status);
  }

  private token(flow: FlowContext, data: Uint8Array, at: number, offset: number, length: number, end: number): void {
    if (length === 0 || offset < HEADER || at + offset >= end) return;
    this.state.request(flow, data, at + offset, Math.min(end, at + offset + length));
  }

  /** The path whose place and length stand at `field`. */
  private path(
    flow: FlowContext,
    command: 'tree-connect' | 'create',
    data: Uint8Array,
    at: number,
    field: number,
    end: number,
    stop: number,
  ): void {
    const from = at + u16le(data, field);
    const to = from + u16le(data, field + 2);
    if (to > end) {
      if (to <= stop) flow.giveUp();
      return;
    }
    const path = pathText(data, from, to);
    const share = command === 'create' ? this.connecting : '';
    this.asked.add(flow, u32le(data, at + 24), { command, path, tree: keyOf(this.tree, 0), share });
    if (command === 'tree-connect') this.connecting = path;
  }

  private get share(): string {
    return this.connecting === '' ? this.state.share(keyOf(this.tree, 0)) : this.connecting;
  }
}

/** What requests name a share by: its number, and the session's. */
function keyOf(data: Uint8Array, at: number): string {
  return latin1(data, at, at + TREE_BYTES);
}

/** SMB 2 and 3 ([MS-SMB2]). */
import { u16le, u32le, utf16le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { AskedPaths, type SmbState } from './smb-state.ts';

const HEADER = 64;
const COMPOUND_MAX = 32;
const STATUS_PENDING = 0x103;

const NEGOTIATE = 0;
const SESSION_SETUP = 1;
const LOGOFF = 2;
const TREE_CONNECT = 3;
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

export class Smb2Reader {
  private readonly state: SmbState;
  private readonly asked = new AskedPaths();

  constructor(state: SmbState) {
    this.state = state;
  }

  /** The message [at, end), of `length` bytes on the wire; several may be chained. */
  message(flow: FlowContext, data: Uint8Array, at: number, end: number, length: number): void {
    flow.name('smb', 'NetBIOS.SMBv23');
    let next = at;
    for (let i = 0; i < COMPOUND_MAX; i++) {
      if (end - next < HEADER || u16le(data, next + 4) !== HEADER) return;
      const following = u32le(data, next + 20);
      const stop = following > 0 ? Math.min(end, next + following) : end;
      const response = (data[next + 16]! & 1) !== 0;
      if (response) this.response(flow, data, next, stop);
      else this.request(flow, data, next, stop);
      if (following < HEADER) return;
      if (next + following > at + length) {
        flow.weird('smb-length-lie', `chained message at ${following}`);
        return;
      }
      next += following;
    }
  }

  /** At the end of the flow: paths that were never answered. */
  flush(flow: FlowContext): void {
    for (const { command, path } of this.asked.rest(flow)) this.state.emit(flow, command, -1, path);
  }

  private request(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    const body = at + HEADER;
    switch (u16le(data, at + 12)) {
      case SESSION_SETUP:
        if (body + 24 <= end) this.token(flow, data, at, u16le(data, body + 12), u16le(data, body + 14), end);
        return;
      case TREE_CONNECT:
        if (body + 8 <= end)
          this.path(flow, 'tree-connect', data, at, u16le(data, body + 4), u16le(data, body + 6), end);
        return;
      case CREATE:
        if (body + 56 <= end) this.path(flow, 'create', data, at, u16le(data, body + 44), u16le(data, body + 46), end);
        return;
      case WRITE:
        if (body + 32 <= end) this.state.pipe(flow, u32le(data, body + 16), data, at + u16le(data, body + 2), end);
        return;
      case CLOSE:
        if (body + 24 <= end) this.state.closed(flow, u32le(data, body + 8));
        return;
      case SET_INFO:
        if (body + 32 <= end && data[body + 2] === FILE_INFO) this.setInfo(flow, data, at, body, end);
        return;
      case IOCTL:
        if (body + 56 <= end && u32le(data, body + 4) === PIPE_TRANSCEIVE) {
          this.state.pipe(flow, u32le(data, body + 8), data, at + u32le(data, body + 24), end);
        }
        return;
    }
  }

  /** A file gets another name, or is to be deleted. */
  private setInfo(flow: FlowContext, data: Uint8Array, at: number, body: number, end: number): void {
    const from = at + u16le(data, body + 8);
    const file = this.state.fileName(u32le(data, body + 16));
    if (data[body + 3] === DISPOSITION && from < end && data[from] === 1) {
      if (file !== '') this.state.emit(flow, 'delete', -1, file);
    } else if (data[body + 3] === RENAME && from + 20 <= end) {
      const stop = from + 20 + u32le(data, from + 16);
      const name = stop <= end ? utf16le(data, from + 20, stop, 256) : '';
      if (name !== '') this.state.emit(flow, 'rename', -1, name);
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
        this.state.emit(flow, 'logoff', status, '');
        return;
      case TREE_CONNECT:
        this.answered(flow, u32le(data, at + 24), status);
        return;
      case CREATE: {
        const path = this.answered(flow, u32le(data, at + 24), status);
        if (path !== '' && status === 0 && body + 80 <= end) this.state.opened(flow, u32le(data, body + 64), path);
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
    this.state.emit(flow, 'negotiate', status, '');
  }

  private token(flow: FlowContext, data: Uint8Array, at: number, offset: number, length: number, end: number): void {
    if (length === 0 || offset < HEADER || at + offset >= end) return;
    this.state.request(flow, data, at + offset, Math.min(end, at + offset + length));
  }

  private path(
    flow: FlowContext,
    command: string,
    data: Uint8Array,
    at: number,
    offset: number,
    length: number,
    end: number,
  ): void {
    const from = at + offset;
    if (from + length > end || this.asked.full) return;
    const path = length === 0 ? '' : utf16le(data, from, from + length, 256);
    this.asked.add(flow, u32le(data, at + 24), command, path);
  }

  /** Returns the path that was asked for, '' when the request was not seen. */
  private answered(flow: FlowContext, id: number, status: number): string {
    const asked = this.asked.take(flow, id);
    if (!asked) return '';
    this.state.emit(flow, asked.command, status, asked.path);
    return asked.path;
  }
}

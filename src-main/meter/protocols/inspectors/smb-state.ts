/** What one SMB connection has said so far, shared by the readers of the versions. */
import type { FlowContext } from '../context.ts';
import type { SmbMessage } from '../types.ts';
import { readSecurity } from './gssapi.ts';
import { DcerpcReader } from './dcerpc.ts';

const FINAL_FAILURES = 0xc0000000;
/** Paths waited for a direction of one version. */
const PENDING_MAX = 64;
const MORE_PROCESSING = 0xc0000016;
const FILES_MAX = 256;
/** What an open file and a pipe's reader take beside their texts, and what a character of a name takes. */
const FILE_BYTES = 96;
const PIPE_BYTES = 512;
const CHARACTER_BYTES = 2;

/** What a path that is waited for, or by which a file is known, takes. */
export function pathBytes(path: string): number {
  return FILE_BYTES + path.length * CHARACTER_BYTES;
}

interface Asked {
  command: string;
  path: string;
}

/** Paths that were asked for and not answered yet, by message. */
export class AskedPaths {
  private readonly byMessage = new Map<number, Asked>();

  get full(): boolean {
    return this.byMessage.size >= PENDING_MAX;
  }

  add(flow: FlowContext, message: number, command: string, path: string): void {
    if (path === '') return;
    // Numbers of messages recur: the latest request is the one that is answered.
    this.take(flow, message);
    if (this.full || !flow.keep(pathBytes(path))) return;
    this.byMessage.set(message, { command, path });
  }

  /** The answer came: what it answers, once. */
  take(flow: FlowContext, message: number): Asked | undefined {
    const asked = this.byMessage.get(message);
    if (!asked) return undefined;
    this.byMessage.delete(message);
    flow.drop(pathBytes(asked.path));
    return asked;
  }

  /** All that were not answered; they are forgotten. */
  *rest(flow: FlowContext): Iterable<Asked> {
    for (const message of [...this.byMessage.keys()]) yield this.take(flow, message)!;
  }
}

export class SmbState {
  dialect = '';
  user = '';
  lost = false;
  misses = 0;
  private attempted = false;
  private anonymous = false;
  private readonly files = new Map<number, string>();
  private readonly pipes = new Map<number, DcerpcReader>();

  emit(flow: FlowContext, command: string, status: number, path: string): void {
    const message: SmbMessage = { ...flow.head(), kind: 'smb', dialect: this.dialect, command, status, path };
    flow.emit(message);
    if (path !== '') flow.also(`smb.${command}`, path);
  }

  /** The token of a session setup request: an attempt to log in once it names the user. */
  request(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    const token = readSecurity(flow, data, at, end);
    if (token.ntlm === 3 || token.kerberos) this.attempt(flow, token.user, token.ntlm === 3);
  }

  /** `named`: the request has a place for the name, so that an empty one is anonymous. */
  attempt(flow: FlowContext, user: string, named = true): void {
    this.user = user;
    this.anonymous = named && user === '' && !flow.partial;
    this.attempted = true;
    this.login(flow, 'attempt', 0);
  }

  /** The answer to a session setup. */
  outcome(flow: FlowContext, status: number): void {
    this.emit(flow, 'session-setup', status, '');
    if (status === MORE_PROCESSING || (status !== 0 && status < FINAL_FAILURES)) return;
    if (!this.attempted && status === 0) return;
    this.attempted = false;
    this.login(flow, status === 0 ? 'succeeded' : 'failed', status);
  }

  private login(flow: FlowContext, outcome: 'attempt' | 'failed' | 'succeeded', code: number): void {
    const unnamed = this.anonymous ? 'anonymous' : 'account not seen';
    if (outcome !== 'attempt') flow.also(`smb.login.${outcome}`, this.user === '' ? unnamed : this.user);
    flow.emit({ ...flow.head(), kind: 'login', protocol: 'smb', outcome, user: this.user, cleartext: false, code });
  }

  /** A file or pipe was opened: what is written to it may be remote procedure calls. */
  opened(flow: FlowContext, file: number, path: string): void {
    if (this.files.has(file)) this.closed(flow, file);
    if (this.files.size < FILES_MAX && flow.keep(pathBytes(path))) this.files.set(file, path);
  }

  /** The path a file was opened by, '' when that was not seen. */
  fileName(file: number): string {
    return this.files.get(file) ?? '';
  }

  closed(flow: FlowContext, file: number): void {
    const path = this.files.get(file);
    if (path !== undefined) {
      this.files.delete(file);
      flow.drop(pathBytes(path));
    }
    const reader = this.pipes.get(file);
    if (!reader) return;
    this.pipes.delete(file);
    reader.forget(flow);
    flow.drop(PIPE_BYTES);
  }

  /** Bytes written to a file or pipe: names the flow when remote procedure calls begin there, and reads them. */
  pipe(flow: FlowContext, file: number, data: Uint8Array, at: number, end: number): void {
    if (at + 16 > end || data[at] !== 5 || data[at + 1]! > 1) return;
    let reader = this.pipes.get(file);
    if (!reader) {
      if (this.pipes.size >= FILES_MAX || !flow.keep(PIPE_BYTES)) return;
      reader = new DcerpcReader(this.files.get(file) ?? 'pipe');
      this.pipes.set(file, reader);
    }
    let next = at;
    for (let i = 0; i < 16 && next < end; i++) {
      const length = reader.pdu(flow, data, next, end);
      if (length <= 0) return;
      flow.name('dce_rpc');
      next += length;
    }
  }
}

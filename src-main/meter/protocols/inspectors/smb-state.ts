/** What one SMB connection has said so far, shared by the readers of the versions. */
import { utf16le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import type { SmbMessage } from '../types.ts';
import { readSecurity } from './gssapi.ts';
import { DcerpcReader } from './dcerpc.ts';

const FINAL_FAILURES = 0xc0000000;
/** Paths waited for a direction of one version: of shares, and of files. */
const PENDING_MAX = 64;
const MORE_PROCESSING = 0xc0000016;
const FILES_MAX = 256;
const TREES_MAX = 256;
const RPC_HEADER = 16;
/** Shares that are not shown to everybody, as those for administrators; not the one for pipes. */
const HIDDEN_SHARE = /(?<!\\ipc)\$$/i;
/** What an open file and a pipe's reader take beside their texts, and what a character of a name takes. */
const FILE_BYTES = 96;
const PIPE_BYTES = 512;
const CHARACTER_BYTES = 2;
/** Letters kept of a path, from its end: a file's name and that of a stream in it fit. */
export const PATH_LETTERS = 520;

/** What a path that is waited for, or by which a file is known, takes. */
export function pathBytes(path: string): number {
  return FILE_BYTES + path.length * CHARACTER_BYTES;
}

/** The UTF-16LE path in [at, end); of a long one the end, which names the file or share. */
export function pathText(data: Uint8Array, at: number, end: number): string {
  const letters = (end - at) >> 1;
  if (letters <= PATH_LETTERS) return utf16le(data, at, end, PATH_LETTERS);
  const from = at + (letters - PATH_LETTERS + 1) * 2;
  return `…${utf16le(data, from, end, PATH_LETTERS)}`;
}

interface Asked {
  command: 'tree-connect' | 'create';
  path: string;
  /** What the share is named by that a file is on (`SmbState.connected`). */
  tree: string;
  /** Its path, where it was asked for in the same chain of messages and has no name yet. */
  share: string;
}

/** Paths that were asked for and not answered yet, by message. */
export class AskedPaths {
  private readonly state: SmbState;
  private readonly shares = new Map<number, Asked>();
  private readonly files = new Map<number, Asked>();

  constructor(state: SmbState) {
    this.state = state;
  }

  add(flow: FlowContext, message: number, asked: Asked): void {
    if (asked.path === '') return;
    // Numbers of messages recur: the latest request is the one that is answered.
    this.take(flow, message, asked.command);
    const waiting = this.waiting(asked.command);
    // Where there is no room the one that waits longest is told without its answer.
    if (waiting.size >= PENDING_MAX) this.untold(flow, waiting.keys().next().value!, asked.command);
    if (flow.keep(pathBytes(asked.path))) waiting.set(message, asked);
    else this.state.told(flow, asked, -1);
  }

  /** The answer came: tells what it answers, once. Returns that. */
  answered(flow: FlowContext, message: number, command: Asked['command'], status: number): Asked | undefined {
    const asked = this.take(flow, message, command);
    if (asked) this.state.told(flow, asked, status);
    return asked;
  }

  /** Tells all that were not answered; they are forgotten. */
  flush(flow: FlowContext): void {
    for (const message of [...this.shares.keys()]) this.untold(flow, message, 'tree-connect');
    for (const message of [...this.files.keys()]) this.untold(flow, message, 'create');
  }

  private waiting(command: Asked['command']): Map<number, Asked> {
    return command === 'create' ? this.files : this.shares;
  }

  private untold(flow: FlowContext, message: number, command: Asked['command']): void {
    this.answered(flow, message, command, -1);
  }

  private take(flow: FlowContext, message: number, command: Asked['command']): Asked | undefined {
    const waiting = this.waiting(command);
    const asked = waiting.get(message);
    if (!asked) return undefined;
    waiting.delete(message);
    flow.drop(pathBytes(asked.path));
    return asked;
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
  /** Path of a share by what requests name it with. */
  private readonly trees = new Map<string, string>();

  emit(flow: FlowContext, command: string, status: number, path = '', share = ''): void {
    const message: SmbMessage = { ...flow.head(), kind: 'smb', dialect: this.dialect, command, status, path, share };
    // A path takes many bytes of the payload: there cannot be too many.
    flow.emit(message, path !== '');
    if (path !== '') flow.also(`smb.${command}`, path);
  }

  /** A path that was asked for is told with its answer, -1 without one. */
  told(flow: FlowContext, { command, path, tree, share }: Asked, status: number): void {
    this.emit(flow, command, status, path, share === '' ? this.share(tree) : share);
  }

  /** Path of the share that requests name by `tree`, '' when it was not seen to be connected. */
  share(tree: string): string {
    return this.trees.get(tree) ?? '';
  }

  /** A share was connected: requests name it by `tree`. */
  connected(flow: FlowContext, tree: string, path: string): void {
    this.disconnected(flow, tree);
    if (this.trees.size >= TREES_MAX) {
      flow.giveUp();
      const [ordinary] =
        [...this.trees].find(([, share]) => !HIDDEN_SHARE.test(share)) ?? this.trees.entries().next().value!;
      this.disconnected(flow, ordinary);
    }
    if (flow.keep(pathBytes(path))) this.trees.set(tree, path);
  }

  disconnected(flow: FlowContext, tree: string): void {
    const path = this.trees.get(tree);
    if (path === undefined) return;
    this.trees.delete(tree);
    flow.drop(pathBytes(path));
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
    this.emit(flow, 'session-setup', status);
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
    if (this.files.size >= FILES_MAX) return flow.giveUp();
    if (flow.keep(pathBytes(path))) this.files.set(file, path);
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

  /**
   * Bytes [at, stop) written to a file or pipe, of which [at, end) are shown: names the flow when remote procedure calls begin
   * there, and reads them.
   */
  pipe(flow: FlowContext, file: number, data: Uint8Array, at: number, end: number, stop = end): void {
    if (at + RPC_HEADER > end || data[at] !== 5 || data[at + 1]! > 1) return;
    let reader = this.pipes.get(file);
    if (!reader) {
      if (this.pipes.size >= FILES_MAX) return flow.giveUp();
      if (!flow.keep(PIPE_BYTES)) return;
      reader = new DcerpcReader(this.files.get(file) ?? 'pipe');
      this.pipes.set(file, reader);
    }
    let next = at;
    while (next < end) {
      const length = reader.pdu(flow, data, next, end);
      if (length === 0) return;
      if (length < 0) break;
      flow.name('dce_rpc');
      next += length;
    }
    if (stop - next >= RPC_HEADER) flow.giveUp();
  }
}

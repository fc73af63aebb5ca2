/** What one SMB connection has said so far, shared by the readers of the versions. */
import type { FlowContext } from '../context.ts';
import type { SmbMessage } from '../types.ts';
import { readSecurity } from './gssapi.ts';
import { DcerpcReader } from './dcerpc.ts';

const FINAL_FAILURES = 0xc0000000;
const MORE_PROCESSING = 0xc0000016;
const FILES_MAX = 256;

export class SmbState {
  dialect = '';
  user = '';
  lost = false;
  misses = 0;
  private attempted = false;
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
    if (token.ntlm === 3 || token.kerberos) this.attempt(flow, token.user);
  }

  attempt(flow: FlowContext, user: string): void {
    this.user = user;
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
    if (outcome !== 'attempt') flow.also(`smb.login.${outcome}`, this.user === '' ? 'account not seen' : this.user);
    flow.emit({ ...flow.head(), kind: 'login', protocol: 'smb', outcome, user: this.user, cleartext: false, code });
  }

  /** A file or pipe was opened: what is written to it may be remote procedure calls. */
  opened(file: number, path: string): void {
    if (this.files.size < FILES_MAX) this.files.set(file, path);
  }

  /** The path a file was opened by, '' when that was not seen. */
  fileName(file: number): string {
    return this.files.get(file) ?? '';
  }

  closed(file: number): void {
    this.files.delete(file);
    this.pipes.delete(file);
  }

  /** Bytes written to a file or pipe: names the flow when remote procedure calls begin there, and reads them. */
  pipe(flow: FlowContext, file: number, data: Uint8Array, at: number, end: number): void {
    if (at + 16 > end || data[at] !== 5 || data[at + 1]! > 1) return;
    let reader = this.pipes.get(file);
    if (!reader) {
      if (this.pipes.size >= FILES_MAX) return;
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

/** What the desktop's preload script gives the page, beside the contract: only what needs the machine it runs on. */
import type { ErrorEnvelope } from './contract/wire.ts';

/** How an answer crosses: of an error that is thrown only the message would arrive. */
export type ShellAnswer = { ok: true; value: unknown } | { ok: false; error: ErrorEnvelope };

/** `globalThis.sondeShell`. `F`: a file as a browser knows it. What the values are is said in src-renderer/lib/shell.ts. */
export interface SondeShell<F> {
  /**
   * Asks for a line to the engine. Its port comes to the page's window as a message `{ sonde: 'port', token }`; when the
   * engine is gone there is another one, `{ sonde: 'lost', token }`.
   */
  connect(token: string): Promise<ShellAnswer>;
  openFiles(): Promise<ShellAnswer>;
  pathsOf(files: readonly F[]): Promise<ShellAnswer>;
  save(id: string, name: string): Promise<ShellAnswer>;
  hasWireshark(): Promise<ShellAnswer>;
  openInWireshark(id: string, name: string, filter: string): Promise<ShellAnswer>;
  printToPdf(name: string): Promise<ShellAnswer>;
  setSecret(name: string, secret: string): Promise<ShellAnswer>;
  hasSecret(name: string): Promise<ShellAnswer>;
  setTheme(theme: string): Promise<ShellAnswer>;
  onGo(listener: (to: unknown) => void): void;
}

/** A page: its frames, its windows of script (the preload's and its own), and what it may try. */
import { EventEmitter } from 'node:events';
import { runInNewContext } from 'node:vm';
import { prevented } from './events.ts';
import { IpcRenderer, type IpcMain } from './ipc.ts';
import type { PagePort, PortMain } from './ports.ts';

type OpenHandler = (details: { url: string }) => { action: string };

export class FakeFrame {
  url: string;
  readonly parent: FakeFrame | null;
  readonly contents: FakeContents;
  readonly ipcRenderer: IpcRenderer;

  constructor(contents: FakeContents, url: string, parent: FakeFrame | null, ipcMain: IpcMain) {
    this.contents = contents;
    this.url = url;
    this.parent = parent;
    this.ipcRenderer = new IpcRenderer(ipcMain, this);
  }

  get origin(): string {
    const { protocol, host } = new URL(this.url);
    return `${protocol}//${host}`;
  }

  postMessage(channel: string, message: unknown, ports: PortMain[] = []): void {
    this.ipcRenderer.receive(channel, [message], ports);
  }

  send(channel: string, ...args: unknown[]): void {
    this.ipcRenderer.receive(channel, args);
  }
}

interface WindowMessage {
  data: unknown;
  ports: PagePort[];
  source: PageWindow;
  origin: string;
}

/** What a page's script sees as `window`. */
export class PageWindow {
  readonly location: { origin: string };
  private readonly listeners = new Set<(event: WindowMessage) => void>();

  constructor(origin: string) {
    this.location = { origin };
  }

  addEventListener(type: string, listener: (event: WindowMessage) => void): void {
    if (type === 'message') this.listeners.add(listener);
  }

  removeEventListener(_type: string, listener: (event: WindowMessage) => void): void {
    this.listeners.delete(listener);
  }

  postMessage(message: unknown, targetOrigin: string, ports: PagePort[]): void {
    if (targetOrigin !== '/' && targetOrigin !== '*' && targetOrigin !== this.location.origin) return;
    const data = structuredClone(message);
    const event = { data, ports, source: this, origin: this.location.origin };
    setImmediate(() => this.listeners.forEach((listener) => listener(event)));
  }
}

/** What contextBridge lets through: clones, functions, promises, files; of an error only its message. */
function across(value: unknown, keep: (value: object) => boolean): unknown {
  if (typeof value === 'function') {
    const call = value as (...args: unknown[]) => unknown;
    return (...args: unknown[]) => across(call(...args.map((arg) => across(arg, keep))), keep);
  }
  if (typeof value !== 'object' || value === null || keep(value)) return value;
  if (typeof (value as { then?: unknown }).then === 'function') {
    return (value as Promise<unknown>).then(
      (settled) => across(settled, keep),
      (error: unknown) => {
        throw new Error(error instanceof Error ? error.message : String(error));
      },
    );
  }
  if (Array.isArray(value)) return value.map((part) => across(part, keep));
  if (Object.getPrototypeOf(Object.getPrototypeOf(value) ?? {}) !== null) return structuredClone(value);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, across(part, keep)]));
}

export class FakeContents extends EventEmitter {
  readonly mainFrame: FakeFrame;
  /** What the page's own script sees; `sondeShell` is among it once the preload script has run. */
  readonly world: Record<string, unknown> = {};
  readonly window = new PageWindow('app://sonde');
  /** Paths of files that the user dropped. */
  readonly files = new WeakMap<object, string>();
  readonly sent: { channel: string; args: unknown[] }[] = [];
  printed = 0;
  private readonly ipcMain: IpcMain;
  private openHandler: OpenHandler | undefined;

  constructor(ipcMain: IpcMain) {
    super();
    this.ipcMain = ipcMain;
    this.mainFrame = new FakeFrame(this, 'about:blank', null, ipcMain);
  }

  /** A frame within the page. */
  subframe(url: string): FakeFrame {
    return new FakeFrame(this, url, this.mainFrame, this.ipcMain);
  }

  getURL(): string {
    return this.mainFrame.url;
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler;
  }

  send(channel: string, ...args: unknown[]): void {
    this.sent.push({ channel, args: structuredClone(args) });
    this.mainFrame.send(channel, ...args);
  }

  postMessage(channel: string, message: unknown, ports?: PortMain[]): void {
    this.mainFrame.postMessage(channel, message, ports);
  }

  printToPDF(): Promise<Buffer> {
    this.printed++;
    return Promise.resolve(Buffer.from('%PDF-1.4 of the page'));
  }

  isDestroyed(): boolean {
    return false;
  }

  /** What a script's `window.open` (or a link with a target) does. Electron allows it where nobody says otherwise. */
  tryOpen(url: string): string {
    return this.openHandler?.({ url }).action ?? 'allow';
  }

  /** Whether a navigation was refused. The address changes only where it was not. */
  tryNavigate(url: string, how: 'will-navigate' | 'will-redirect' | 'will-frame-navigate' = 'will-navigate'): boolean {
    const refused = prevented(this, how, { url, isMainFrame: how !== 'will-frame-navigate' }, url);
    if (!refused && how !== 'will-frame-navigate') this.mainFrame.url = url;
    return refused;
  }

  tryWebview(): boolean {
    return prevented(this, 'will-attach-webview', {}, {}, { src: 'https://example.org/' });
  }

  /** Runs a preload script as Electron's sandbox does: it can require `electron` alone, and sees the page's window. */
  runPreload(source: string): void {
    const keep = (value: object): boolean => value instanceof File;
    const electron = {
      ipcRenderer: this.mainFrame.ipcRenderer,
      webUtils: {
        getPathForFile: (file: unknown) => {
          if (!(file instanceof File)) throw new TypeError('getPathForFile: not a File');
          return this.files.get(file) ?? '';
        },
      },
      contextBridge: {
        exposeInMainWorld: (name: string, api: unknown) => {
          this.world[name] = Object.freeze(across(api, keep));
        },
      },
    };
    const require = (name: string): unknown => {
      if (name === 'electron') return electron;
      throw new Error(`module not found: ${name}`);
    };
    const { window } = this;
    runInNewContext(source, {
      require,
      module: { exports: {} },
      exports: {},
      location: window.location,
      postMessage: window.postMessage.bind(window),
    });
  }
}

/**
 * A double of Electron's main process for the shell's tests. What it does on behalf of Electron it does as Electron:
 * values are cloned between processes, of errors only the text arrives, events can be prevented, a picture that is not
 * there is an error, handlers are asked in Electron's order. It has no window to show.
 */
import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import type { Electron } from '../../../../src-main/run/shell/desktop.ts';
import { FakeContents } from './contents.ts';
import { preventable, prevented } from './events.ts';
import { IpcMain } from './ipc.ts';
import { MessageChannelMain } from './ports.ts';
import { FakeUtility } from './utility.ts';

type Respond = (request: { url: string; method: string }) => Promise<Response>;
type PermissionAsk = (page: FakeContents | null, permission: string, ...rest: unknown[]) => unknown;

export class FakeSession extends EventEmitter {
  readonly partition: string;
  readonly schemes = new Map<string, Respond>();
  onRequest: PermissionAsk | null = null;
  onCheck: PermissionAsk | null = null;
  onDevice: ((details: object) => boolean) | null = null;
  onCertificate: ((request: object, answer: (result: number) => void) => void) | null = null;
  beforeRequest: ((details: { url: string }, answer: (what: { cancel?: boolean }) => void) => void) | null = null;
  readonly protocol = {
    handle: (scheme: string, respond: Respond) => {
      if (this.schemes.has(scheme)) throw new Error(`The scheme ${scheme} has been registered`);
      this.schemes.set(scheme, respond);
    },
  };
  readonly webRequest = {
    onBeforeRequest: (...args: unknown[]) => {
      this.beforeRequest = args.at(-1) as typeof this.beforeRequest;
    },
  };

  constructor(partition: string) {
    super();
    this.partition = partition;
  }

  setPermissionRequestHandler(handler: PermissionAsk): void {
    this.onRequest = handler;
  }

  setPermissionCheckHandler(handler: PermissionAsk): void {
    this.onCheck = handler;
  }

  setDevicePermissionHandler(handler: (details: object) => boolean): void {
    this.onDevice = handler;
  }

  setCertificateVerifyProc(handler: typeof this.onCertificate): void {
    this.onCertificate = handler;
  }

  setSpellCheckerEnabled(): void {
    // Nothing is spelled here.
  }

  clearStorageData(): Promise<void> {
    return Promise.resolve();
  }

  /** What Electron decides for a page that asks; without a handler everything is granted. */
  requestPermission(page: FakeContents, permission: string): boolean {
    if (!this.onRequest) return true;
    let granted = false;
    this.onRequest(page, permission, (answer: boolean) => (granted = answer), {
      requestingUrl: page.getURL(),
      isMainFrame: true,
    });
    return granted;
  }

  checkPermission(page: FakeContents | null, permission: string, origin: string): boolean {
    return this.onCheck ? Boolean(this.onCheck(page, permission, origin, { requestingUrl: origin })) : true;
  }

  /** Whether a download was refused. */
  download(page: FakeContents, url: string): boolean {
    return prevented(this, 'will-download', {}, { getURL: () => url, cancel: () => undefined }, page);
  }

  fetch(url: string, method = 'GET'): Promise<Response> {
    const respond = this.schemes.get(new URL(url).protocol.slice(0, -1));
    if (!respond) return Promise.reject(new Error('net::ERR_UNKNOWN_URL_SCHEME'));
    return respond({ url, method });
  }
}

export interface DoubleOptions {
  /** Of the program: its own data go there. */
  folder: string;
  packaged?: boolean;
  /** Whether another instance holds the lock. */
  taken?: boolean;
  /** The preload script, built. */
  preload?: string;
  keychain?: 'none' | 'basic_text' | 'gnome_libsecret';
  displays?: { workArea: { x: number; y: number; width: number; height: number } }[];
}

class FakeApp extends EventEmitter {
  readonly isPackaged: boolean;
  readonly commandLine = { hasSwitch: () => false };
  readonly recent: string[] = [];
  lockData: unknown;
  /** How it ended; undefined while it runs. */
  code: number | undefined;
  private readonly folder: string;
  private readonly taken: boolean;
  private readonly close: () => void;
  private isUp = false;
  private readonly up: Promise<void>;

  constructor({ folder, packaged = false, taken = false }: DoubleOptions, close: () => void) {
    super();
    this.folder = folder;
    this.isPackaged = packaged;
    this.taken = taken;
    this.close = close;
    this.up = new Promise((resolve) => {
      setImmediate(() => {
        this.isUp = true;
        resolve();
      });
    });
  }

  whenReady(): Promise<void> {
    return this.up;
  }

  isReady(): boolean {
    return this.isUp;
  }

  getPath(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  requestSingleInstanceLock(data: unknown): boolean {
    this.lockData = structuredClone(data);
    return !this.taken;
  }

  addRecentDocument(path: string): void {
    this.recent.push(path);
  }

  clearRecentDocuments(): void {
    this.recent.length = 0;
  }

  setAppUserModelId(): void {
    // Windows alone has them.
  }

  enableSandbox(): void {
    if (this.isUp) throw new Error('app.enableSandbox() can only be called before app is ready');
  }

  /** Electron tells `before-quit`, closes the windows, and ends unless somebody prevents it. */
  quit(): void {
    if (this.code !== undefined) return;
    if (prevented(this, 'before-quit')) return;
    this.close();
    this.code = 0;
    this.emit('quit');
  }

  exit(code = 0): void {
    this.code = code;
    this.emit('quit');
  }
}

class FakeWindow extends EventEmitter {
  readonly options: Record<string, unknown> & { webPreferences: Record<string, unknown> };
  readonly webContents: FakeContents;
  readonly session: FakeSession;
  visible = false;
  focused = false;
  minimized = false;
  maximized = false;
  progress = -1;
  reloads = 0;
  /** What the page got at its address. */
  page: Response | undefined;
  bounds = { x: 10, y: 20, width: 1000, height: 700 };
  private destroyed = false;
  private readonly preload: string;

  constructor(
    options: FakeWindow['options'],
    parts: { ipcMain: IpcMain; app: FakeApp; sessionOf(name: string): FakeSession; preload: string },
  ) {
    super();
    this.options = options;
    const { partition } = options.webPreferences;
    this.session = parts.sessionOf(typeof partition === 'string' ? partition : '');
    this.preload = parts.preload;
    this.webContents = new FakeContents(parts.ipcMain);
    parts.app.emit('web-contents-created', preventable(), this.webContents);
  }

  async loadURL(url: string): Promise<void> {
    this.page = await this.session.fetch(url);
    this.webContents.mainFrame.url = url;
    if (this.preload !== '') this.webContents.runPreload(this.preload);
    this.webContents.emit('did-finish-load', preventable());
    this.emit('ready-to-show');
  }

  reload(): void {
    this.reloads++;
  }

  show(): void {
    this.visible = true;
  }

  hide(): void {
    this.visible = false;
  }

  focus(): void {
    this.focused = true;
  }

  isFocused(): boolean {
    return this.focused;
  }

  isVisible(): boolean {
    return this.visible;
  }

  isMinimized(): boolean {
    return this.minimized;
  }

  restore(): void {
    this.minimized = false;
  }

  isMaximized(): boolean {
    return this.maximized;
  }

  maximize(): void {
    this.maximized = true;
  }

  isDestroyed(): boolean {
    return this.destroyed;
  }

  getNormalBounds(): FakeWindow['bounds'] {
    return this.bounds;
  }

  setProgressBar(share: number): void {
    this.progress = share;
  }

  setBackgroundColor(): void {
    // Nothing is drawn.
  }

  /** As the user does. */
  close(): void {
    if (this.destroyed || prevented(this, 'close')) return;
    this.destroy();
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('closed');
  }
}

/** Roles that Electron 45 knows and the shell may use. */
const ROLES =
  /^(appMenu|editMenu|windowMenu|viewMenu|fileMenu|help|about|quit|close|minimize|reload|forceReload|toggleDevTools|toggledevtools|resetZoom|resetzoom|zoomIn|zoomin|zoomOut|zoomout|togglefullscreen|undo|redo|cut|copy|paste|selectAll|front|hide|hideOthers|unhide|services|recentDocuments|clearRecentDocuments)$/;
const ACCELERATOR =
  /^((CmdOrCtrl|CommandOrControl|Cmd|Ctrl|Alt|Shift|Option|Super)\+)*([A-Z0-9]|F\d{1,2}|[,./;=\-[\]]|Plus|Tab|Enter|Esc|Delete|Up|Down|Left|Right)$/;

function checkMenu(items: readonly MenuItemConstructorOptions[], used = new Set<string>()): void {
  for (const { label, role, type, accelerator, submenu } of items) {
    if (role !== undefined && !ROLES.test(role)) throw new Error(`unknown role: ${role}`);
    if (role === undefined && type !== 'separator' && !label) throw new Error('Invalid template for MenuItem');
    if (typeof accelerator === 'string') {
      if (!ACCELERATOR.test(accelerator)) throw new Error(`not an accelerator: ${accelerator}`);
      if (used.has(accelerator)) throw new Error(`an accelerator twice: ${accelerator}`);
      used.add(accelerator);
    }
    if (Array.isArray(submenu)) checkMenu(submenu, used);
  }
}

interface Dialogs {
  open: { canceled: boolean; filePaths: string[] }[];
  save: { canceled: boolean; filePath: string }[];
  message: { response: number }[];
}

export interface Shown {
  kind: 'open' | 'save' | 'message' | 'error';
  options: unknown;
}

/** The double, and what a test may look at and set off. */
export interface Double {
  electron: Electron;
  app: FakeApp;
  ipcMain: IpcMain;
  windows: FakeWindow[];
  sessions: Map<string, FakeSession>;
  engines: FakeUtility[];
  /** Answers that dialogs will get, first come first; what was shown. */
  answers: Dialogs;
  dialogs: Shown[];
  /** Addresses that were opened in the user's browser. */
  outside: string[];
  notifications: (EventEmitter & { options: { title: string; body: string } })[];
  trays: (EventEmitter & { tip: string; destroyed: boolean })[];
  theme: { themeSource: string; shouldUseDarkColors: boolean } & EventEmitter;
  /** The application menu; a label leads to its item. */
  menu(): MenuItemConstructorOptions[];
  click(label: string): void;
  schemes: unknown[];
}

/** A path of a picture that Electron must be able to read. */
function picture(path: unknown): void {
  if (typeof path === 'string' && !existsSync(path)) throw new Error(`Failed to load image from path '${path}'`);
}

function find(items: readonly MenuItemConstructorOptions[], label: string): MenuItemConstructorOptions | undefined {
  for (const item of items) {
    if (item.label?.replaceAll('&', '') === label) return item;
    const inner = Array.isArray(item.submenu) ? find(item.submenu, label) : undefined;
    if (inner) return inner;
  }
  return undefined;
}

/** XOR is no encryption; but what was written can be told from what was meant. */
const turn = (bytes: Uint8Array): Buffer => Buffer.from(bytes.map((byte) => byte ^ 0x5a));
const scramble = (text: string): Buffer => turn(Buffer.from(text, 'utf8'));

export function makeElectron(options: DoubleOptions): Double {
  const windows: FakeWindow[] = [];
  const sessions = new Map<string, FakeSession>();
  const engines: FakeUtility[] = [];
  const answers: Dialogs = { open: [], save: [], message: [] };
  const dialogs: Shown[] = [];
  const outside: string[] = [];
  const notifications: Double['notifications'] = [];
  const trays: Double['trays'] = [];
  const schemes: unknown[] = [];
  let template: MenuItemConstructorOptions[] = [];
  const ipcMain = new IpcMain();
  const app = new FakeApp(options, () => windows.forEach((window) => window.close()));
  const sessionOf = (name: string): FakeSession => {
    const session = sessions.get(name) ?? new FakeSession(name);
    sessions.set(name, session);
    return session;
  };
  const theme = Object.assign(new EventEmitter(), { themeSource: 'system', shouldUseDarkColors: false });
  const shown = (kind: Shown['kind'], given: unknown[]): void => {
    dialogs.push({ kind, options: given.at(-1) });
  };
  class BrowserWindow extends FakeWindow {
    constructor(given: FakeWindow['options']) {
      picture(given['icon']);
      super(given, { ipcMain, app, sessionOf, preload: options.preload ?? '' });
      windows.push(this);
      this.on('closed', () => {
        windows.splice(windows.indexOf(this), 1);
        if (windows.length === 0 && app.code === undefined) app.emit('window-all-closed');
      });
    }

    static getAllWindows(): FakeWindow[] {
      return windows;
    }
  }
  class Notification extends EventEmitter {
    static isSupported = (): boolean => true;
    readonly options: { title: string; body: string };
    constructor(given: { title: string; body: string }) {
      super();
      this.options = given;
    }

    show(): void {
      notifications.push(this);
    }
  }
  class Tray extends EventEmitter {
    tip = '';
    destroyed = false;
    constructor(icon: unknown) {
      super();
      picture(icon);
      trays.push(this);
    }

    setToolTip(tip: string): void {
      if (this.destroyed) throw new TypeError('Object has been destroyed');
      this.tip = tip;
    }

    setContextMenu(): void {
      // Not drawn.
    }

    isDestroyed(): boolean {
      return this.destroyed;
    }

    destroy(): void {
      this.destroyed = true;
    }
  }
  const electron = {
    app,
    BrowserWindow,
    ipcMain,
    MessageChannelMain,
    Notification,
    Tray,
    nativeTheme: theme,
    dialog: {
      showOpenDialog: (...given: unknown[]) => {
        shown('open', given);
        return Promise.resolve(answers.open.shift() ?? { canceled: true, filePaths: [] });
      },
      showSaveDialog: (...given: unknown[]) => {
        shown('save', given);
        return Promise.resolve(answers.save.shift() ?? { canceled: true, filePath: '' });
      },
      showMessageBox: (...given: unknown[]) => {
        shown('message', given);
        return Promise.resolve(answers.message.shift() ?? { response: 0, checkboxChecked: false });
      },
      showErrorBox: (...given: unknown[]) => shown('error', [given]),
    },
    Menu: {
      buildFromTemplate: (items: MenuItemConstructorOptions[]) => {
        checkMenu(items);
        return items;
      },
      setApplicationMenu: (items: MenuItemConstructorOptions[]) => {
        template = items;
      },
    },
    protocol: { registerSchemesAsPrivileged: (list: unknown[]) => schemes.push(...list) },
    safeStorage: {
      isAsyncEncryptionAvailable: () => Promise.resolve((options.keychain ?? 'gnome_libsecret') !== 'none'),
      getSelectedStorageBackend: () => options.keychain ?? 'gnome_libsecret',
      encryptStringAsync: (text: string) => Promise.resolve(scramble(text)),
      decryptStringAsync: (bytes: Buffer) =>
        Promise.resolve({
          result: turn(bytes).toString('utf8'),
          shouldReEncrypt: false,
        }),
    },
    screen: {
      getAllDisplays: () => options.displays ?? [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }],
    },
    session: {
      fromPartition: sessionOf,
      get defaultSession() {
        return sessionOf('');
      },
    },
    shell: {
      openExternal: (url: string) => {
        outside.push(url);
        return Promise.resolve();
      },
      showItemInFolder: () => undefined,
    },
    utilityProcess: {
      fork: (entry: string, args: string[] = [], given: Record<string, unknown> = {}) => {
        if (!app.isReady()) throw new Error('utilityProcess cannot be created before app is ready.');
        const engine = new FakeUtility(entry, args, given);
        engines.push(engine);
        return engine;
      },
    },
  };
  return {
    electron: electron as unknown as Electron,
    app,
    ipcMain,
    windows,
    sessions,
    engines,
    answers,
    dialogs,
    outside,
    notifications,
    trays,
    theme,
    menu: () => template,
    click: (label) => {
      const item = find(template, label);
      if (!item?.click) throw new Error(`there is no menu item ${label}`);
      (item.click as () => void)();
    },
    schemes,
  };
}

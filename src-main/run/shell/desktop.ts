/** The desktop application, put together: one window, one engine, and what goes on between them and the system. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserWindow, Tray } from 'electron';
import { envelopeOf } from '../../../src-shared/contract/wire.ts';
import type { ErrorEnvelope } from '../../../src-shared/contract/wire.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { deskDatabase } from '../paths.ts';
import { answerPage, askForFiles } from './answers.ts';
import { TELL } from './channels.ts';
import type { Child } from './electron-parts.ts';
import { EngineHost } from './engine-host.ts';
import { fleetArguments } from './fleet-arguments.ts';
import { guardApp, guardSession, openDoors } from './guards.ts';
import { filesOf, secondStart } from './inputs.ts';
import { Ipc } from './ipc.ts';
import { Lines } from './lines.ts';
import { menuTemplate, type MenuActions } from './menu.ts';
import type { FromEngine } from './messages.ts';
import { noticeOf, placeOfAlert, workOf, type Notice } from './notices.ts';
import { ORIGIN, servePages } from './page.ts';
import { Progress } from './progress.ts';
import { Recent } from './recent.ts';
import { printToPdf } from './saving.ts';
import { Secrets } from './secrets.ts';
import { Theme } from './theme.ts';
import { bringToFront, PARTITION, rememberBounds, windowOptions } from './window.ts';
import { forgetPackets } from './wireshark.ts';

/** What is used of Electron. */
export type Electron = Pick<
  typeof import('electron'),
  | 'app'
  | 'BrowserWindow'
  | 'dialog'
  | 'ipcMain'
  | 'Menu'
  | 'MessageChannelMain'
  | 'nativeTheme'
  | 'Notification'
  | 'safeStorage'
  | 'screen'
  | 'session'
  | 'shell'
  | 'Tray'
  | 'utilityProcess'
>;

export interface DesktopFacts {
  /** The built pages, and this program's other entries. */
  pages: string;
  preload: string;
  engine: string;
  icons: string;
  version: string;
  platform: NodeJS.Platform;
  argv: readonly string[];
  /** Where it was started. */
  folder: string;
  /** Where the log is kept. */
  logFile(): string;
  log(message: unknown): void;
}

/** Where the page is told to go, or what to do. */
type Destination = { place: string } | { view: string } | { action: 'sample' | 'keys' | 'csv' | 'ndjson' | 'pcapng' };

/** Where an import that was just begun is shown. */
const jobPlace = (job: number): string => `/open?job=${job}`;
/** Where cases that are open are listed. */
const CASES_PLACE = '/open';
/** Pages that may die one after the other before the window stays as it is. */
const RELOADS = 3;
/** By its name (src-renderer/app/views.ts). */
const FLEET_VIEW = 'fleet';
const APP_ID = 'app.sonde.desktop';
const TECHNIQUES = 'https://attack.mitre.org/';
const COMMAND_LINE = [
  'sonde triage FILE      says what is wrong in a capture',
  'sonde serve            the same desk in a browser',
  'sonde help             all commands',
].join('\n');

export class Desktop {
  private readonly electron: Electron;
  private readonly facts: DesktopFacts;
  private readonly engine: EngineHost;
  private readonly secrets: Secrets;
  private readonly recent: Recent;
  private readonly theme: Theme;
  private readonly progress: Progress;
  private readonly lines = new Lines();
  /** The fleet that it was started with, as arguments of the engine. */
  private readonly fleet: readonly string[];
  /** Its other arguments. */
  private readonly rest: readonly string[];
  private window: BrowserWindow | undefined;
  /** What the page is told once it is there. */
  private readonly later: Destination[] = [];
  private loaded = false;
  /** Not shown before: an empty window would flash. */
  private painted = false;
  private deaths = 0;
  private quitting = false;
  /** All data are being deleted. */
  private leaving = false;

  constructor(electron: Electron, facts: DesktopFacts) {
    this.electron = electron;
    this.facts = facts;
    ({ fleet: this.fleet, rest: this.rest } = fleetArguments(facts.argv, facts.folder));
    this.recent = new Recent(this.own('recent.json'));
    this.secrets = new Secrets(this.own('secrets.json'), electron.safeStorage, facts.platform);
    this.theme = new Theme(this.own('theme.json'), electron.nativeTheme);
    this.progress = new Progress({
      makeTray: () => this.makeTray(),
      setBar: (share) => this.window?.setProgressBar(share),
      onClick: () => this.show(),
    });
    this.engine = new EngineHost(
      {
        start: () => this.startEngine(),
        later: (ms, work) => void setTimeout(work, ms).unref(),
        now: () => performance.now(),
      },
      {
        onMessage: (message) => this.heard(message),
        onLost: () => this.engineLost(),
        onGivenUp: (error) => void this.givenUp(error),
        onNonsense: () => facts.log('the engine said something that it never says'),
      },
    );
  }

  /** False where it is not to run: another one has been given the files, or somebody wants to look inside. */
  start(): boolean {
    const { app, shell } = this.electron;
    const { argv, folder, platform } = this.facts;
    const doors = app.isPackaged ? openDoors(argv, platform) : [];
    if (doors.length > 0) {
      const names = doors.map((name) => `--${name}`).join(', ');
      this.facts.log(`refused to start with ${names}`);
      this.electron.dialog.showErrorBox(
        'Sonde does not start',
        `It runs only without ${names}. In a browser: sonde serve.`,
      );
      app.exit(1);
      return false;
    }
    const files = filesOf(this.rest, folder, app.isPackaged);
    const wanted = { files, ...(this.fleet.length > 0 ? { fleet: true } : {}) };
    if (!app.requestSingleInstanceLock(wanted)) {
      app.quit();
      return false;
    }
    guardApp(app, shell);
    app.setAppUserModelId(APP_ID);
    app.on('second-instance', (_event, _argv, _folder, data) => this.second(data));
    app.on('open-file', (event, path) => {
      event.preventDefault();
      this.open([path]);
    });
    app.on('window-all-closed', () => {
      if (platform !== 'darwin') app.quit();
    });
    app.on('activate', () => this.show());
    app.on('before-quit', (event) => this.quit(event));
    void app.whenReady().then(() => this.ready(files));
    return true;
  }

  /** Reads captures, opens cases, and shows them. */
  open(files: readonly string[]): void {
    if (files.length === 0) return;
    this.remember(files);
    this.engine.open(files);
    this.show();
  }

  private ready(files: readonly string[]): void {
    const { electron, facts } = this;
    const tools = { tools: !electron.app.isPackaged };
    const session = electron.session.fromPartition(PARTITION);
    guardSession(session, tools);
    guardSession(electron.session.defaultSession, tools);
    servePages(session.protocol, facts.pages);
    const temporary = electron.app.getPath('temp');
    forgetPackets(temporary);
    answerPage({
      ipc: new Ipc(electron.ipcMain),
      engine: this.engine,
      lines: this.lines,
      dialog: electron.dialog,
      secrets: this.secrets,
      page: () => this.window?.webContents ?? null,
      makeChannel: () => new electron.MessageChannelMain(),
      onTheme: (theme) => this.theme.choose(theme),
      documents: electron.app.getPath('documents'),
      temporary,
    });
    this.setMenu();
    this.engine.start();
    this.open(files);
    if (this.fleet.length > 0 && files.length === 0) this.tell({ view: FLEET_VIEW });
    this.show();
  }

  private show(): void {
    if (!this.electron.app.isReady() || this.quitting) return;
    if (this.window) return this.painted ? bringToFront(this.window) : undefined;
    const { facts, electron } = this;
    const boundsFile = this.own('window.json');
    const icon = join(facts.icons, 'icon.png');
    const { maximized, ...options } = windowOptions({
      boundsFile,
      screens: electron.screen.getAllDisplays().map(({ workArea }) => workArea),
      dark: electron.nativeTheme.shouldUseDarkColors,
      preload: facts.preload,
      icon: existsSync(icon) ? icon : null,
      packaged: electron.app.isPackaged,
      mac: facts.platform === 'darwin',
    });
    const window = new electron.BrowserWindow(options);
    this.window = window;
    if (maximized) window.maximize();
    window.once('ready-to-show', () => {
      this.painted = true;
      window.show();
    });
    window.on('close', () => rememberBounds(window, boundsFile));
    window.on('closed', () => {
      this.window = undefined;
      this.loaded = false;
      this.painted = false;
    });
    this.watchPage(window);
    void window.loadURL(`${ORIGIN}/`).catch((error: unknown) => facts.log(error));
  }

  private watchPage(window: BrowserWindow): void {
    const page = window.webContents;
    page.on('did-finish-load', () => {
      this.loaded = true;
      for (const to of this.later.splice(0)) page.send(TELL.go, to);
    });
    page.on('render-process-gone', (_event, { reason }) => {
      if (reason === 'clean-exit') return;
      this.facts.log(`the page's process ended: ${reason}`);
      this.loaded = false;
      if (++this.deaths <= RELOADS) window.reload();
    });
  }

  private tell(to: Destination): void {
    if (this.window && this.loaded) this.window.webContents.send(TELL.go, to);
    else this.later.push(to);
    this.show();
  }

  private second(data: unknown): void {
    const { files, fleet } = secondStart(data);
    if (fleet) {
      this.tell({ view: FLEET_VIEW });
      this.say('Sonde runs already', 'Connect the fleet in the view Fleet; or quit, and start it with --fleet again.');
    }
    if (files.length > 0) this.open(files);
    else this.show();
  }

  private heard(message: FromEngine): void {
    switch (message.type) {
      case 'opened':
        return this.tell({ place: jobPlace(message.job) });
      case 'case':
        return this.heardOfCase(message);
      case 'reading':
        return this.remember(message.paths);
      case 'working':
        return this.progress.set('import', workOf(message));
      case 'watching':
        return this.progress.set('live', message.text === null ? null : { text: message.text, share: 'endless' });
      case 'finished':
        return this.notify(noticeOf(message, this.window?.isFocused() ?? false));
      case 'alert':
        // Asked for, so it is shown also to who is looking at the desk.
        return this.notify({ title: message.title, body: message.body, place: placeOfAlert(message) });
      case 'secret':
        return void this.answerSecret(message);
      case 'failed':
        return this.facts.log(message.error.message);
      case 'leave':
        this.leaving = true;
        return this.electron.app.quit();
      case 'ready':
      case 'answered':
        return;
    }
  }

  private heardOfCase({ name, state, error }: Extract<FromEngine, { type: 'case' }>): void {
    const work = { text: `Sonde checks every part of ${name}`, share: null };
    this.progress.set('case', state === 'checking' ? work : null);
    if (state === 'open') return this.tell({ place: CASES_PLACE });
    if (state === 'checking') return;
    this.facts.log(`${name}: ${error?.message ?? 'called off'}`);
    if (error) this.say(`${name} was not opened: ${error.message}`, error.cure, 'error');
  }

  /** The keychain is reached from here alone; what it says goes to the engine and nowhere else. */
  private async answerSecret({ request, what, name, secret }: Extract<FromEngine, { type: 'secret' }>): Promise<void> {
    try {
      if (what === 'set') await this.secrets.set(name, secret);
      const value = what === 'get' ? await this.secrets.get(name) : null;
      this.engine.answerSecret(request, value, null);
    } catch (error) {
      this.engine.answerSecret(request, null, envelopeOf(error, 'the keychain failed'));
    }
  }

  private remember(files: readonly string[]): void {
    this.recent.add(files);
    for (const file of files) this.electron.app.addRecentDocument(file);
    if (this.electron.app.isReady()) this.setMenu();
  }

  /** `place`: where a click leads; null: to the desk as it is. */
  private notify(notice: (Omit<Notice, 'place'> & { place: string | null }) | null): void {
    if (!notice || !this.electron.Notification.isSupported()) return;
    const { title, body, place } = notice;
    const shown = new this.electron.Notification({ title, body });
    shown.on('click', () => (place === null ? this.show() : this.tell({ place })));
    shown.show();
  }

  /** A desktop without a place for it has none: nothing depends on it. */
  private makeTray(): Tray | null {
    const name = this.facts.platform === 'darwin' ? 'trayTemplate.png' : 'tray.png';
    const { Menu, Tray } = this.electron;
    try {
      const tray = new Tray(join(this.facts.icons, name));
      // Some desktops of Linux show it only with a menu, and tell of no click.
      tray.setContextMenu(Menu.buildFromTemplate([{ label: 'Show Sonde', click: () => this.show() }]));
      return tray;
    } catch (error) {
      this.facts.log(error);
      return null;
    }
  }

  private setMenu(): void {
    const { app, Menu } = this.electron;
    const facts = { mac: this.facts.platform === 'darwin', packaged: app.isPackaged, recent: this.recent.list() };
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(this.actions(), facts)));
  }

  private actions(): MenuActions {
    const { app, dialog, shell } = this.electron;
    return {
      open: () => void this.careful(askForFiles(dialog, app.getPath('documents')).then((files) => this.open(files))),
      openSample: () => this.tell({ action: 'sample' }),
      openRecent: (path) => this.open([path]),
      clearRecent: () => {
        this.recent.clear();
        app.clearRecentDocuments();
        this.setMenu();
      },
      export: (what) => this.tell({ action: what }),
      print: () => void this.careful(this.print()),
      go: (view) => this.tell({ view }),
      keys: () => this.tell({ action: 'keys' }),
      commandLine: () => this.say('Sonde on the command line', COMMAND_LINE),
      techniques: () => void this.careful(shell.openExternal(TECHNIQUES)),
      log: () => shell.showItemInFolder(this.facts.logFile()),
      about: () =>
        this.say(
          `Sonde ${this.facts.version}`,
          'Tells you what is wrong in your traffic, why it thinks so, and what to do next.',
        ),
    };
  }

  private async print(): Promise<void> {
    const { app, dialog } = this.electron;
    if (!this.window) return;
    const parts = { dialog, engine: this.engine, documents: app.getPath('documents') };
    await printToPdf(parts, this.window.webContents, 'sonde.pdf');
  }

  private say(message: string, detail: string, type: 'info' | 'error' = 'info'): void {
    void this.electron.dialog.showMessageBox({ type, title: 'Sonde', message, detail, buttons: ['OK'] });
  }

  /** What the menu began and nobody else would tell of. */
  private async careful(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.facts.log(error);
      if (error instanceof SondeError) this.say(error.message, error.cure, 'error');
    }
  }

  /** What is under way is kept before the program ends. */
  private quit(event: { preventDefault(): void }): void {
    if (this.quitting) return;
    this.quitting = true;
    event.preventDefault();
    // `exit` writes nothing any more of what the window remembers: its folder has just been deleted.
    void this.engine.close().then(() => (this.leaving ? this.electron.app.exit(0) : this.electron.app.quit()));
  }

  private engineLost(): void {
    this.lines.lost();
    this.progress.set('import', null);
    this.progress.set('live', null);
    this.progress.set('case', null);
  }

  private async givenUp(error: ErrorEnvelope | null): Promise<void> {
    const detail = error ? `${error.message}. ${error.cure}` : 'It ended several times in a row. Its log may tell why.';
    this.facts.log(`the engine does not run: ${detail}`);
    const message = 'Sonde’s engine does not run';
    const buttons = ['Try again', 'Quit'];
    const options = { type: 'error', title: 'Sonde', message, detail, buttons, defaultId: 0, cancelId: 0 } as const;
    const { response } = await this.electron.dialog.showMessageBox({ ...options, buttons });
    if (response === 0) this.engine.retry();
    else this.electron.app.quit();
  }

  private startEngine(): Child {
    const engine = this.electron.utilityProcess.fork(this.facts.engine, [deskDatabase(), ...this.fleet], {
      serviceName: 'Sonde engine',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    engine.stderr?.on('data', (bytes: Buffer) => this.facts.log(bytes.toString('utf8').trimEnd()));
    return engine;
  }

  private own(name: string): string {
    return join(this.electron.app.getPath('userData'), name);
  }
}

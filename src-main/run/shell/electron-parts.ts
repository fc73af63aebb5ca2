/**
 * What the shell's modules need of Electron, cut from its own types: the compiler proves that Electron gives it, and a
 * test can give it too.
 */
import type {
  App,
  BrowserWindow,
  Dialog,
  IpcMain,
  IpcMainInvokeEvent,
  MessagePortMain,
  NativeTheme,
  Protocol,
  SafeStorage,
  Session,
  Shell,
  UtilityProcess,
  WebContents,
} from 'electron';

export type Frame = Pick<NonNullable<IpcMainInvokeEvent['senderFrame']>, 'url' | 'origin' | 'parent' | 'postMessage'>;

/** Who sent a message. A frame that is gone is null. */
export interface Sender {
  senderFrame: Frame | null;
}

export interface IpcParts {
  handle(channel: string, listener: (event: Sender, ...args: unknown[]) => unknown): void;
}

/** A port between processes. */
export type Port = Pick<MessagePortMain, 'postMessage' | 'start' | 'close'> & {
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
};

/** A process of ours without a window. */
export interface Child {
  postMessage(message: unknown, ports?: Port[]): void;
  kill(): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
}

export type Page = Pick<WebContents, 'send' | 'printToPDF' | 'setWindowOpenHandler'> & {
  on(
    event: 'will-navigate' | 'will-redirect' | 'will-frame-navigate',
    listener: (event: Cancel & { url: string }) => void,
  ): unknown;
  on(event: 'will-attach-webview', listener: (event: Cancel) => void): unknown;
};

export interface Cancel {
  preventDefault(): void;
}

export type SessionParts = Pick<
  Session,
  | 'setPermissionRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setDevicePermissionHandler'
  | 'setCertificateVerifyProc'
  | 'setSpellCheckerEnabled'
> & {
  webRequest: Pick<Session['webRequest'], 'onBeforeRequest'>;
  on(event: 'will-download', listener: (event: Cancel) => void): unknown;
};

/** What the application as a whole is asked on behalf of its pages. */
export interface AppGuardParts {
  on(event: 'web-contents-created', listener: (event: Cancel, page: Page) => void): unknown;
  on(
    event: 'certificate-error',
    listener: (
      event: Cancel,
      page: unknown,
      url: string,
      error: string,
      certificate: unknown,
      trust: (trusted: boolean) => void,
    ) => void,
  ): unknown;
  on(event: 'select-client-certificate' | 'login', listener: (event: Cancel) => void): unknown;
}

export type ProtocolParts = Pick<Protocol, 'handle'>;
export type DialogParts = Pick<Dialog, 'showOpenDialog' | 'showSaveDialog' | 'showMessageBox'>;
export type SafeStorageParts = Pick<
  SafeStorage,
  'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync' | 'getSelectedStorageBackend'
>;
export type ShellParts = Pick<Shell, 'openExternal'>;
export type ThemeParts = Pick<NativeTheme, 'themeSource'>;
export type WindowParts = Pick<
  BrowserWindow,
  'getNormalBounds' | 'isMaximized' | 'isMinimized' | 'restore' | 'show' | 'focus'
>;

/** Electron gives all of it; these lines do not compile where it does not. */
export type Proof = [
  Extends<IpcMain, IpcParts>,
  Extends<IpcMainInvokeEvent, Sender>,
  Extends<MessagePortMain, Port>,
  Extends<UtilityProcess, Pick<Child, 'kill' | 'on'>>,
  Extends<WebContents, Page>,
  Extends<Session, SessionParts>,
  Extends<App, AppGuardParts>,
];
type Extends<A extends B, B> = A;

/** What the page may ask of the desktop: named functions, nothing else. Runs sandboxed, before the page. */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { ShellAnswer, SondeShell } from '../../../src-shared/shell.ts';
import { ASK, TELL } from './channels.ts';

/** What this script needs of the page's window; it is built without the types of a browser. */
interface PageWindow {
  postMessage(message: unknown, targetOrigin: string, transfer: unknown[]): void;
}
const page = globalThis as unknown as PageWindow;
/** Of postMessage: nobody but a page of this one's origin. */
const SAME_ORIGIN = '/';
type PageFile = Parameters<typeof webUtils.getPathForFile>[0];
type Go = (to: unknown) => void;

ipcRenderer.on(TELL.port, (event, token: unknown) => {
  // A port cannot go over the bridge, but a message to the page's own window can carry it.
  page.postMessage({ sonde: 'port', token }, SAME_ORIGIN, event.ports as unknown[]);
});

ipcRenderer.on(TELL.lost, (_event, token: unknown) => {
  page.postMessage({ sonde: 'lost', token }, SAME_ORIGIN, []);
});

/** What is said before the page listens waits for it. */
const waiting: unknown[] = [];
let go: Go | undefined;
ipcRenderer.on(TELL.go, (_event, to: unknown) => {
  if (go) go(to);
  else waiting.push(to);
});

const ask = (channel: string, input: unknown): Promise<ShellAnswer> =>
  ipcRenderer.invoke(channel, input) as Promise<ShellAnswer>;

/** Paths of files that the user dropped, which may then be read; what is no file of the disk is left out. */
async function pathsOf(files: readonly PageFile[]): Promise<ShellAnswer> {
  const paths = files.map((file) => webUtils.getPathForFile(file)).filter((path) => path !== '');
  const answer = await ask(ASK.grant, { paths });
  return answer.ok ? { ok: true, value: paths } : answer;
}

const shell: SondeShell<PageFile> = {
  connect: (token) => ask(ASK.connect, { token }),
  openFiles: () => ask(ASK.openFiles, {}),
  pathsOf,
  save: (id, name) => ask(ASK.save, { id, name }),
  hasWireshark: () => ask(ASK.hasWireshark, {}),
  openInWireshark: (id, name, filter) => ask(ASK.openInWireshark, { id, name, filter }),
  printToPdf: (name) => ask(ASK.printToPdf, { name }),
  setSecret: (name, secret) => ask(ASK.setSecret, { name, secret }),
  hasSecret: (name) => ask(ASK.hasSecret, { name }),
  setTheme: (theme) => ask(ASK.setTheme, { theme }),
  onGo: (listener) => {
    go = listener;
    for (const to of waiting.splice(0)) listener(to);
  },
};

contextBridge.exposeInMainWorld('sondeShell', shell);

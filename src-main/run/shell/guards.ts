/** What no page may do, whichever it is: leave, open windows, embed others, ask for the camera, download, load from afar. */
import type { AppGuardParts, Page, SessionParts, ShellParts } from './electron-parts.ts';
import { isOurPage } from './page.ts';

/** The only place outside that the desk links to: descriptions of techniques. */
const OUTSIDE = 'https://attack.mitre.org';

export function isAllowedOutside(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { origin, username, password } = new URL(address);
  return username === '' && password === '' && origin === OUTSIDE;
}

/** To be set on every page as soon as it is made. */
export function guardPage(page: Page, shell: ShellParts): void {
  const stay = (event: { preventDefault(): void; url: string }): void => {
    if (!isOurPage(event.url)) event.preventDefault();
  };
  page.on('will-navigate', stay);
  page.on('will-redirect', stay);
  page.on('will-frame-navigate', stay);
  page.on('will-attach-webview', (event) => event.preventDefault());
  page.setWindowOpenHandler(({ url }) => {
    // In the user's own browser, and only where we link to; a failure there is the browser's matter.
    if (isAllowedOutside(url)) void shell.openExternal(new URL(url).href).catch(() => undefined);
    return { action: 'deny' };
  });
}

/** Guards that hold for every page there will ever be. The program speaks to no server, so it trusts none. */
export function guardApp(app: AppGuardParts, shell: ShellParts): void {
  app.on('web-contents-created', (_event, page) => guardPage(page, shell));
  app.on('certificate-error', (event, _page, _url, _error, _certificate, trust) => {
    event.preventDefault();
    trust(false);
  });
  app.on('select-client-certificate', (event) => event.preventDefault());
  app.on('login', (event) => event.preventDefault());
}

/** Permissions that the desk itself uses, on its own page. */
const USED: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

/** What a page may load: its own files, and what it made itself. `tools`: the developer tools, in a checkout. */
export function mayLoad(address: string, tools: boolean): boolean {
  if (isOurPage(address)) return true;
  return /^(data:image\/|blob:app:\/\/sonde\/)/.test(address) || (tools && address.startsWith('devtools://'));
}

/** net::ERR_FAILED, for setCertificateVerifyProc. */
const NO_TRUST = -2;

export function guardSession(session: SessionParts, { tools }: { tools: boolean }): void {
  session.setPermissionRequestHandler((page, permission, answer, { requestingUrl, isMainFrame }) =>
    answer(USED.has(permission) && isMainFrame && isOurPage(requestingUrl) && isOurPage(page.getURL())),
  );
  session.setPermissionCheckHandler(
    (page, permission, origin) => USED.has(permission) && isOurPage(origin) && isOurPage(page?.getURL() ?? ''),
  );
  session.setDevicePermissionHandler(() => false);
  session.setCertificateVerifyProc((_request, answer) => answer(NO_TRUST));
  session.setSpellCheckerEnabled(false);
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !mayLoad(url, tools) }));
  session.on('will-download', (event) => event.preventDefault());
}

/**
 * Switches that open a way into the program from outside, or take a wall away; a packaged program refuses to start with
 * them. `no-sandbox` is among them: where the system does not let Chromium have its sandbox there is the browser.
 */
const DOORS: ReadonlySet<string> = new Set([
  'allow-running-insecure-content',
  'browser-subprocess-path',
  'disable-gpu-sandbox',
  'disable-namespace-sandbox',
  'disable-seccomp-filter-sandbox',
  'disable-setuid-sandbox',
  'disable-site-isolation-trials',
  'disable-web-security',
  'gpu-launcher',
  'inspect',
  'inspect-brk',
  'inspect-port',
  'inspect-wait',
  'js-flags',
  'load-extension',
  'no-sandbox',
  'no-zygote',
  'no-zygote-sandbox',
  'ppapi-plugin-launcher',
  'remote-allow-origins',
  'remote-debugging-address',
  'remote-debugging-pipe',
  'remote-debugging-port',
  'renderer-cmd-prefix',
  'single-process',
  'utility-cmd-prefix',
  'zygote-cmd-prefix',
]);

/** Chromium takes `-name` and `--name`, on Windows `/name` too, in letters of any size there. */
export function openDoors(argv: readonly string[], platform: NodeJS.Platform = process.platform): string[] {
  const form = platform === 'win32' ? /^(?:--?|\/)([^=]+)/ : /^--?([^=]+)/;
  const found = new Set<string>();
  for (const arg of argv) {
    if (arg === '--') break;
    const name = form.exec(arg)?.[1]?.toLowerCase();
    if (name !== undefined && DOORS.has(name)) found.add(name);
  }
  return [...found];
}

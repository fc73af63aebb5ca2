/** The window: how it is made, where it opens, and that it remembers. */
import type { BrowserWindowConstructorOptions } from 'electron';
import type { WindowParts } from './electron-parts.ts';
import { openingBounds, readBounds, SMALLEST, writeBounds, type Area } from './bounds.ts';

/** Grounds of src-renderer/styles/tokens.css, so that nothing flashes before the page is there. */
const GROUND = { light: '#f4f6f8', dark: '#11161c' } as const;

/**
 * Chromium's own store for the page. It is kept, for the page remembers there which columns are shown; cookies there are
 * none, since an address of a scheme of our own has none.
 */
export const PARTITION = 'persist:sonde';

export interface WindowFacts {
  boundsFile: string;
  screens: readonly Area[];
  dark: boolean;
  preload: string;
  /** Null where it is not installed. */
  icon: string | null;
  packaged: boolean;
  mac: boolean;
}

/** The page gets no Node, no access to the preload's world, and lives in Chromium's sandbox. */
export function windowOptions(facts: WindowFacts): BrowserWindowConstructorOptions & { maximized: boolean } {
  return {
    ...openingBounds(readBounds(facts.boundsFile), facts.screens),
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
    title: 'Sonde',
    show: false,
    backgroundColor: facts.dark ? GROUND.dark : GROUND.light,
    ...(facts.mac || facts.icon === null ? {} : { icon: facts.icon }),
    webPreferences: {
      preload: facts.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: !facts.packaged,
      partition: PARTITION,
    },
  };
}

export function rememberBounds(window: Pick<WindowParts, 'getNormalBounds' | 'isMaximized'>, file: string): void {
  const { x, y, width, height } = window.getNormalBounds();
  writeBounds(file, { x, y, width, height, maximized: window.isMaximized() });
}

export function bringToFront(window: Pick<WindowParts, 'isMinimized' | 'restore' | 'show' | 'focus'>): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

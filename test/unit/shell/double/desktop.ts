/** The desktop application over the double: started in a folder of its own, with the real engine on the real database. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { buildPreload } from '../../../../scripts/lib/bundle.mjs';
import { Desktop, type DesktopFacts } from '../../../../src-main/run/shell/desktop.ts';
import { contract, type DeskClient } from '../../../../src-shared/contract/index.ts';
import { makeClient } from '../../../../src-shared/contract/client.ts';
import type { ImportState } from '../../../../src-shared/contract/topics/captures.ts';
import type { Transport } from '../../../../src-shared/contract/wire.ts';
import { appRoot, resourcePath } from '../../../../src-main/run/paths.ts';
import { makeElectron, type Double, type DoubleOptions } from './electron.ts';

const SHELL = join(appRoot(), 'src-main', 'run', 'shell');
let built: Promise<string> | undefined;

/** The preload script as the build makes it. */
export function preloadScript(): Promise<string> {
  built ??= buildPreload(appRoot(), esbuild).then(([file]) => file!.text);
  return built;
}

/** The page's side of the line, from the renderer's own sources. They know a browser's types, this test does not. */
interface RendererHost {
  open(on: { open(): void; close(): void }): Transport;
  alive(): Promise<boolean>;
}

export interface Running {
  double: Double;
  desktop: Desktop;
  folder: string;
  logged: unknown[];
  /** False where the program decided to end at once. */
  started: boolean;
  /** Functions that the preload script gives the page. */
  shell(): Record<string, (...args: unknown[]) => unknown>;
  /** What the page was told. */
  told(channel: string): unknown[];
  host(): Promise<RendererHost>;
  /** A client of the contract over a line of the page. */
  connect(on?: { open?(): void; close?(): void }): Promise<DeskClient>;
  stop(): Promise<void>;
}

export async function until<T>(look: () => T | undefined | null | false, what = 'it', ms = 30_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => void setTimeout(resolve, 5));
  }
}

export interface RunOptions extends Partial<DoubleOptions> {
  argv?: readonly string[];
  platform?: NodeJS.Platform;
  facts?: Partial<DesktopFacts>;
}

export async function runDesktop({
  argv = [],
  platform = 'linux',
  facts = {},
  ...options
}: RunOptions = {}): Promise<Running> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'sonde-shell-'));
  const pages = join(folder, 'pages');
  if (!existsSync(pages)) mkdirSync(pages);
  // The engine's database is the user's own: of this folder's user.
  process.env['XDG_DATA_HOME'] = join(folder, 'data');
  process.env['XDG_STATE_HOME'] = join(folder, 'state');
  const double = makeElectron({ preload: await preloadScript(), ...options, folder });
  const logged: unknown[] = [];
  const desktop = new Desktop(double.electron, {
    pages,
    preload: join(SHELL, 'preload.cjs'),
    engine: join(SHELL, 'engine.ts'),
    icons: resourcePath('icons'),
    version: '0.0.0',
    platform,
    argv: options.packaged === true ? ['sonde', ...argv] : ['electron', '.', ...argv],
    folder,
    logFile: () => join(folder, 'main.log'),
    log: (message) => void logged.push(message),
    ...facts,
  });
  const started = desktop.start();
  if (started) await until(() => double.windows[0]?.visible, 'the window');
  const contents = () => double.windows[0]!.webContents;
  const host = async (): Promise<RendererHost> => {
    const path = join(appRoot(), 'src-renderer', 'lib', 'desktop-host.ts');
    const { desktopHost } = (await import(path)) as { desktopHost(page: unknown): RendererHost };
    Object.assign(globalThis, { sondeShell: contents().world['sondeShell'] });
    return desktopHost(contents().window);
  };
  return {
    double,
    desktop,
    folder,
    logged,
    started,
    shell: () => contents().world['sondeShell'] as ReturnType<Running['shell']>,
    told: (channel) =>
      contents()
        .sent.filter((each) => each.channel === channel)
        .map((each) => each.args[0]),
    host,
    connect: async (on = {}) => {
      const opened = await host();
      const transport = opened.open({ open: on.open ?? (() => undefined), close: on.close ?? (() => undefined) });
      return makeClient(contract, transport);
    },
    stop: async () => {
      double.app.quit();
      await until(() => double.app.code !== undefined || !started, 'the end', 40_000);
      await Promise.all(double.engines.map(({ ended }) => ended));
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The states of an import until its end. */
export function followed(client: DeskClient, job: number): Promise<ImportState> {
  return new Promise((resolve, reject) => {
    let last: ImportState | undefined;
    client.captures.progress(
      { job },
      {
        next: (state) => (last = state),
        end: () => (last ? resolve(last) : reject(new Error('no state'))),
        error: reject,
      },
    );
  });
}

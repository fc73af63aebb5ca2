/** Wireshark, where it is installed: packets of an incident are opened in it, through no shell. */
import { spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, rmSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { posix, win32, join } from 'node:path';
import { SondeError } from '../../../src-shared/errors.ts';

/** Where it is installed when it is not on the PATH. */
const PLACES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['/Applications/Wireshark.app/Contents/MacOS/Wireshark'],
  win32: ['C:\\Program Files\\Wireshark\\Wireshark.exe'],
};

/** Longest display filter that is handed over. */
const FILTER_MAX = 8000;
const FOLDER = /^sonde-packets-\w{6}$/;

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The program, or null where it is not installed. Only full paths are looked at: a PATH with `.` in it would start
 * whatever lies beside a capture.
 */
export function findWireshark(
  platform: NodeJS.Platform = process.platform,
  path: string = process.env['PATH'] ?? '',
  runs: (path: string) => boolean = isProgram,
): string | null {
  const paths = platform === 'win32' ? win32 : posix;
  const folders = path.split(paths.delimiter).filter((folder) => paths.isAbsolute(folder));
  const name = platform === 'win32' ? 'Wireshark.exe' : 'wireshark';
  return [...(PLACES[platform] ?? []), ...folders.map((folder) => paths.join(folder, name))].find(runs) ?? null;
}

/** What a program of the system is started with: nothing that is only meant for this one. */
export function plainEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = /^(ELECTRON_|CHROME_|NODE_|ORIGINAL_XDG_|APPDIR$|APPIMAGE$|GDK_BACKEND$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)));
}

function start(program: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      detached: true,
      stdio: 'ignore',
      shell: false,
      env: plainEnvironment(process.env),
    });
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
    child.once('error', (error) =>
      reject(
        new SondeError('read-failed', `${program} does not start: ${error.message}`, program, 'Start it by hand.', {
          cause: error,
        }),
      ),
    );
  });
}

/**
 * Opens packets that were exported. `take` moves them to a place of their own, which is removed at the next start.
 *
 * @throws SondeError where it is not installed or does not start
 */
export async function openInWireshark(
  parts: { temporary: string; take(to: string): Promise<void> },
  { name, filter }: { name: string; filter: string },
  program: string | null = findWireshark(),
): Promise<void> {
  if (program === null) {
    const cure = 'Install Wireshark, or save the packets and open them where it is installed.';
    throw new SondeError('not-found', 'Wireshark is not installed here', 'wireshark', cure);
  }
  const path = join(await mkdtemp(join(parts.temporary, 'sonde-packets-')), name);
  await parts.take(path);
  await start(program, ['-r', path, ...(filter === '' || filter.length > FILTER_MAX ? [] : ['-Y', filter])]);
}

/** Packets that an earlier run left for Wireshark. */
export function forgetPackets(temporary: string): void {
  for (const entry of readdirSync(temporary, { withFileTypes: true })) {
    if (!entry.isDirectory() || !FOLDER.test(entry.name)) continue;
    try {
      rmSync(join(temporary, entry.name), { recursive: true, force: true });
    } catch {
      // Another user's, or still open.
    }
  }
}

/** Installs the capture helper by asking for an administrator's password on the screen. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Access } from './state.ts';
import { INSTALLED_SETUP, type HelperPlaces } from './places.ts';

const PKEXEC = '/usr/bin/pkexec';
/** Somebody types a password meanwhile, ms. */
const PATIENCE_MS = 180_000;
const COMPLAINT_MAX = 1 << 14;
/** Exit codes of pkexec(1): refused or not authorised; the dialog was dismissed. */
const REFUSED = new Set([126, 127]);

/** What pkexec is to run; null where it cannot help: no helper to install, no screen to ask on, or no need. */
export function installCommand(
  access: Access,
  places: HelperPlaces,
  system: { env: NodeJS.ProcessEnv; platform: NodeJS.Platform; exists: (path: string) => boolean } = {
    env: process.env,
    platform: process.platform,
    exists: existsSync,
  },
): string[] | null {
  const { env, platform, exists } = system;
  const screen = Boolean(env['DISPLAY']) || Boolean(env['WAYLAND_DISPLAY']);
  if (platform !== 'linux' || access.engine === 'helper' || !screen || !exists(PKEXEC)) return null;
  if (exists(places.installed) && exists(INSTALLED_SETUP)) return [INSTALLED_SETUP];
  const { installer, shipped } = places;
  if (installer === null || shipped === null || !exists(installer) || !exists(shipped)) return null;
  return ['/bin/sh', installer, shipped];
}

/** @throws SondeError (rejects) `not-permitted`, `cancelled` */
export function installHelper(command: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { timeout: PATIENCE_MS, maxBuffer: COMPLAINT_MAX };
    execFile(PKEXEC, command, options, (error, _output, complaint) => {
      if (!error) return resolve();
      const refused = typeof error.code === 'number' && REFUSED.has(error.code);
      const last = complaint.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
      const what = refused
        ? 'the helper was not installed: nobody allowed it'
        : `the helper was not installed: ${last}`;
      const cure = 'Use the command beside the button in a terminal.';
      reject(new SondeError(refused ? 'cancelled' : 'not-permitted', what, PKEXEC, cure, { cause: error }));
    });
  });
}

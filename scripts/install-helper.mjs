/**
 * `npm run install-helper`: builds the capture helper of this checkout where it is missing, and installs it to its fixed
 * place: as root at once, else by sudo.
 */
import { join } from 'node:path';
import { onPath } from './lib/debian.mjs';
import { foreground } from './lib/child.mjs';
import { ROOT } from './lib/project.mjs';
import { runMain, SetupError } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

await runMain(async () => {
  if (process.platform !== 'linux') throw new SetupError('the capture helper is for Linux', 2);
  await setUp({ bundle: false });
  const helper = join(ROOT, 'build', 'native', `linux-${process.arch}`, 'sonde-capture');
  const command = ['sh', join(ROOT, 'resources', 'linux', 'install-helper.sh'), helper];
  if (process.getuid?.() === 0) return foreground(command[0] ?? 'sh', command.slice(1));
  if (!onPath('sudo')) {
    throw new SetupError(`there is no sudo here; as root, type: ${command.join(' ')}`, 3);
  }
  return foreground('sudo', command);
});

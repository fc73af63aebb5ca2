/** resources/linux/install-helper.sh, as root, with folders of its own in the place of the system's. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { onPath } from '../../../scripts/lib/debian.mjs';
import { suiteNeeds } from '../../setup/skip.ts';
import { HELPER, removeFolder, ROOT, temporaryFolder, whyNoCable } from '../../integration/capture/network.ts';

const noCable = await whyNoCable();
const why = noCable || (onPath('setcap') && onPath('unshare') ? '' : 'tcpreplay, dumpcap or setcap is not installed');
const folder = temporaryFolder();
const SCRIPT = join(ROOT, 'resources', 'linux', 'install-helper.sh');
const INSTALLED = '/usr/libexec/sonde/sonde-capture';
afterAll(() => removeFolder(folder));

/** In mount namespaces nobody else sees: /usr/libexec empty, /etc a copy. `$1` is the script, `$2` the helper. */
function inside(commands: string): SpawnSyncReturns<string> {
  const setup = [
    'set -e',
    'mount --make-rprivate /',
    `cp -a /etc '${folder}/etc'`,
    `mount --bind '${folder}/etc' /etc`,
    'mount -t tmpfs -o mode=755 tmpfs /usr/libexec',
  ].join('\n');
  const run = spawnSync('unshare', ['--mount', 'sh', '-c', `${setup}\n${commands}`, 'sh', SCRIPT, HELPER], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], SUDO_UID: '65534' },
  });
  spawnSync('rm', ['-rf', join(folder, 'etc')]);
  return run;
}

suiteNeeds(why === '', why)('the installation of the helper', () => {
  let installed: SpawnSyncReturns<string>;
  beforeAll(() => {
    installed = inside(
      `sh "$1" "$2"; stat -c '%A %U %G' ${INSTALLED}; getcap ${INSTALLED}; id -nG nobody; ls -A /usr/libexec/sonde`,
    );
  });

  it("is root's, for the group, with one capability, and leaves nothing else", () => {
    expect(installed.stderr).toContain(`sonde: ${INSTALLED} is installed`);
    const [mode, capability, groups, ...files] = installed.stdout.trim().split('\n');
    expect(mode).toBe('-rwxr-x--- root sonde');
    expect(capability).toBe(`${INSTALLED} cap_net_raw=ep`);
    expect(groups?.split(' ')).toContain('sonde');
    expect(files).toEqual(['sonde-capture']);
  });

  it('lets a member capture, and nobody else run it', () => {
    // By a shell: setpriv itself still has root's power over files when it starts a program.
    const as = (groups: string): string =>
      `setpriv --reuid=54321 --regid=54321 ${groups} sh -c '${INSTALLED} --version || echo refused'`;
    const member = as('--groups=$(getent group sonde | cut -d: -f3)');
    const other = as('--clear-groups');
    const { stdout } = inside(`sh "$1" "$2"; ${member}; ${other}`);
    expect(stdout).toBe('sonde-capture 0.1.0 protocol 1 capture yes\nrefused\n');
  });

  it('replaces one that is there, and can be undone', () => {
    const { stdout, status } = inside(`sh "$1" "$2"; sh "$1" "$2"; sh "$1" --remove; ls /usr/libexec | wc -l`);
    expect({ stdout: stdout.trim(), status }).toEqual({ stdout: '0', status: 0 });
  });

  it.each([
    ['a program that is not the helper', 'sh "$1" /bin/echo', 65],
    ['what is no program', 'sh "$1" /etc/hostname', 65],
    ['a folder', 'sh "$1" /etc', 66],
    ['nothing', 'sh "$1"', 64],
    ['a place that others may write to', 'mkdir -m 777 /usr/libexec/sonde; sh "$1" "$2"', 73],
    [
      'a place that leads elsewhere',
      'mkdir /tmp/elsewhere$$; ln -s /tmp/elsewhere$$ /usr/libexec/sonde; sh "$1" "$2"',
      73,
    ],
    ['a user who is not root', 'setpriv --reuid=54321 --clear-groups sh "$1" "$2"', 77],
  ])('refuses %s and installs nothing', (_, commands, code) => {
    const run = inside(
      `set +e; ${commands}; echo $?; rmdir /tmp/elsewhere$$ 2>/dev/null; ls -A /usr/libexec/sonde/ 2>/dev/null`,
    );
    expect(run.stdout).toBe(`${code}\n`);
  });
});

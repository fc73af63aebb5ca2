import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { distFiles } from '../../scripts/hooks/dist-files.mjs';
import { captureHelper } from '../../scripts/hooks/linux-root.mjs';
import { closure, filesOf } from '../../scripts/hooks/packages.mjs';
import { stage } from '../../scripts/hooks/stage.mjs';
import { icns, ICNS_TYPES, ico } from '../../scripts/lib/icon-files.mjs';

interface BuilderConfig {
  getConfig(project: string, file: string, options: null): Promise<Config>;
  validateConfiguration(config: object, log: { isEnabled: boolean; add(): void }): Promise<void>;
}

interface Association {
  ext: string | string[];
}

interface Config extends Record<string, unknown> {
  electronFuses: Record<string, boolean>;
  extraMetadata: Record<string, string>;
  mac: Record<string, unknown> & { fileAssociations: Association[] };
  win: { fileAssociations: Association[] };
  linux: { mimeTypes: string[]; target: string[] };
}

const root = join(import.meta.dirname, '..', '..');
const require = createRequire(import.meta.url);
const builder = require('app-builder-lib/out/util/config/config') as BuilderConfig;
const log = { isEnabled: false, add: () => undefined };
const config = await builder.getConfig(root, 'electron-builder.yml', null);
const text = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');

describe('electron-builder.yml', () => {
  it("fits electron-builder's schema", async () => {
    await builder.validateConfiguration(config, log);
    expect(config['appId']).toBe('app.sonde.desktop');
  });

  it('is really checked: an option that electron-builder does not know is refused', async () => {
    await expect(builder.validateConfiguration({ ...config, asarUnpak: [] }, log)).rejects.toThrow(/asarUnpak/);
  });

  it('sets every fuse that electron-builder knows, none by default', () => {
    const schema = JSON.parse(text('node_modules', 'app-builder-lib', 'scheme.json')) as {
      definitions: { FuseOptionsV1: { properties: object } };
    };
    const known = Object.keys(schema.definitions.FuseOptionsV1.properties);
    // Not a fuse: it asks for a new signature, which electron-builder makes in any case.
    expect(Object.keys(config.electronFuses).sort()).toEqual(
      known.filter((name) => name !== 'resetAdHocDarwinSignature').sort(),
    );
    expect(config.electronFuses).toMatchObject({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      onlyLoadAppFromAsar: true,
      enableEmbeddedAsarIntegrityValidation: true,
      enableCookieEncryption: true,
      grantFileProtocolExtraPrivileges: false,
    });
  });

  it('names the archive’s entry as the staged package.json does', () => {
    const manifest = JSON.parse(text('package.json')) as { main?: string };
    expect(config.extraMetadata['main']).toBe('dist/src-main/run/shell/main.js');
    if (manifest.main !== undefined) expect(manifest.main).toBe(config.extraMetadata['main']);
    expect(text('scripts', 'hooks', 'stage.mjs')).toContain(`'${config.extraMetadata['desktopName']}'`);
  });

  it('hardens the runtime on macOS and allows no more than compiled code there', () => {
    expect(config.mac['hardenedRuntime']).toBe(true);
    for (const name of ['entitlements', 'entitlementsInherit']) {
      const granted = text(String(config.mac[name])).match(/<key>[^<]*<\/key>\s*<\w+\/>/g);
      expect(granted).toEqual(['<key>com.apple.security.cs.allow-jit</key>\n    <true/>']);
    }
  });

  it('opens captures and cases on every system, compressed captures as far as each can tell them', () => {
    const endings = ['pcap', 'cap', 'dmp', 'pcapng'];
    const [own, compressed, cases] = config.mac.fileAssociations;
    expect(config.win.fileAssociations.flatMap(({ ext }) => ext)).toEqual([...endings, 'sondecase']);
    expect(cases).toMatchObject({ ext: 'sondecase', rank: 'Owner' });
    expect(own?.ext).toEqual(endings);
    // Other people's archives: offered, never taken.
    expect(compressed).toMatchObject({ ext: ['gz', 'zst'], rank: 'Alternate' });
    const installer = text('resources', 'win', 'installer.nsh');
    for (const word of ['WriteRegStr', 'DeleteRegValue'])
      for (const ext of ['gz', 'zst'])
        expect(installer).toContain(`${word} SHELL_CONTEXT "Software\\Classes\\.${ext}\\OpenWithProgids" "Sonde.pcap"`);
    const mime = text('resources', 'linux', 'sonde-mime.xml');
    const globs = [...mime.matchAll(/<glob pattern="\*\.([^"]+)"/g)].map(([, glob]) => glob);
    expect(new Set(globs)).toEqual(
      new Set([...endings.flatMap((each) => [each, `${each}.gz`, `${each}.zst`]), 'sondecase']),
    );
    const types = [...mime.matchAll(/<mime-type type="([^"]+)"/g)].map(([, type]) => type);
    expect(types).toEqual(config.linux.mimeTypes);
  });
});

describe('scripts of the packages', () => {
  const scripts = ['sonde', 'sonde-capture-install', 'after-install.sh', 'after-remove.sh'];

  it.each(scripts)('%s is a POSIX shell script', (name) => {
    const file = join(root, 'resources', 'linux', name);
    expect(text('resources', 'linux', name)).toMatch(/^#!\/bin\/sh\n/);
    expect(spawnSync('sh', ['-n', file], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it.each(['after-install.sh', 'after-remove.sh'])('%s has no macro that electron-builder would fill in', (name) => {
    expect(text('resources', 'linux', name)).not.toMatch(/\$\{[a-zA-Z]+\}|<%=/);
  });

  it('keep the group and the profile on an upgrade', () => {
    for (const word of ['upgrade', 'failed-upgrade', '1', 'abort-install', 'disappear']) {
      const file = join(root, 'resources', 'linux', 'after-remove.sh');
      const { status, stdout, stderr } = spawnSync('sh', ['-x', file, word], { encoding: 'utf8' });
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
      expect(stderr.trim().split('\n').at(-1)).toBe('+ exit 0');
      expect(stderr).not.toMatch(/groupdel|apparmor|rm /);
    }
  });

  it('polkit lets an administrator run one program of root’s, and asks for a password', () => {
    const policy = text('resources', 'linux', 'app.sonde.capture.policy');
    expect([...policy.matchAll(/<action id="([^"]+)"/g)].map(([, id]) => id)).toEqual([
      'app.sonde.install-capture-helper',
    ]);
    expect(policy).toContain('exec.path">/usr/libexec/sonde/sonde-capture-install<');
    const answers = [...policy.matchAll(/<allow_\w+>(\w+)</g)].map(([, answer]) => answer);
    expect(answers).toEqual(['auth_admin', 'auth_admin', 'auth_admin']);
  });

  it('the one that polkit runs believes no argument', () => {
    const file = join(root, 'resources', 'linux', 'sonde-capture-install');
    const { status, stderr } = spawnSync('sh', [file, '/tmp/other'], { encoding: 'utf8' });
    expect([64, 77]).toContain(status);
    expect(stderr).toMatch(/takes no arguments|root sets this up/);
  });
});

describe('what is packed', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sonde-house-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const put = (path: string, content = ''): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };

  it('of dist/ is what the entries reach, not what earlier builds left', () => {
    put('src-main/cli.js', 'import "../chunks/a-AAAAAAAA.js";');
    put('src-main/cli.js.map');
    put('chunks/a-AAAAAAAA.js', 'import("./b-BBBBBBBB.js")');
    put('chunks/b-BBBBBBBB.js', '');
    put('chunks/b-BBBBBBBB.js.map');
    put('chunks/old-CCCCCCCC.js', 'import "./a-AAAAAAAA.js"');
    put('renderer/index.html', '<script src="./assets/desk-DDDDDDDD.js">');
    put('renderer/assets/desk-DDDDDDDD.js', 'url(./inter-EEEEEEEE.woff2)');
    put('renderer/assets/desk-DDDDDDDD.js.LEGAL.txt');
    put('renderer/assets/inter-EEEEEEEE.woff2');
    put('renderer/assets/desk-FFFFFFFF.js');
    put('renderer/desk-FFFFFFFF.js');
    put('.stamp');
    const files = distFiles(folder, (path) => path.startsWith('src-main/') || path === 'renderer/index.html');
    expect(files).toEqual([
      'chunks/a-AAAAAAAA.js',
      'chunks/b-BBBBBBBB.js',
      'renderer/assets/desk-DDDDDDDD.js',
      'renderer/assets/desk-DDDDDDDD.js.LEGAL.txt',
      'renderer/assets/inter-EEEEEEEE.woff2',
      'renderer/index.html',
      'src-main/cli.js',
    ]);
  });

  it('of packages is what they need, nested ones where Node finds them, without types and tests', () => {
    put('node_modules/a/package.json', '{"main":"src/a.js","dependencies":{"b":"1","@types/x":"1"}}');
    put('node_modules/a/src/a.js');
    put('node_modules/a/src/a.d.ts');
    put('node_modules/a/test/a.js');
    put('node_modules/a/LICENSE');
    put('node_modules/a/readme.md');
    put('node_modules/a/node_modules/b/package.json', '{}');
    put('node_modules/b/package.json', '{}');
    const found = closure(folder, ['a']);
    expect(found.map((each) => each.folder.slice(folder.length + 1))).toEqual([
      'node_modules/a',
      'node_modules/a/node_modules/b',
    ]);
    expect(filesOf(found[0]!, 'linux', 'x64')).toEqual(['LICENSE', 'package.json', 'src/a.js']);
    expect(() => closure(folder, ['c'])).toThrow('the package c is not installed');
  });

  it('of better-sqlite3 is the binary for the system alone', () => {
    const [sqlite] = closure(root, ['better-sqlite3']);
    const natives = filesOf(sqlite!, 'win32', 'x64').filter((path) => path.endsWith('.node'));
    expect(natives).toEqual(['prebuilds/win32-x64.node']);
  });

  it('of yaml are its modules for Node, also those in a folder that is called as documentation is', () => {
    const [yaml] = closure(root, ['yaml']);
    const files = filesOf(yaml!, 'linux', 'x64');
    expect(files).toContain('dist/doc/Document.js');
    expect(files.filter((path) => path.startsWith('browser/') || path.endsWith('.d.ts'))).toEqual([]);
  });

  it('has the capture helper, or the packing fails, where the checkout has its source', () => {
    expect(captureHelper(folder, 'x64')).toBeUndefined();
    put('src-main/meter/capture/helper/main.c');
    expect(() => captureHelper(folder, 'x64')).toThrow('the capture helper for linux-x64 is not built');
    put('build/native/linux-x64/sonde-capture');
    expect(captureHelper(folder, 'x64')).toBe(join('build', 'native', 'linux-x64', 'sonde-capture'));
  });

  it('is refused for systems whose Node is not there, before anything is built', async () => {
    const none = { platform: 'aix', arch: 'x64' };
    await expect(stage(folder, none, () => undefined)).rejects.toThrow('node-aix-x64, the Node that the command line');
    await expect(stage(folder, { platform: 'linux', arch: 'ia32' }, () => undefined)).rejects.toThrow('ia32');
  });
});

describe('icons', () => {
  const icons = join(root, 'resources', 'icons');
  const side = (png: Buffer): number => {
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect(png.readUInt32BE(16)).toBe(png.readUInt32BE(20));
    return png.readUInt32BE(16);
  };

  it('for Linux are as large as their names say', () => {
    const names = readdirSync(join(icons, 'linux')).sort((a, b) => parseInt(a) - parseInt(b));
    expect(names).toEqual([16, 24, 32, 48, 64, 128, 256, 512, 1024].map((size) => `${size}x${size}.png`));
    for (const name of names) expect(side(readFileSync(join(icons, 'linux', name)))).toBe(parseInt(name));
  });

  it.each(['icon.ico', 'document.ico'])('%s holds a picture for each size of Windows', (name) => {
    const file = readFileSync(join(icons, name));
    const entries = Array.from({ length: file.readUInt16LE(4) }, (_, index) => file.subarray(6 + 16 * index));
    const pictures = entries.map((entry) => file.subarray(entry.readUInt32LE(12)).subarray(0, entry.readUInt32LE(8)));
    expect(pictures.map(side)).toEqual([16, 24, 32, 48, 64, 128, 256]);
    expect(entries.map((entry) => entry.readUInt8(0) || 256)).toEqual(pictures.map(side));
    expect(ico(pictures.map((png) => ({ size: side(png), png }))).equals(file)).toBe(true);
  });

  it.each(['icon.icns', 'document.icns'])('%s holds a picture for each type of macOS', (name) => {
    const file = readFileSync(join(icons, name));
    expect(file.readUInt32BE(4)).toBe(file.length);
    const found: [string, number][] = [];
    const pictures = new Map<number, Buffer>();
    for (let at = 8; at < file.length; at += file.readUInt32BE(at + 4)) {
      const png = file.subarray(at + 8, at + file.readUInt32BE(at + 4));
      found.push([file.toString('latin1', at, at + 4), side(png)]);
      pictures.set(side(png), png);
    }
    expect(found).toEqual(ICNS_TYPES.map(([type, size]) => [type, size]));
    expect(icns((size: number) => pictures.get(size)!).equals(file)).toBe(true);
  });

  it('for the tray come for plain and fine screens', () => {
    for (const [name, size] of [
      ['tray', 24],
      ['tray-light', 24],
      ['tray-dark', 24],
      ['trayTemplate', 16],
    ] as const) {
      expect(side(readFileSync(join(icons, `${name}.png`)))).toBe(size);
      expect(side(readFileSync(join(icons, `${name}@2x.png`)))).toBe(size * 2);
    }
  });

  it('are small enough to ship', () => {
    const all = readdirSync(icons, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(icons, name)));
    expect(all.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)).toBeLessThan(1_000_000);
  });
});

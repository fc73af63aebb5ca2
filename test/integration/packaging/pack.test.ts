import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs, suiteNeeds } from '../../setup/skip.ts';
import { archived, importedPackages, pack, packagesOf, readArchived, ROOT } from './pack.ts';

const DPKG = existsSync('/usr/bin/dpkg-deb');
const SAMPLE = join(ROOT, 'resources', 'sample', 'office-hour.pcapng.gz');
/** As a service or a fresh login would have it: no display, and none of the checkout's own variables. */
const BARE = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' };
/** All that ships of other people's code, beside what esbuild put into the page. A new one is a decision. */
const ENGINE = [
  '@noble/ciphers',
  '@noble/hashes',
  '@redis/client',
  '@swc/helpers',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-layers',
  'base64-js',
  'better-sqlite3',
  'brotli',
  'clone',
  'dfa',
  'fast-deep-equal',
  'fflate',
  'fontkit',
  'is-any-array',
  'linebreak',
  'long',
  'ml-array-max',
  'ml-array-min',
  'ml-isolation-forest',
  'mmdb-lib',
  'node-fetch',
  'nodemailer',
  'oui-data',
  'pako',
  'pdfkit',
  'png-js',
  're2js',
  'restructure',
  'seedrandom',
  'tiny-inflate',
  'tr46',
  'unicode-properties',
  'unicode-trie',
  'webidl-conversions',
  'whatwg-url',
  'ws',
  'yaml',
  'zod',
];
const WINDOW = [
  'builder-util-runtime',
  'debug',
  'electron-log',
  'electron-updater',
  'fs-extra',
  'graceful-fs',
  'js-yaml',
  'jsonfile',
  'lazy-val',
  'lodash.escaperegexp',
  'lodash.isequal',
  'ms',
  'sax',
  'tiny-typed-emitter',
  'universalify',
];
/** libtensorflow is fetched at installation and often cannot be had; then none of it ships. */
const NATIVE_TENSORFLOW = existsSync(
  join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node', 'lib', 'napi-v8', 'tfjs_binding.node'),
);
const CAP = existsSync(join(ROOT, 'node_modules', 'cap', 'build', 'Release', 'cap.node')) ? ['cap'] : [];
const NOT_FOR_USERS =
  /\.(tsx?|[cm]ts|map|tsbuildinfo|gyp)$|^(src-\w+|test|scripts|docs)\/|(^|\/)(__tests__|\.git|\.cache)\//;

suiteNeeds(process.platform === 'linux', 'written for Linux')('the packed application', () => {
  let folder = '';
  let app = '';
  let resources = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-pack-'));
    const { code, output } = await pack(folder, DPKG ? 'deb' : 'dir');
    expect(code, output).toBe(0);
    const out = readdirSync(join(folder, 'out')).find((name) => name.endsWith('-unpacked'));
    app = join(folder, 'out', out!);
    resources = join(app, 'resources');
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe('its archive', () => {
    it('starts the window, and says no more of the project than that needs', () => {
      const manifest = JSON.parse(readArchived(join(resources, 'app.asar'), 'package.json')) as Record<string, unknown>;
      expect(Object.keys(manifest).sort()).toEqual(
        ['description', 'desktopName', 'license', 'main', 'name', 'productName', 'type', 'version'].sort(),
      );
      expect(manifest['main']).toBe('dist/src-main/run/shell/main.js');
      const { inside } = archived(join(resources, 'app.asar'));
      expect(inside).toContain('dist/src-main/run/shell/main.js');
      expect(inside).toContain('dist/src-main/run/shell/preload.cjs');
      expect(inside).toContain('dist/renderer/index.html');
    });

    it('has no sources, tests, maps or tools', () => {
      const { inside, unpacked } = archived(join(resources, 'app.asar'));
      expect([...inside, ...unpacked].filter((path) => NOT_FOR_USERS.test(path))).toEqual([]);
      expect(inside.length).toBeGreaterThan(100);
    });

    it('has the packages that its programs name, and no others', () => {
      const file = join(resources, 'app.asar');
      const { inside, unpacked } = archived(file);
      const packages = packagesOf([...inside, ...unpacked]);
      if (!NATIVE_TENSORFLOW) expect(packages).toEqual([...ENGINE, ...WINDOW].sort());
      const programs = inside.filter((path) => /^dist\/(src-main|chunks)\/.*\.c?js$/.test(path));
      const named = new Set(programs.flatMap((path) => importedPackages(readArchived(file, path))));
      expect(named.size).toBeGreaterThan(5);
      // `cap` is compiled for the command line's Node; asked for here, it is missed, and said to be missing.
      const elsewhere = new Set(['electron', 'cap']);
      expect([...named].filter((name) => !elsewhere.has(name) && !packages.includes(name))).toEqual([]);
    });

    it('leaves beside it what a system must open as a file, and nothing else', () => {
      const { inside, unpacked } = archived(join(resources, 'app.asar'));
      expect(inside.filter((path) => /\.(node|wasm|so(\.\d+)*|dylib|dll)$/.test(path))).toEqual([]);
      const natives = unpacked.filter((path) => path.endsWith('.node'));
      expect(natives).toContain(`node_modules/better-sqlite3/prebuilds/linux-${process.arch}.node`);
      expect(unpacked.filter((path) => path.endsWith('.wasm')).length).toBe(3);
      for (const path of unpacked) expect(existsSync(join(resources, 'app.asar.unpacked', path)), path).toBe(true);
      if (!NATIVE_TENSORFLOW) expect(packagesOf(unpacked)).toEqual(['@tensorflow/tfjs-backend-wasm', 'better-sqlite3']);
    });
  });

  it('has the fuses of electron-builder.yml, each as it is meant', async () => {
    const require = createRequire(import.meta.url);
    const { getCurrentFuseWire } = require('@electron/fuses') as {
      getCurrentFuseWire(program: string): Promise<Record<string, number | string>>;
    };
    const wire = await getCurrentFuseWire(join(app, 'sonde-desktop'));
    const states = Array.from({ length: 8 }, (_, fuse) => String.fromCharCode(Number(wire[fuse])));
    // runAsNode, cookies, NODE_OPTIONS, --inspect, integrity, only asar, own snapshot, file:// privileges.
    expect(states).toEqual(['0', '1', '0', '0', '1', '1', '0', '0']);
  });

  describe('its command line', () => {
    it('is a tree of plain files with the packages that its programs name', () => {
      const paths = walk(resources).map((path) => relative(resources, path));
      expect(paths.filter((path) => !path.startsWith('node/') && NOT_FOR_USERS.test(path))).toEqual([]);
      const packages = packagesOf(paths);
      expect(packages).toEqual([...ENGINE, ...CAP].sort());
      const programs = paths.filter((path) => /^dist\/(src-main|chunks)\/.*\.c?js$/.test(path));
      const named = new Set(programs.flatMap((path) => importedPackages(readFileSync(join(resources, path), 'utf8'))));
      expect(named.size).toBeGreaterThan(5);
      expect([...named].filter((name) => !packages.includes(name))).toEqual([]);
    });

    it('gives the report of the checkout, through a link, from elsewhere, without a display', () => {
      const link = join(folder, 'sonde');
      symlinkSync(join(resources, 'bin', 'sonde'), link);
      const database = join(folder, 'kept.db');
      const pdf = join(folder, 'report.pdf');
      const packed = run(link, ['triage', '--json', '--db', database, '--report', pdf, SAMPLE]);
      expect(packed.stderr).toBe('');
      expect(packed.status).toBe(0);
      const entry = join(ROOT, 'dist', 'src-main', 'run', 'cli', 'main.js');
      expect(readFileSync(pdf).subarray(0, 5).toString()).toBe('%PDF-');
      const ours = run(process.execPath, [entry, 'triage', '--json', '--db', join(folder, 'ours.db'), SAMPLE]);
      expect(report(packed.stdout)).toEqual(report(ours.stdout));
      expect(report(packed.stdout)['incidents']).not.toEqual([]);
      expect(readFileSync(database).subarray(0, 15).toString('latin1')).toBe('SQLite format 3');
    });

    it('keeps exit codes and arguments', () => {
      const program = join(resources, 'bin', 'sonde');
      expect(run(program, ['triage', 'no such file.pcap']).status).toBe(3);
      expect(run(program, ['triage', 'no such file.pcap']).stderr).toContain('no such file.pcap');
      expect(run(program, ['--no-such-option']).status).toBe(2);
    });

    it('trains on WebAssembly', () => {
      const script = `
        import core from '@tensorflow/tfjs-core';
        import wasm from '@tensorflow/tfjs-backend-wasm';
        import { dirname, sep } from 'node:path';
        import { createRequire } from 'node:module';
        const require = createRequire(process.cwd() + '/x.js');
        wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
        const ok = await core.setBackend('wasm');
        const product = core.matMul(core.tensor2d([[1, 2]]), core.tensor2d([[3], [4]])).dataSync();
        console.log(JSON.stringify([ok, core.getBackend(), [...product]]));`;
      const node = join(resources, 'node', 'bin', 'node');
      const { stdout, stderr } = run(node, ['--input-type=module', '-e', script], resources);
      expect(JSON.parse(stdout || 'null'), stderr).toEqual([true, 'wasm', [11]]);
    });

    it('serves the desk that is packed', async () => {
      const data = join(folder, 'data');
      const args = ['serve', '--json', '--keep', '--port', '0'];
      const env = { ...BARE, HOME: folder, XDG_DATA_HOME: data };
      const child = spawn(join(resources, 'bin', 'sonde'), args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      const ended = new Promise((resolve) => child.on('close', resolve));
      try {
        const { url } = await firstLine(child);
        const page = await fetch(new URL('/', url));
        const [script] = /assets\/desk-[A-Z0-9]{8}\.js/.exec(await page.text()) ?? [];
        expect((await fetch(new URL(`/${script}`, url))).status).toBe(200);
      } finally {
        child.kill('SIGTERM');
        await ended;
      }
    });
  });

  it('has the data that both programs share', () => {
    for (const path of ['models/base.model', 'sample/office-hour.pcapng.gz', 'icons/icon.png', 'icons/tray.png'])
      expect(existsSync(join(resources, 'resources', path)), path).toBe(true);
    expect(readdirSync(join(resources, 'resources')).sort()).toEqual([
      'grafana',
      'icons',
      'models',
      'rules',
      'sample',
      'schemas',
      'words',
    ]);
  });

  needs(DPKG, 'dpkg-deb is not installed')('installs as a deb that is root’s alone, with sonde on the PATH', () => {
    const file = join(
      folder,
      'out',
      readdirSync(join(folder, 'out')).find((name) => name.endsWith('.deb'))!,
    );
    const lines = execFileSync('dpkg-deb', ['-c', file], { encoding: 'utf8', maxBuffer: 1 << 26 })
      .trim()
      .split('\n');
    const entry = (path: string): string => lines.find((line) => line.includes(` .${path}`)) ?? '';
    expect(entry('/usr/bin/sonde')).toMatch(/^l.* -> \.\.\/\.\.\/opt\/Sonde\/resources\/bin\/sonde$/);
    expect(entry('/opt/Sonde/resources/bin/sonde')).toMatch(/^-rwxr-xr-x/);
    expect(entry('/opt/Sonde/resources/node/bin/node')).toMatch(/^-rwxr-xr-x/);
    expect(entry('/usr/share/mime/packages/sonde.xml')).not.toBe('');
    expect(entry('/usr/share/doc/sonde/copyright')).not.toBe('');
    expect(lines.filter((line) => !line.split(/\s+/)[1]?.startsWith('root/root'))).toEqual([]);
    expect(lines.filter((line) => /^[-d]....w|^[-d].......w|^-..[sS]/.test(line))).toEqual([]);
    const outside = lines.map((line) => line.split(/\s+/)[5]!).filter((path) => !/^\.\/(opt\/|usr\/|$)/.test(path));
    expect(outside).toEqual([]);
    const helper = existsSync(join(ROOT, 'build', 'native', `linux-${process.arch}`, 'sonde-capture'));
    expect(entry('/usr/libexec/sonde/sonde-capture') !== '').toBe(helper);
  });

  needs(DPKG, 'dpkg-deb is not installed')('says in the deb what it needs, and how a desktop shows it', () => {
    const file = join(
      folder,
      'out',
      readdirSync(join(folder, 'out')).find((name) => name.endsWith('.deb'))!,
    );
    const control = join(folder, 'deb');
    execFileSync('dpkg-deb', ['-R', file, control]);
    const fields = readFileSync(join(control, 'DEBIAN', 'control'), 'utf8');
    expect(fields).toMatch(/^Package: sonde$/m);
    expect(fields).toMatch(/^Depends: .*libgtk-3-0.*libpcap0\.8/m);
    const desktop = readFileSync(join(control, 'usr/share/applications/sonde-desktop.desktop'), 'utf8');
    expect(desktop).toMatch(/^Exec=\/opt\/Sonde\/sonde-desktop %F$/m);
    expect(desktop).toMatch(/^StartupWMClass=sonde-desktop$/m);
    expect(desktop).toMatch(
      /^MimeType=application\/vnd\.tcpdump\.pcap;application\/x-pcapng;application\/x-sonde-case;$/m,
    );
    const [, sample] = /^Exec=\/opt\/Sonde\/sonde-desktop (\/.+)$/m.exec(desktop.replace(/%F/, '')) ?? [];
    expect(existsSync(join(control, sample!))).toBe(true);
    for (const script of ['postinst', 'postrm']) {
      expect(spawnSync('sh', ['-n', join(control, 'DEBIAN', script)]).status).toBe(0);
      expect(lstatSync(join(control, 'DEBIAN', script)).mode & 0o777).toBe(0o755);
    }
  });
});

function run(
  program: string,
  args: string[],
  cwd = tmpdir(),
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(program, args, { cwd, env: BARE, encoding: 'utf8', maxBuffer: 1 << 28 });
}

/** A report without what differs from run to run: how long it took and how much memory. */
function report(text: string): Record<string, unknown> {
  const machine = new Set(['readMs', 'totalMs', 'packetsPerSecond', 'peakRssBytes']);
  return JSON.parse(text, (key, value: unknown) => (machine.has(key) ? 0 : value)) as Record<string, unknown>;
}

function firstLine(child: ReturnType<typeof spawn>): Promise<{ url: string }> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes('\n')) resolve(JSON.parse(text.slice(0, text.indexOf('\n'))) as { url: string });
    });
    child.on('close', (code) => reject(new Error(`serve ended with ${code}`)));
  });
}

/** Plain files below `folder`, without the archive's own. */
function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name === 'app.asar.unpacked') return [];
    return entry.isDirectory() ? walk(path) : [path];
  });
}

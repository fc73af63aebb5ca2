import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installCommand, missing } from '../../scripts/lib/debian.mjs';
import { agrees, dependenciesAreCurrent, ensureDependencies } from '../../scripts/lib/dependencies.mjs';
import { CHECKOUT } from './tree.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sonde set-up '));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('installed packages', () => {
  const lock = {
    lockfileVersion: 3,
    packages: {
      '': { name: 'sonde' },
      'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
      'node_modules/b': { version: '2.0.0', integrity: 'sha512-b', optional: true },
    },
  };

  function install(packages: Record<string, object>): void {
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
  }

  beforeEach(() => writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock)));

  it('agree with the lock where all that must be there is, in its version', () => {
    install({ 'node_modules/a': lock.packages['node_modules/a'] });
    expect(agrees(root)).toBe(true);
  });

  it.each([
    ['nothing is installed', undefined],
    ['a package is missing', { 'node_modules/b': lock.packages['node_modules/b'] }],
    ['a version differs', { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } }],
    ['a content differs', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-x' } }],
  ])('do not where %s', (_name, packages) => {
    if (packages) install(packages);
    expect(agrees(root)).toBe(false);
  });

  it('after an npm ci by hand are not installed again', async () => {
    install({ 'node_modules/a': lock.packages['node_modules/a'] });
    expect(dependenciesAreCurrent(root)).toBe(false);
    expect(await ensureDependencies(root)).toBe(true);
    expect(dependenciesAreCurrent(root)).toBe(true);
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ ...lock, name: 'sonde' }));
    expect(dependenciesAreCurrent(root)).toBe(false);
  });
});

describe("Debian's packages", () => {
  const library = pathToFileURL(join(CHECKOUT, 'scripts', 'lib', 'debian.mjs')).href;
  const script = `
const { ensurePackages } = await import(${JSON.stringify(library)});
if (process.getuid() === 0) process.setuid(65534);
console.log(await ensurePackages([{ name: 'libpcap-dev', present: () => false }], 'live capture'));`;

  function without(path: string) {
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { PATH: path },
      encoding: 'utf8',
    });
    return { out: child.stdout, err: child.stderr };
  }

  it('are named where missing', () => {
    const packages = [
      { name: 'here', present: () => true },
      { name: 'gone', present: () => false },
    ];
    expect(missing(packages)).toEqual(['gone']);
    expect(installCommand(['gone', 'lost'])).toBe('sudo apt-get install -y --no-install-recommends gone lost');
  });

  it('are left to the user who is not root, with the command to type', () => {
    // Readable for the user that the script turns itself into.
    chmodSync(root, 0o755);
    writeFileSync(join(root, 'apt-get'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const { out, err } = without(root);
    expect(out).toBe('false\n');
    expect(err).toBe('sonde: for live capture, type: sudo apt-get install -y --no-install-recommends libpcap-dev\n');
  });

  it('are named by name where there is no apt-get', () => {
    expect(without(join(root, 'nothing'))).toEqual({
      out: 'false\n',
      err: 'sonde: for live capture, install what Debian calls libpcap-dev, then start again\n',
    });
  });
});

describe('the manifest', () => {
  it('pins every version', () => {
    const manifest = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const all = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((part) =>
      Object.values(manifest[part] ?? {}),
    );
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('locks every package with its content, for every platform', () => {
    const lock = JSON.parse(readFileSync(join(CHECKOUT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version?: string; integrity?: string; optionalDependencies?: Record<string, string> }>;
    };
    const entries = Object.entries(lock.packages).filter(([path]) => path !== '');
    expect(entries.filter(([, entry]) => !entry.version || !entry.integrity).map(([path]) => path)).toEqual([]);
    // An optional package that the registry did not have when the lock was made would fail `npm ci` everywhere.
    const optional = entries.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}));
    const absent = optional.filter((name) => !entries.some(([path]) => path.endsWith(`node_modules/${name}`)));
    expect(absent).toEqual([]);
  });
});

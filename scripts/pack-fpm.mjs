#!/usr/bin/env node
/**
 * Makes the deb with dpkg-deb and the rpm with rpmbuild, from the command line that electron-builder gives to fpm:
 * `CUSTOM_FPM_PATH=scripts/pack-fpm.mjs`, for machines that cannot fetch fpm. Only what electron-builder says is
 * understood; anything else is refused. SOURCE_DATE_EPOCH, where set, is the time of every file.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { runMain, SetupError } from './lib/say.mjs';

const FLAGS = new Set(['--force', '--debug']);
const MANY = new Set(['-d', '--deb-recommends', '--rpm-rpmbuild-define']);
const ONE = new Set(
  `-s -t --log --architecture --after-install --after-remove --description --version --package --name --maintainer
  --vendor --url --category --deb-priority --deb-compression --rpm-os --rpm-compression --rpm-summary --license
  --iteration`.split(/\s+/),
);
/** electron-builder gives Debian's names, and leaves it to fpm to translate them. */
const RPM_ARCHITECTURES = new Map([
  ['amd64', 'x86_64'],
  ['arm64', 'aarch64'],
]);
/** Folders of the package's own; those above belong to the system. */
const OWN_FOLDER = /^\/(opt\/Sonde|usr\/(libexec|share\/doc)\/sonde)(\/|$)/;

/** @typedef {{ one: Map<string, string>, many: Map<string, string[]>, maps: [string, string][] }} Asked */

await runMain(async () => {
  const asked = read(process.argv.slice(2));
  const work = mkdtempSync(join(tmpdir(), 'sonde-package-'));
  try {
    const tree = join(work, 'tree');
    for (const [from, to] of asked.maps) place(from, join(tree, to), from.endsWith('/'));
    setTimes(tree);
    if (need(asked, '-t') === 'deb') makeDeb(asked, tree);
    else if (need(asked, '-t') === 'rpm') makeRpm(asked, tree, work);
    else throw new SetupError(`${need(asked, '-t')}: only deb and rpm are made here`, 2);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
});

/**
 * @param {string[]} args
 * @returns {Asked}
 */
function read(args) {
  const asked = /** @type {Asked} */ ({ one: new Map(), many: new Map(), maps: [] });
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (FLAGS.has(arg)) continue;
    if (ONE.has(arg)) asked.one.set(arg, args[++i] ?? '');
    else if (MANY.has(arg)) asked.many.set(arg, [...(asked.many.get(arg) ?? []), args[++i] ?? '']);
    else if (!arg.startsWith('-') && arg.includes('=/')) asked.maps.push(mapping(arg));
    else throw new SetupError(`${arg}: not understood`, 2);
  }
  return asked;
}

/**
 * @param {string} arg
 * @returns {[string, string]}
 */
function mapping(arg) {
  const at = arg.lastIndexOf('=/');
  return [arg.slice(0, at), arg.slice(at + 1)];
}

/**
 * @param {Asked} asked
 * @param {string} name
 */
function need({ one }, name) {
  const value = one.get(name);
  if (value === undefined) throw new SetupError(`${name} is missing`, 2);
  return value;
}

/**
 * A folder's content into a folder, or a file to a file; links stay links.
 * @param {string} from
 * @param {string} to
 * @param {boolean} content
 */
function place(from, to, content) {
  if (!content && statSync(from).isDirectory()) throw new SetupError(`${from} is a folder: name its content by a /`, 2);
  mkdirSync(content ? to : dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

/** @param {string} tree */
function setTimes(tree) {
  const epoch = process.env['SOURCE_DATE_EPOCH'];
  for (const path of ['', ...walk(tree)]) {
    const file = join(tree, path);
    const { mode, atime, mtime } = lstatSync(file);
    const plain = mode & 0o777 & ~0o022;
    if (!lstatSync(file).isSymbolicLink()) chmodSync(file, plain);
    lutimesSync(file, atime, epoch === undefined ? mtime : new Date(Number(epoch) * 1000));
  }
}

/**
 * @param {string} tree
 * @param {string} [folder]
 * @returns {string[]} all below it, from it with a leading slash, folders before their content, sorted
 */
function walk(tree, folder = tree) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return [`/${relative(tree, path)}`, ...(entry.isDirectory() ? walk(tree, path) : [])];
  });
}

/**
 * @param {Asked} asked
 * @param {string} tree
 */
function makeDeb(asked, tree) {
  const files = walk(tree).filter((path) => lstatSync(join(tree, path)).isFile());
  const bytes = files.reduce((sum, path) => sum + lstatSync(join(tree, path)).size, 0);
  const md5 = (/** @type {string} */ path) =>
    createHash('md5')
      .update(readFileSync(join(tree, path)))
      .digest('hex');
  const [first, ...more] = need(asked, '--description').split('\n');
  const fields = [
    ['Package', need(asked, '--name')],
    ['Version', need(asked, '--version')],
    ['Section', asked.one.get('--category') ?? 'misc'],
    ['Priority', asked.one.get('--deb-priority') ?? 'optional'],
    ['Architecture', need(asked, '--architecture')],
    ['Depends', (asked.many.get('-d') ?? []).join(', ')],
    ['Recommends', (asked.many.get('--deb-recommends') ?? []).join(', ')],
    ['Installed-Size', String(Math.ceil(bytes / 1024))],
    ['Maintainer', need(asked, '--maintainer')],
    ['Homepage', need(asked, '--url')],
    ['Description', [first, ...more.map((line) => ` ${line.trim() || '.'}`)].join('\n')],
  ];
  const control = fields.filter(([, value]) => value !== '').map(([name, value]) => `${name}: ${value}\n`);
  const write = (/** @type {string} */ name, /** @type {string} */ text, mode = 0o644) =>
    writeFileSync(join(tree, 'DEBIAN', name), text, { mode });
  mkdirSync(join(tree, 'DEBIAN'));
  write('control', control.join(''));
  write('md5sums', files.map((path) => `${md5(path)}  ${path.slice(1)}\n`).join(''));
  write('postinst', readFileSync(need(asked, '--after-install'), 'utf8'), 0o755);
  write('postrm', readFileSync(need(asked, '--after-remove'), 'utf8'), 0o755);
  const xz = (asked.one.get('--deb-compression') ?? 'xz') === 'xz';
  // gz is for who cannot wait: a fifth of the time, and half as large again.
  const compression = xz ? ['-Zxz'] : ['-Zgzip', '-z1'];
  run('dpkg-deb', ['--root-owner-group', ...compression, '--build', tree, need(asked, '--package')]);
}

/**
 * @param {Asked} asked
 * @param {string} tree
 * @param {string} work
 */
function makeRpm(asked, tree, work) {
  const script = (/** @type {string} */ name) => readFileSync(need(asked, name), 'utf8').replaceAll('%', '%%');
  const owned = walk(tree).filter((path) => !lstatSync(join(tree, path)).isDirectory() || OWN_FOLDER.test(path));
  const entry = (/** @type {string} */ path) =>
    `${lstatSync(join(tree, path)).isDirectory() ? '%dir ' : ''}"${path.replaceAll('%', '%%')}"`;
  const spec = [
    `Name: ${need(asked, '--name')}`,
    `Version: ${need(asked, '--version')}`,
    `Release: ${asked.one.get('--iteration') ?? '1'}`,
    `Summary: ${asked.one.get('--rpm-summary') ?? need(asked, '--description').split('\n')[0]}`,
    `License: ${asked.one.get('--license') ?? 'unknown'}`,
    `Vendor: ${need(asked, '--vendor')}`,
    `URL: ${need(asked, '--url')}`,
    'AutoReqProv: no',
    ...(asked.many.get('-d') ?? []).map((name) => `Requires: ${name}`),
    `%description\n${need(asked, '--description').trim()}`,
    `%install\ncp -a '${tree}/.' '%{buildroot}/'`,
    `%post\n${script('--after-install')}`,
    `%postun\n${script('--after-remove')}`,
    `%files\n%defattr(-,root,root,-)\n${owned.map(entry).join('\n')}`,
  ];
  const file = join(work, 'sonde.spec');
  writeFileSync(file, `${spec.join('\n')}\n`);
  const defines = [
    `_topdir ${join(work, 'rpm')}`,
    `_rpmdir ${join(work, 'out')}`,
    '_rpmfilename package.rpm',
    // Programs are as their makers signed them: nothing is stripped, no debug package is split off.
    '__os_install_post %{nil}',
    'debug_package %{nil}',
    'use_source_date_epoch_as_buildtime 1',
    'clamp_mtime_to_source_date_epoch 1',
    '_buildhost localhost',
    `_binary_payload ${need(asked, '--rpm-compression').startsWith('xz') ? 'w6T.xzdio' : 'w6.gzdio'}`,
    ...(asked.many.get('--rpm-rpmbuild-define') ?? []),
  ].flatMap((define) => ['--define', define]);
  const given = need(asked, '--architecture');
  run('rpmbuild', ['-bb', '--target', RPM_ARCHITECTURES.get(given) ?? given, ...defines, file]);
  cpSync(join(work, 'out', 'package.rpm'), need(asked, '--package'));
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error !== undefined) throw new SetupError(`${command} is needed: ${error.message}`, 3);
  if (status !== 0) throw new SetupError(`${command} ended with ${status}\n${stdout}${stderr}`);
}

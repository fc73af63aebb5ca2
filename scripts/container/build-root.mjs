/**
 * The Dockerfile's own steps, done in folders that debootstrap makes, by chroot. This is no container engine: there are
 * no layers, and a step runs as root of this machine in a mount namespace and a process namespace of its own.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { ignoring, mountOf, pairsOf } from '../lib/dockerfile.mjs';
import { say, SetupError } from '../lib/say.mjs';

/** @typedef {import('../lib/dockerfile.mjs').Stage} Stage */
/** @typedef {import('../lib/dockerfile.mjs').Instruction} Instruction */
/**
 * @typedef {object} Image
 * @property {string} root its folder
 * @property {Record<string, string>} env
 * @property {string} workdir
 * @property {string} user
 * @property {string[]} entrypoint
 * @property {string[]} command
 * @property {string[]} health
 */
/**
 * @typedef {object} Place
 * @property {string} context the project
 * @property {string} dockerignore
 * @property {string} folder where the roots are made
 * @property {Record<string, string>} secrets files by id, those that there are
 */

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** What Docker, too, passes to every step without being asked. */
const PROXIES = ['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy', 'all_proxy'];

/**
 * @param {Stage} stage
 * @param {Map<string, Image>} images of the stages before
 * @param {Place} place
 * @returns {Image}
 */
export function buildStage(stage, images, place) {
  const before = images.get(stage.base);
  const root = join(place.folder, stage.name);
  rmSync(root, { recursive: true, force: true });
  copyRoot(before?.root ?? debian(stage.base, place.folder), root);
  const image = before
    ? { ...before, root, env: { ...before.env } }
    : { root, env: {}, workdir: '/', user: '0', entrypoint: [], command: [], health: [] };
  for (const each of stage.instructions) {
    say(`[${stage.name}] ${each.name} ${each.text.slice(0, 100)}`);
    apply(each, image, images, place);
  }
  return image;
}

/**
 * @param {Instruction} each
 * @param {Image} image
 * @param {Map<string, Image>} images
 * @param {Place} place
 */
function apply(each, image, images, place) {
  switch (each.name) {
    case 'RUN':
      return run(each, image, place);
    case 'COPY':
      return copy(each, image, images, place);
    case 'ENV':
      return void Object.assign(image.env, Object.fromEntries(pairsOf(each.text)));
    case 'WORKDIR':
      image.workdir = posix.resolve(image.workdir, each.text);
      return void mkdirSync(join(image.root, image.workdir), { recursive: true });
    case 'USER':
      return void (image.user = each.text);
    case 'ENTRYPOINT':
      return void (image.entrypoint = listOf(each));
    case 'CMD':
      return void (image.command = listOf(each));
    case 'HEALTHCHECK': {
      const list = /\bCMD (\[.*\])$/.exec(each.text)?.[1] ?? '[]';
      return void (image.health = /** @type {string[]} */ (JSON.parse(list)));
    }
    // What an engine notes down about an image, and changes nothing in it.
    case 'LABEL':
    case 'EXPOSE':
    case 'VOLUME':
      return;
    default:
      throw new SetupError(`Dockerfile:${each.line}: this script does not know how to do ${each.name}`);
  }
}

/** @param {Instruction} each */
function listOf({ json, name, line }) {
  if (json === undefined) throw new SetupError(`Dockerfile:${line}: ${name} is no JSON array`);
  return json;
}

/**
 * @param {Instruction} step
 * @param {Image} image
 * @param {Place} place
 */
function run(step, image, place) {
  const lines = [
    'set -e',
    'mount --make-rprivate /',
    'cd "$ROOT"',
    'mount --rbind /dev dev',
    'mount -t proc proc proc',
  ];
  for (const flag of step.flags) {
    const { type, id = '' } = mountOf(flag);
    if (type !== 'secret') throw new SetupError(`Dockerfile:${step.line}: this script does not know ${flag}`);
    const file = place.secrets[id];
    if (file === undefined) continue;
    const at = `run/secrets/${id}`;
    lines.push('mkdir -p run/secrets', 'mountpoint -q run/secrets || mount -t tmpfs tmpfs run/secrets');
    lines.push(`: > ${quoted(at)}`, `mount --bind ${quoted(file)} ${quoted(at)}`);
  }
  // As engines do it: the machine's resolver, for as long as a step runs.
  lines.push('touch etc/resolv.conf', 'mount --bind "$(readlink -f /etc/resolv.conf)" etc/resolv.conf');
  const env = { PATH, ...proxies(), DEBIAN_FRONTEND: 'noninteractive', ...image.env };
  const words = Object.entries(env).map(([key, value]) => quoted(`${key}=${value}`));
  const inside = `cd ${quoted(image.workdir)} && ${step.json ? step.json.map(quoted).join(' ') : step.text}`;
  lines.push(`exec chroot . /usr/bin/env -i ${words.join(' ')} /bin/sh -c ${quoted(inside)}`);
  const { status } = spawnSync(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', lines.join('\n')],
    {
      stdio: ['ignore', 2, 2],
      env: { PATH: process.env['PATH'], ROOT: image.root },
    },
  );
  if (status !== 0) throw new SetupError(`Dockerfile:${step.line}: the step ended with ${String(status)}`);
}

function proxies() {
  const names = PROXIES.flatMap((name) => [name, name.toUpperCase()]);
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/**
 * @param {Instruction} step
 * @param {Image} image
 * @param {Map<string, Image>} images
 * @param {Place} place
 */
function copy({ flags, text, json, line }, image, images, place) {
  const words = json ?? text.split(/\s+/);
  const target = words.at(-1) ?? '';
  const from = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length);
  if (flags.length > (from === undefined ? 0 : 1))
    throw new SetupError(`Dockerfile:${line}: this script knows only --from`);
  const source = from === undefined ? place.context : images.get(from)?.root;
  if (source === undefined) throw new SetupError(`Dockerfile:${line}: there is no stage ${from}`);
  const outside = from === undefined ? ignoring(place.dockerignore) : () => false;
  const into = join(image.root, posix.resolve(image.workdir, target));
  for (const word of words.slice(0, -1)) {
    const path = join(source, word);
    if (!existsSync(path)) throw new SetupError(`Dockerfile:${line}: there is no ${word}`);
    const folder = lstatSync(path).isDirectory();
    const to = folder || !target.endsWith('/') ? into : join(into, posix.basename(word));
    mkdirSync(dirname(to), { recursive: true });
    const top = word.replace(/^\.?\/|\/$/g, '');
    cpSync(path, to, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (each) => !outside(posix.join(top, each.slice(path.length).replace(/^\//, ''))),
    });
    // Engines give everything to root.
    spawnSync('chown', ['-R', '-h', '0:0', to]);
  }
}

/** @param {string} word */
export function quoted(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * @param {string} from
 * @param {string} to
 */
function copyRoot(from, to) {
  const { status } = spawnSync('cp', ['-a', '--reflink=auto', from, to], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new SetupError(`${from} could not be copied`);
}

/**
 * Debian's smallest system, kept from run to run, in the place of the image of that name.
 * @param {string} image `debian:bookworm-slim`
 * @param {string} folder
 */
function debian(image, folder) {
  const suite = /^debian:([a-z]+)-slim$/.exec(image)?.[1];
  if (suite === undefined) throw new SetupError(`this script knows no folder in the place of ${image}`);
  const root = join(folder, `debian-${suite}`);
  if (existsSync(root) && readdirSync(root).length > 0) return root;
  say(`debootstrap of ${suite}, in the place of ${image} …`);
  mkdirSync(folder, { recursive: true });
  const part = `${root}.part`;
  rmSync(part, { recursive: true, force: true });
  const mirror = process.env['SONDE_DEBIAN_MIRROR'];
  const args = ['--variant=minbase', suite, part, ...(mirror === undefined ? [] : [mirror])];
  const { status } = spawnSync('debootstrap', args, { stdio: ['ignore', 2, 2] });
  if (status !== 0)
    throw new SetupError('debootstrap failed: is its mirror within reach? SONDE_DEBIAN_MIRROR names another');
  rmSync(join(part, 'var/cache/apt/archives'), { recursive: true, force: true });
  // The image has no lists, so that a step which forgets `apt-get update` fails here as it would there.
  rmSync(join(part, 'var/lib/apt/lists'), { recursive: true, force: true });
  writeFileSync(join(part, 'etc/resolv.conf'), '');
  renameSync(part, root);
  return root;
}

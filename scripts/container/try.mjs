/** Runs the images that `container-root.mjs` made, and checks what docs/docker.md says of each way to run them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { ROOT } from '../lib/project.mjs';
import { SetupError } from '../lib/say.mjs';
import { ended, processesIn, start } from './run-root.mjs';

/** @typedef {import('./build-root.mjs').Image} Image */
/** @typedef {import('./run-root.mjs').Limits} Limits */

const SAMPLE = 'office-hour.pcapng.gz';
const IDS = '10001';
const GROUP = '10001';
/** As `--user "$(id -u):10001"`: whoever owns the captures, with the group of the image. */
const ANOTHER = `54321:${GROUP}`;
const NETWORK = `sondect${process.pid % 100_000}`;
const PEER = `${NETWORK}p`;
const CARD = 'ct0';
const FAR = 'far0';
const NONE = '0'.repeat(16);

let failed = 0;

/**
 * @param {string} what
 * @param {boolean} holds
 * @param {string} detail
 */
function check(what, holds, detail) {
  if (!holds) failed++;
  process.stdout.write(`${holds ? 'ok    ' : 'FAILED'} ${what}${detail === '' ? '' : `: ${detail}`}\n`);
}

/**
 * @param {Map<string, Image>} images
 * @param {string} folder
 * @returns {Promise<number>} checks that failed
 */
export async function tryImages(images, folder) {
  const sonde = images.get('sonde');
  const serve = images.get('serve');
  if (!sonde || !serve) throw new SetupError('the Dockerfile has no stages sonde and serve');
  checkFiles(sonde);
  const data = join(folder, 'data');
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  spawnSync('chown', [`0:${GROUP}`, data]);
  spawnSync('chmod', ['2770', data]);
  const volumes = [
    { from: join(ROOT, 'resources', 'sample'), to: '/captures', readOnly: true },
    { from: data, to: '/data' },
  ];
  await tryTriage(sonde, { network: 'none', noNewPrivileges: true, volumes });
  try {
    cable();
    await tryWatch(sonde, folder, volumes);
    await tryServe(serve, folder, data);
  } finally {
    spawnSync('ip', ['netns', 'del', NETWORK], { stdio: 'ignore' });
    spawnSync('ip', ['netns', 'del', PEER], { stdio: 'ignore' });
  }
  return failed;
}

/** @param {Image} image */
function checkFiles({ root }) {
  const inside = (/** @type {string} */ command) =>
    spawnSync('sh', ['-c', command], { cwd: root, encoding: 'utf8' }).stdout.trim();
  const helper = 'usr/libexec/sonde/sonde-capture';
  check(
    'helper: owner, group, mode',
    inside(`stat -c '%u:%g %a' ${helper}`) === `0:${GROUP} 750`,
    inside(`stat -c '%u:%g %a' ${helper}`),
  );
  check('files with capabilities', inside('getcap -r .') === `./${helper} cap_net_raw=ep`, inside('getcap -r .'));
  check(
    'files that are set-user-ID',
    inside('find . -xdev -perm /6000 -type f') === '',
    inside('find . -xdev -perm /6000 -type f'),
  );
  const tools = inside(
    'ls usr/bin usr/sbin usr/local/bin | grep -xE "gcc|make|npm|sudo|curl|wget|tcpdump|setcap" || true',
  );
  check('no compilers, package managers of Node, sudo or fetchers', tools === '', tools);
  const open = inside('find opt usr/libexec -xdev ! -type l -perm /022; find opt usr/libexec -xdev ! -user root');
  check("what runs is root's, and nobody else may write to it", open === '', open.slice(0, 200));
  process.stdout.write(
    `       size of the root folder: ${inside('du -sm . | cut -f1')} MB, of /opt/sonde ${inside('du -sm opt/sonde | cut -f1')} MB\n`,
  );
}

/**
 * @param {Image} image
 * @param {Limits} limits
 */
async function tryTriage(image, limits) {
  const plain = await ended(start(image, [...image.entrypoint, '--version'], limits));
  check('sonde --version', plain.status === 0, plain.stdout.trim() || plain.stderr.trim());
  const user = await ended(start(image, ['/usr/bin/id'], limits));
  check('who it is', user.stdout.includes(`uid=${IDS}(sonde) gid=${GROUP}(sonde)`), user.stdout.trim());
  const write = await ended(start(image, ['/usr/bin/touch', '/opt/sonde/x'], limits));
  check('the root folder is read-only', write.status !== 0 && /[Rr]ead-only/.test(write.stderr), write.stderr.trim());
  const command = [
    ...image.entrypoint,
    'triage',
    SAMPLE,
    '--json',
    '--flows',
    '/data/flows.ndjson',
    '--db',
    '/data/kept.db',
  ];
  const expected = checkouts();
  for (const [how, more] of /** @type {const} */ ([
    ['', {}],
    [` as ${ANOTHER}`, { user: ANOTHER }],
  ])) {
    const { status, stdout, stderr } = await ended(start(image, command, { ...limits, ...more }));
    const ours = status === 0 && incidentsOf(stdout) === expected;
    check(
      `triage of the sample${how}, no capability, no new privileges, no network, read-only`,
      ours,
      status === 0 ? `its incidents ${ours ? 'equal' : 'differ from'} the checkout's, byte for byte` : stderr.trim(),
    );
    for (const name of ['kept.db', 'flows.ndjson'])
      rmSync(join(limits.volumes?.[1]?.from ?? '', name), { force: true });
  }
}

/** What the checkout itself says about the sample. */
function checkouts() {
  const args = [join(ROOT, 'scripts', 'sonde.mjs'), 'triage', join(ROOT, 'resources', 'sample', SAMPLE), '--json'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (stdout === '') throw new SetupError(`the checkout's own triage failed: ${stderr}`);
  return incidentsOf(stdout);
}

/** @param {string} report */
function incidentsOf(report) {
  const { incidents } = /** @type {{ incidents: unknown[] }} */ (JSON.parse(report));
  if (incidents.length === 0) throw new SetupError('the sample has no incidents, so that this shows nothing');
  return JSON.stringify(incidents);
}

/** A network namespace that stands for the machine's, with a card, and the far end of the card's cable in another. */
function cable() {
  const ip = (/** @type {string[]} */ ...args) => {
    const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
    if (status !== 0) throw new SetupError(`ip ${args.join(' ')}: ${stderr.trim()}`);
  };
  for (const name of [NETWORK, PEER]) ip('netns', 'add', name);
  ip(
    '-n',
    NETWORK,
    'link',
    'add',
    CARD,
    'mtu',
    '65535',
    'type',
    'veth',
    'peer',
    'name',
    FAR,
    'netns',
    PEER,
    'mtu',
    '65535',
  );
  for (const [name, link] of [
    [NETWORK, CARD],
    [PEER, FAR],
  ]) {
    const quiet = `echo 1 > /proc/sys/net/ipv6/conf/${link}/disable_ipv6; ip link set lo up; ip link set ${link} arp off up`;
    ip('netns', 'exec', String(name), 'sh', '-c', quiet);
  }
}

const WITHOUT = /** @type {const} */ ({ network: NETWORK });

/**
 * @param {Image} image
 * @param {string} folder
 * @param {NonNullable<Limits['volumes']>} volumes
 */
async function tryWatch(image, folder, volumes) {
  const capture = join(folder, 'sample.pcapng');
  writeFileSync(capture, gunzipSync(readFileSync(join(ROOT, 'resources', 'sample', SAMPLE))));
  const ways = /** @type {[string, Partial<Limits>, boolean][]} */ ([
    ['NET_RAW', { bounding: ['net_raw'] }, true],
    ['NET_RAW, another user of the group', { bounding: ['net_raw'], user: ANOTHER }, true],
    ['NET_RAW, but a group of no meaning here', { bounding: ['net_raw'], user: '54321:54321' }, false],
    ['NET_RAW, as root', { bounding: ['net_raw'], user: '0:0' }, false],
    ['no capability', {}, false],
    ['NET_RAW and no new privileges', { bounding: ['net_raw'], noNewPrivileges: true }, false],
    [
      'NET_RAW, ambient, and no new privileges',
      { bounding: ['net_raw'], ambient: ['net_raw'], noNewPrivileges: true },
      true,
    ],
  ]);
  for (const [how, more, works] of ways) {
    rmSync(join(folder, 'data', 'ring'), { recursive: true, force: true });
    await watchOnce(image, capture, how, { ...WITHOUT, volumes, ...more }, works);
  }
  const list = await ended(
    start(image, [...image.entrypoint, 'interfaces'], { ...WITHOUT, volumes, bounding: ['net_raw'] }),
  );
  check('sonde interfaces names the card', list.stdout.includes(CARD), '');
}

/**
 * @param {Image} image
 * @param {string} capture
 * @param {string} how
 * @param {Limits} limits
 * @param {boolean} works whether it is meant to
 */
async function watchOnce(image, capture, how, limits, works) {
  const ring = works ? ['--ring', '/data/ring'] : [];
  const args = ['watch', '--interface', CARD, '--json', '--duration', '600', '--baselines', 'off', ...ring];
  const child = start(image, [...image.entrypoint, ...args], limits);
  let said = '';
  child.stdout.on('data', (/** @type {Buffer} */ chunk) => (said += chunk.toString()));
  const end = ended(child);
  const limit = Date.now() + 15_000;
  while (!said.includes('"started"') && child.exitCode === null && Date.now() < limit) await sleep(50);
  if (!said.includes('"started"')) {
    const { status, stderr } = await end;
    return check(`watch with ${how}: refused`, !works && status === 3, `exit code ${status}, ${stderr.trim()}`);
  }
  const sent = replay(capture);
  await sleep(2500);
  const inside = processesIn(image).filter(({ name }) => name !== 'setpriv');
  const helper = inside.find(({ name }) => name === 'sonde-capture');
  for (const { name, status } of inside) {
    const raw = name !== 'sonde-capture' && limits.ambient !== undefined;
    const sets = ['CapPrm', 'CapEff', 'CapAmb'].map((set) => status[set]);
    const ids = status['Uid']?.split('\t') ?? [];
    const wanted = (limits.user ?? image.user).split(':')[0];
    const clean = sets.every((set) => set === NONE) !== raw && ids.every((id) => id === wanted);
    check(
      `  ${name}: capabilities and ids`,
      clean,
      `${sets.join(' ')}, user ${ids[0]}${raw ? ' (it holds NET_RAW itself)' : ''}`,
    );
  }
  const state = helper?.status;
  check('  helper: no new privileges, seccomp', state?.['NoNewPrivs'] === '1' && state['Seccomp'] === '2', '');
  const pid = inside.find(({ name }) => name !== 'sonde-capture' && name !== 'sh')?.pid;
  if (pid !== undefined) process.kill(pid, 'SIGTERM');
  const { status, stdout, stderr } = await end;
  const events = stdout
    .trim()
    .split('\n')
    .map(
      (line) =>
        /** @type {{ event: string, stats?: { received: number, droppedKernel: number } }} */ (JSON.parse(line)),
    );
  const stats = events.findLast(({ event }) => event === 'ended')?.stats;
  const incidents = events.filter(({ event }) => event === 'incident').length;
  const all = status === 0 && stats?.received === sent && stats.droppedKernel === 0;
  const told = `exit code ${status}, ${stats?.received} of ${sent} packets, ${incidents} lines about incidents`;
  check(`watch with ${how}${works ? '' : ', which was to be refused'}`, works && all, `${told} ${stderr.trim()}`);
}

/** @param {string} capture */
function replay(capture) {
  const args = ['netns', 'exec', PEER, 'tcpreplay', '-q', '-K', '-i', FAR, '--pps=20000', capture];
  const { stdout } = spawnSync('ip', args, { encoding: 'utf8' });
  return Number(/Actual: (\d+) packets/.exec(stdout)?.[1]);
}

/**
 * @param {Image} image
 * @param {string} folder
 * @param {string} data
 */
async function tryServe(image, folder, data) {
  const keys = join(folder, 'keys');
  mkdirSync(keys, { recursive: true });
  const limits = { ...WITHOUT, noNewPrivileges: true, volumes: [{ from: data, to: '/data' }] };
  const bare = await ended(start(image, [...image.entrypoint, 'serve', '--listen', '0.0.0.0'], limits));
  check('serve for others without TLS and users: refused', bare.status === 2, bare.stderr.trim().slice(0, 120));
  const nothing = await ended(start(image, [...image.entrypoint, ...image.command], limits));
  check(
    'the command of the image without keys: refused',
    nothing.status !== 0,
    `exit code ${nothing.status}, ${nothing.stderr.trim()}`,
  );

  const password = 'correct horse battery';
  const hash = await ended(start(image, [...image.entrypoint, 'serve', '--hash-password'], limits), `${password}\n`);
  const users = { schema: 'sonde.users/1', users: [{ name: 'ann', role: 'admin', password: hash.stdout.trim() }] };
  writeFileSync(join(keys, 'users.json'), JSON.stringify(users));
  const names = 'subjectAltName=DNS:sonde.test,IP:127.0.0.1';
  const made = spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=sonde.test',
    '-addext',
    names,
    '-keyout',
    join(keys, 'key.pem'),
    '-out',
    join(keys, 'cert.pem'),
  ]);
  if (made.status !== 0) throw new SetupError(`openssl: ${made.stderr.toString()}`);
  spawnSync('chown', ['-R', `0:${GROUP}`, keys]);
  spawnSync('chmod', ['-R', 'u=rwX,g=rX,o=', keys]);
  const volumes = [...limits.volumes, { from: keys, to: '/run/sonde', readOnly: true }];
  const child = start(image, [...image.entrypoint, ...image.command], { ...limits, volumes });
  const end = ended(child);
  const health = () => ended(start(image, image.health, { ...limits, volumes }));
  let healthy = 1;
  for (
    const limit = Date.now() + 20_000;
    healthy !== 0 && Date.now() < limit && child.exitCode === null;
    await sleep(300)
  ) {
    healthy = (await health()).status ?? 1;
  }
  check('serve: its health check', healthy === 0, `exit code ${healthy}`);
  const page = await ask(['GET', '/']);
  check('serve: the desk over TLS', page.status === 200 && page.body.includes('<script'), `status ${page.status}`);
  const wrong = await ask(['POST', '/session'], { user: 'ann', password: 'wrong password' });
  const right = await ask(['POST', '/session'], { user: 'ann', password });
  check(
    'serve: a wrong password, and the right one',
    wrong.status === 401 && right.status === 200,
    `${wrong.status}, ${right.status}`,
  );
  for (const { name, pid } of processesIn(image)) if (name !== 'sh') process.kill(pid, 'SIGTERM');
  const { status, stderr } = await end;
  check(
    'serve: SIGTERM ends it cleanly, its database is kept',
    status === 0 && existsSync(join(data, 'desk.db')),
    `exit code ${status} ${stderr.trim()}`,
  );
  check('serve: its health check afterwards', (await health()).status === 1, '');
  rmSync(keys, { recursive: true, force: true });
}

/**
 * By a program in the network namespace that stands for the machine's.
 * @param {[string, string]} what method and path
 * @param {object} [body]
 * @returns {Promise<{ status: number, body: string }>}
 */
function ask([method, path], body) {
  const text = `(${asker.toString()})(${JSON.stringify({ method, path, body: body ? JSON.stringify(body) : undefined })})`;
  const code = `const request = require('node:https').request;${text}`;
  const { stdout, stderr } = spawnSync('ip', ['netns', 'exec', NETWORK, process.execPath, '-e', code], {
    encoding: 'utf8',
  });
  if (stdout === '') return Promise.resolve({ status: 0, body: stderr });
  return Promise.resolve(/** @type {{ status: number, body: string }} */ (JSON.parse(stdout)));
}

/** Runs elsewhere, by its text. @param {{ method: string, path: string, body: string | undefined }} asked */
function asker({ method, path, body }) {
  const origin = 'https://127.0.0.1:8443';
  const headers = body === undefined ? {} : { origin, 'content-type': 'application/json' };
  const sent = request(`${origin}${path}`, { method, headers, rejectUnauthorized: false }, (response) => {
    let text = '';
    response.on('data', (/** @type {Buffer} */ chunk) => (text += chunk.toString()));
    response.on('end', () => process.stdout.write(JSON.stringify({ status: response.statusCode, body: text })));
  });
  sent.end(body);
}

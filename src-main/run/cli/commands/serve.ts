/** `sonde serve`: the desk, in a browser. */
import { mkdirSync, readFileSync, unwatchFile, watchFile } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SondeError } from '../../../../src-shared/errors.ts';
import { bugMessage } from '../../api/bugs.ts';
import { showNoticesBy } from '../../../keep/alerts/channels/desktop.ts';
import { isCaseFile } from '../../../../src-shared/domain/case-file.ts';
import { openDesk, type OpenDesk } from '../../api/desk.ts';
import { isOver } from '../../api/import/jobs.ts';
import { programUser } from '../../api/person.ts';
import { deleteOwnData } from '../../own-data.ts';
import { arePagesThere, BUILD_PAGES, deskDatabase, deskPages } from '../../paths.ts';
import { readApiToken } from '../../serve/api-token.ts';
import { isLoopback } from '../../serve/guards.ts';
import { handOver, newKey, postNotice } from '../../serve/hand-over.ts';
import { importAddress, startServer, type DeskServer, type ServerOptions } from '../../serve/server.ts';
import { sessionFile } from '../../serve/session-file.ts';
import { hashPassword, readUsers } from '../../serve/users.ts';
import { helpOf, parseArguments, usageError, wholeNumber, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT, reportError, say } from '../errors.ts';
import type { FleetChoice } from '../../fleet/follow/fleet-desk.ts';
import { fleetOf } from '../../fleet/follow/options.ts';
import { FLEET_OPTIONS } from '../../fleet/options.ts';
import { argumentsForCase } from '../serve-case.ts';
import { stopOnSignals } from '../signals.ts';

export const SERVE: CommandSpec = {
  name: 'serve',
  usage: 'sonde serve [FILE…|CASE] [options]',
  summary:
    'Serves the desk to a browser on this machine, and imports the captures that are named: several as one, ordered by\n' +
    'time. The address that it prints holds a secret token: whoever has it can use the desk. From elsewhere, use an SSH\n' +
    'tunnel.',
  options: [
    { name: 'port', value: 'N', help: 'port to listen on (default 0: a free one)' },
    {
      name: 'db',
      value: 'FILE',
      help: 'keep captures, decisions and settings in this database (default: kept until the end)',
    },
    {
      name: 'keep',
      help: 'keep them in your own folder; where that desk runs already, the files are opened there',
    },
    { name: 'json', help: 'print the address as one line of JSON (schema sonde.serve/1)' },
    { name: 'listen', value: 'ADDRESS', help: 'listen beyond this machine; needs the three options below' },
    { name: 'tls-cert', value: 'FILE', help: 'certificate chain, PEM' },
    { name: 'tls-key', value: 'FILE', help: 'its private key, PEM' },
    { name: 'users', value: 'FILE', help: 'named users (schema sonde.users/1): viewers, analysts, admins' },
    { name: 'model', value: 'MODEL', help: 'of sonde train --records: scripts score by it (POST /api/v1/score)' },
    {
      name: 'api-token',
      value: 'FILE',
      help: 'token of scripts, the same at every start; is made where it is missing',
    },
    ...FLEET_OPTIONS,
    { name: 'hash-password', help: 'read a password from standard input and print what to write in the users file' },
    { name: 'help', help: 'show this' },
  ],
};

/** The same on the user's own desk, unless another database is named. */
export const DESK: CommandSpec = {
  ...SERVE,
  name: 'desk',
  usage: 'sonde desk [FILE…|CASE] [--fleet URL --fleet-sensors FILE] [options]',
  summary:
    'Opens your own desk in a browser on this machine, as sonde serve --keep does; with --fleet also the health and the\n' +
    'incidents of many sensors, as their workers tell them. The address that it prints holds a secret token.',
  options: SERVE.options.map((option) =>
    option.name === 'db'
      ? { ...option, help: 'keep everything in this database (default: in your own folder)' }
      : option,
  ),
};

const PORT_MAX = 65_535;
/** Of the desk that `--keep` opens; below the ports that systems give out by themselves. */
const OWN_PORT = 27_633;

function portOf(parsed: Parsed): number {
  return wholeNumber(parsed, 'port', 0, 0, PORT_MAX);
}

function pem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new SondeError('read-failed', `${path}: cannot be read`, path, 'Name a PEM file that you may read.', {
      cause: error,
    });
  }
}

type Secure = Pick<ServerOptions, 'listen' | 'tls' | 'users' | 'apiToken' | 'recordModel'>;

function secureOptions(parsed: Parsed): Omit<Secure, 'apiToken' | 'recordModel'> {
  const [listen, cert, key, users] = ['listen', 'tls-cert', 'tls-key', 'users'].map((name) => parsed.value(name));
  if ((cert === undefined) !== (key === undefined)) {
    throw usageError('--tls-cert and --tls-key belong together', '--tls-cert', 'Give both or none.');
  }
  // Said before any file is read: what is missing altogether matters more than what is wrong with a file.
  if (listen !== undefined && !isLoopback(listen) && (cert === undefined || users === undefined)) {
    const what = `--listen ${listen}: others could reach the desk; that needs --tls-cert, --tls-key and --users`;
    throw usageError(what, '--listen', 'Give them, or leave --listen out and use an SSH tunnel.');
  }
  return {
    ...(listen === undefined ? {} : { listen }),
    ...(cert === undefined || key === undefined ? {} : { tls: { cert: pem(cert), key: pem(key) } }),
    ...(users === undefined ? {} : { users: readUsers(users) }),
  };
}

/** What scripts ask with and score by. @throws SondeError */
async function scriptOptions(parsed: Parsed): Promise<Pick<ServerOptions, 'apiToken' | 'recordModel'>> {
  const [token, path] = [parsed.value('api-token'), parsed.value('model')];
  const apiToken = token === undefined ? {} : { apiToken: readApiToken(token) };
  if (path === undefined) return apiToken;
  const { loadAnyModel } = await import('../../pipeline/model.ts');
  const found = await loadAnyModel(path);
  if (found.kind === 'records') {
    const { warmUp } = await import('../../../detect/lab/record.ts');
    warmUp(found.model);
    return { ...apiToken, recordModel: found };
  }
  const cure = 'Train one: sonde train --records FILE… --detector ID --out MODEL.';
  throw usageError(`${path}: is a model of flows, and single records are scored by one of records`, '--model', cure);
}

/** Resolves at the first signal to end; a later one ends the program at once. */
function untilStopped(): Promise<void> {
  // SIGHUP: the terminal was closed.
  return new Promise((resolve) => stopOnSignals(resolve, ['SIGINT', 'SIGTERM', 'SIGHUP']));
}

/** Somebody has asked the desk to delete all data: it is closed by now. */
function deleteAll(): number {
  const { deleted, left } = deleteOwnData();
  const what = deleted.map(({ path }) => path).join(', ');
  say(what === '' ? 'nothing that Sonde kept was there to be deleted' : `deleted what Sonde kept: ${what}`);
  for (const { path, why } of left) say(`${path} was not deleted: ${why}`);
  return left.length > 0 ? EXIT.PARTIAL : EXIT.DONE;
}

async function printHash(): Promise<number> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin as AsyncIterable<Buffer>) parts.push(part);
  const [line = ''] = Buffer.concat(parts).toString('utf8').split(/\r?\n/, 1);
  process.stdout.write(`${await hashPassword(line)}\n`);
  return EXIT.DONE;
}

function announce(url: string, pid: number, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify({ schema: 'sonde.serve/1', url, pid })}\n`);
  else process.stdout.write(`The desk is at ${url}\nKeep the address to yourself. Ctrl-C ends it.\n`);
}

/** Files of different times that were named together have become one capture, which few mean. */
async function tellApart(desk: OpenDesk, capture: number): Promise<void> {
  const { quality } = await desk.readers.ask('getCapture', [capture]);
  for (const { code, title, message, cure } of quality) if (code === 'files-apart') say(`${title}. ${message} ${cure}`);
}

/** Imports files of this machine, as whoever started the program, and says how that ends; the number of the job. */
function importNamed(desk: OpenDesk, files: readonly string[]): number {
  const job = desk.importFiles(files);
  const end = desk.jobs.listen((state) => {
    if (state.job !== job || !isOver(state)) return;
    end();
    const { name, error, capture } = state;
    if (error) say([`${name}: ${error.message}.`, error.cure].filter(Boolean).join(' '));
    if (files.length > 1 && capture !== null) void tellApart(desk, capture).catch(bugMessage);
  });
  desk.audit(programUser(), 'import', desk.jobs.get(job).name, 'named when the program was started').catch(bugMessage);
  return job;
}

interface Kept {
  database: string | undefined;
  /** The desk of this person: found by a second start. */
  own: boolean;
}

function keptWhere(parsed: Parsed): Kept {
  const database = parsed.value('db');
  if (!parsed.on('keep')) return { database, own: false };
  if (database !== undefined) throw usageError('--keep and --db contradict each other', '--keep', 'Give one of them.');
  if (parsed.on('listen')) throw usageError('--keep is for this machine only', '--listen', 'Name a database by --db.');
  const own = deskDatabase();
  mkdirSync(dirname(own), { recursive: true, mode: 0o700 });
  return { database: own, own: true };
}

/** The desk, or null where one runs already and has been given the files. */
async function openOrHandOver(
  { database, own }: Kept,
  parsed: Parsed,
  fleet: FleetChoice | undefined,
): Promise<OpenDesk | null> {
  try {
    return await openDesk({ paths: false, ...(database === undefined ? {} : { database }), fleet });
  } catch (error) {
    await fleet?.transport.close();
    const busy = error instanceof SondeError && error.code === 'database-busy';
    // A desk that runs already does not begin to follow a fleet.
    if (!busy || !own || database === undefined || fleet) throw error;
    const files = parsed.files.map((file) => resolve(file));
    const running = await handOver(database, files);
    if (!running) throw error;
    announce(running.url, running.pid, parsed.on('json'));
    return null;
  }
}

/** How often the users file is looked at, ms. */
const USERS_MS = 2000;

/** Who is taken out of the users file is signed out; a file that cannot be read changes nothing. */
function watchUsers(path: string | undefined, server: DeskServer): () => void {
  if (path === undefined) return () => undefined;
  const look = (): void => {
    try {
      server.setUsers(readUsers(path));
      say(`${path}: read again`);
    } catch (error) {
      say(`${error instanceof Error ? error.message : String(error)}; who may sign in stays as it was`);
    }
  };
  watchFile(path, { interval: USERS_MS, persistent: false }, look);
  return () => unwatchFile(path, look);
}

/** On a port that stays the same from start to start where it is free: browsers remember by it. */
async function startOnPort(options: Omit<ServerOptions, 'port'>, parsed: Parsed, kept: Kept): Promise<DeskServer> {
  const asked = portOf(parsed);
  if (!kept.own || parsed.on('port')) return startServer({ ...options, port: asked });
  return startServer({ ...options, port: OWN_PORT }).catch((error: unknown) => {
    if (error instanceof SondeError && error.code === 'address-in-use') return startServer({ ...options, port: 0 });
    throw error;
  });
}

async function serveDesk(
  desk: OpenDesk,
  parsed: Parsed,
  kept: Kept,
  secure: Secure,
  stopped: Promise<void>,
): Promise<void> {
  const key = newKey();
  const handingOver = kept.own
    ? { handOver: { key, open: (files: readonly string[]) => importNamed(desk, files) } }
    : {};
  const memory = kept.own && kept.database !== undefined ? { memory: sessionFile(kept.database) } : {};
  const options = { desk, pages: deskPages(), ...secure, ...handingOver, ...memory };
  if (!arePagesThere()) say(`the desk is not built, so a browser finds no pages: ${BUILD_PAGES}`);
  const server = await startOnPort(options, parsed, kept);
  const unwatch = watchUsers(parsed.value('users'), server);
  const forget =
    kept.own && kept.database !== undefined ? postNotice(kept.database, new URL(server.url).origin, key) : undefined;
  try {
    const job = parsed.files.length > 0 ? importNamed(desk, parsed.files) : undefined;
    const url = kept.own && job !== undefined ? importAddress(server.url, job) : server.url;
    if (kept.own) say(`captures and decisions are kept in ${kept.database}`);
    announce(url, process.pid, parsed.on('json'));
    await stopped;
  } finally {
    unwatch();
    forget?.();
    await server.close();
  }
}

/** The user's own desk. */
export function deskCommand(args: readonly string[]): Promise<number> {
  const { on, files } = parseArguments(DESK, args);
  const isElsewhere = on('db') || on('keep') || files.some(isCaseFile);
  return serveCommand(isElsewhere ? args : ['--keep', ...args], DESK);
}

export async function serveCommand(args: readonly string[], command: CommandSpec = SERVE): Promise<number> {
  const parsed = parseArguments(command, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(command));
    return EXIT.DONE;
  }
  if (parsed.on('hash-password')) return printHash();
  portOf(parsed);
  const forCase = await argumentsForCase(args, parsed);
  if (forCase) return serveCommand(forCase, command);
  if (parsed.files.includes('-')) throw usageError('standard input cannot be served', '-', 'Name files.');
  const secure = { ...secureOptions(parsed), ...(await scriptOptions(parsed)) };
  const openFleet = await fleetOf(parsed, say);
  const kept = keptWhere(parsed);
  const fleet = await openFleet?.();
  const signalled = untilStopped();
  const desk = await openOrHandOver(kept, parsed, fleet);
  if (!desk) return EXIT.DONE;
  const leaving = untilLeft(desk);
  showNoticesBy((notice) => desk.notices.show(notice));
  try {
    await serveDesk(desk, parsed, kept, secure, Promise.race([signalled, leaving.left]));
  } catch (error) {
    return reportError(error);
  } finally {
    await desk.close();
  }
  return leaving.isLeaving() ? deleteAll() : EXIT.DONE;
}

/** Until somebody asks the desk to delete all data. */
function untilLeft(desk: OpenDesk): { left: Promise<void>; isLeaving(): boolean } {
  let isLeaving = false;
  const left = new Promise<void>((resolve) => {
    desk.endings.leave = () => {
      isLeaving = true;
      resolve();
    };
  });
  return { left, isLeaving: () => isLeaving };
}

/** `sonde serve`: the desk, in a browser. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SondeError } from '../../../../src-shared/errors.ts';
import { openDesk, type OpenDesk } from '../../api/desk.ts';
import { appRoot } from '../../paths.ts';
import { isLoopback } from '../../serve/guards.ts';
import { startServer, type DeskServer, type ServerOptions } from '../../serve/server.ts';
import { hashPassword, readUsers } from '../../serve/users.ts';
import { helpOf, parseArguments, usageError, wholeNumber, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT, reportError, say } from '../errors.ts';

export const SERVE: CommandSpec = {
  name: 'serve',
  usage: 'sonde serve [FILE…] [options]',
  summary:
    'Serves the desk to a browser on this machine, and imports the captures that are named. The address that it prints\n' +
    'holds a secret token: whoever has it can use the desk. From elsewhere, use an SSH tunnel.',
  options: [
    { name: 'port', value: 'N', help: 'port to listen on (default 0: a free one)' },
    {
      name: 'db',
      value: 'FILE',
      help: 'keep captures, decisions and settings in this database (default: kept until the end)',
    },
    { name: 'json', help: 'print the address as one line of JSON (schema sonde.serve/1)' },
    { name: 'listen', value: 'ADDRESS', help: 'listen beyond this machine; needs the three options below' },
    { name: 'tls-cert', value: 'FILE', help: 'certificate chain, PEM' },
    { name: 'tls-key', value: 'FILE', help: 'its private key, PEM' },
    { name: 'users', value: 'FILE', help: 'named users (schema sonde.users/1): viewers, analysts, admins' },
    { name: 'hash-password', help: 'read a password from standard input and print what to write in the users file' },
    { name: 'help', help: 'show this' },
  ],
};

const PORT_MAX = 65_535;

function pem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new SondeError('read-failed', `${path}: cannot be read`, path, 'Name a PEM file that you may read.', {
      cause: error,
    });
  }
}

function secureOptions(parsed: Parsed): Pick<ServerOptions, 'listen' | 'tls' | 'users'> {
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

/** Resolves at the first SIGINT or SIGTERM; a second one ends the program at once. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (): void => {
      if (asked) process.exit(EXIT.BUG);
      asked = true;
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

async function printHash(): Promise<number> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin as AsyncIterable<Buffer>) parts.push(part);
  const [line = ''] = Buffer.concat(parts).toString('utf8').split(/\r?\n/, 1);
  process.stdout.write(`${await hashPassword(line)}\n`);
  return EXIT.DONE;
}

function announce(server: DeskServer, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify({ schema: 'sonde.serve/1', url: server.url, pid: process.pid })}\n`);
  else process.stdout.write(`The desk is at ${server.url}\nKeep the address to yourself. Ctrl-C ends it.\n`);
}

/** Says how imports named on the command line end. */
function importNamed(desk: OpenDesk, files: readonly string[]): void {
  if (files.length === 0) return;
  const job = desk.importFiles(files);
  const end = desk.jobs.listen(({ job: each, name, error }) => {
    if (each !== job || !error) return;
    end();
    say([`${name}: ${error.message}`, error.cure].filter(Boolean).join(' '));
  });
}

export async function serveCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(SERVE, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(SERVE));
    return EXIT.DONE;
  }
  if (parsed.on('hash-password')) return printHash();
  const port = wholeNumber(parsed, 'port', 0, 0, PORT_MAX);
  if (parsed.files.includes('-')) throw usageError('standard input cannot be served', '-', 'Name files.');
  const secure = secureOptions(parsed);
  const database = parsed.value('db');
  const stopped = untilStopped();
  const desk = await openDesk({ paths: false, ...(database === undefined ? {} : { database }) });
  try {
    const server = await startServer({ desk, pages: join(appRoot(), 'dist', 'renderer'), port, ...secure });
    announce(server, parsed.on('json'));
    importNamed(desk, parsed.files);
    await stopped;
    await server.close();
  } catch (error) {
    return reportError(error);
  } finally {
    await desk.close();
  }
  return EXIT.DONE;
}

/**
 * A connection to where a channel leads, guarded: the address that is judged is the one that is connected to, so a name
 * that resolves differently the second time gains nothing.
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { DeliveryError } from '../types.ts';
import { isPublic } from './addresses.ts';
import { troubleWords } from './words.ts';

/** How names become addresses; another one in tests. */
export type Resolve = (host: string, done: (error: Error | null, addresses: readonly LookupAddress[]) => void) => void;

export interface DialOptions {
  /** A name or a literal address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether addresses that are not of the open Internet may be reached. */
  readonly allowPrivate: boolean;
  readonly signal: AbortSignal;
  /** Given: TLS, its certificate checked for `host`. `ca`: PEM, trusted instead of the system's authorities. */
  readonly tls?: { readonly ca?: string };
  readonly resolve?: Resolve;
}

const resolveBySystem: Resolve = (host, done) =>
  systemLookup(host, { all: true }, (error, addresses) => done(error, error ? [] : addresses));

/** Where a channel may not lead; trying again cannot help. */
class Forbidden extends DeliveryError {
  constructor(place: string) {
    const cure = 'allow private targets in its settings if that is meant';
    super(`${place} is not an address of the open Internet: ${cure}`, false);
  }
}

export const placeOf = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** As Node asks for it, with only those addresses that may be reached. */
export function guardedLookup(place: string, resolve: Resolve = resolveBySystem): LookupFunction {
  return (host, options, done) => {
    resolve(host, (error, all) => {
      if (error) return done(error, []);
      const open = all.filter(({ address }) => isPublic(address));
      const [first] = open;
      if (!first) return done(new Forbidden(place), []);
      if (options.all === true) return done(null, [...open]);
      return done(null, first.address, first.family);
    });
  };
}

/** @throws DeliveryError where a literal address may not be reached */
export function checkLiteral({ host, port, allowPrivate }: Pick<DialOptions, 'host' | 'port' | 'allowPrivate'>): void {
  if (!allowPrivate && isIP(host) !== 0 && !isPublic(host)) throw new Forbidden(placeOf(host, port));
}

/**
 * The address that a datagram is then sent to: the first that may be reached.
 * @throws DeliveryError where there is none, or the resolver's error
 */
export function reachable({
  host,
  port,
  allowPrivate,
  resolve = resolveBySystem,
}: Pick<DialOptions, 'host' | 'port' | 'allowPrivate' | 'resolve'>): Promise<LookupAddress> {
  checkLiteral({ host, port, allowPrivate });
  if (isIP(host) !== 0) return Promise.resolve({ address: host, family: isIP(host) });
  return new Promise((done, fail) => {
    resolve(host, (error, all) => {
      const fit = all.find(({ address }) => allowPrivate || isPublic(address));
      if (fit && !error) done(fit);
      else fail(error ?? new Forbidden(placeOf(host, port)));
    });
  });
}

/** A name may take so long to be looked up where only a hint depends on it, ms. */
const HINT_MS = 1500;

/**
 * The address inside to which a name leads, where it leads to no other; null: it does not, or that is not known. What counts
 * is the address that is connected to, when it is: this is to tell people in time.
 */
export async function insideOf(host: string, resolve: Resolve = resolveBySystem): Promise<string | null> {
  if (isIP(host) !== 0) return isPublic(host) ? null : host;
  let timer: NodeJS.Timeout | undefined;
  const found = await new Promise<readonly LookupAddress[]>((done) => {
    timer = setTimeout(() => done([]), HINT_MS);
    resolve(host, (error, all) => done(error ? [] : all));
  });
  clearTimeout(timer);
  const [first] = found;
  return first && found.every(({ address }) => !isPublic(address)) ? first.address : null;
}

/** The trouble of a connection as an error of delivery. `signal`: its end is told as what it is. */
export function trouble(error: unknown, place: string, signal: AbortSignal): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (signal.aborted) return new DeliveryError(`${place}: no answer in time`, true, undefined, { cause: error });
  return new DeliveryError(troubleWords(error, place), true, undefined, { cause: error });
}

/** Settles when the socket is connected, fails or the signal ends it; then, too, the signal closes the socket. */
function opened<S extends Socket>(socket: S, ready: string, place: string, signal: AbortSignal): Promise<S> {
  return new Promise((resolve, reject) => {
    const abort = (): void => void socket.destroy(new Error('no answer in time'));
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      reject(trouble(error, place, signal));
    };
    if (signal.aborted) return fail(new Error('no answer in time'));
    signal.addEventListener('abort', abort, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', abort));
    socket.once('error', fail);
    const ended = (): void => fail(Object.assign(new Error('cut'), { code: 'ECONNRESET' }));
    socket.once('close', ended);
    socket.once(ready, () => {
      socket.off('error', fail);
      socket.off('close', ended);
      // Until its user listens: an error between must not end the program.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

/**
 * A TCP connection, with TLS where asked for.
 * @throws DeliveryError
 */
export async function dial(options: DialOptions): Promise<Socket | TLSSocket> {
  const { host, port, allowPrivate, signal, tls, resolve } = options;
  checkLiteral(options);
  const place = placeOf(host, port);
  const lookup = allowPrivate && !resolve ? {} : { lookup: lookupFor(place, allowPrivate, resolve) };
  const socket = await opened(connectTcp({ host, port, ...lookup }), 'connect', place, signal);
  const reached = socket.remoteAddress ?? '';
  if (!allowPrivate && !isPublic(reached)) {
    socket.destroy();
    throw new Forbidden(place);
  }
  return tls ? secured(socket, host, place, signal, tls.ca) : socket;
}

function lookupFor(place: string, allowPrivate: boolean, resolve: Resolve | undefined): LookupFunction {
  if (!allowPrivate) return guardedLookup(place, resolve);
  return (host, options, done) =>
    (resolve ?? resolveBySystem)(host, (error, all) => {
      const [first] = all;
      if (error || !first) return done(error ?? new Error('no address'), []);
      return options.all === true ? done(null, [...all]) : done(null, first.address, first.family);
    });
}

/** TLS over a connection, the certificate checked for `host`. @throws DeliveryError */
export function secured(
  socket: Socket,
  host: string,
  place: string,
  signal: AbortSignal,
  ca?: string,
): Promise<TLSSocket> {
  const named = isIP(host) === 0 ? { servername: host } : {};
  const trust = ca === undefined ? {} : { ca };
  const over = connectTls({ socket, host, minVersion: 'TLSv1.2', rejectUnauthorized: true, ...named, ...trust });
  return opened(over, 'secureConnect', place, signal);
}

/**
 * Cloudflare Radar, for whoever switched it on: fetches its five fixed answers once a day, keeps them on disk, and says how it
 * went. Never more than one round at a time, none within ten seconds of another, and after a failure only when the server's own
 * pause, or half an hour, is over.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RadarSnapshot } from '../../../src-shared/domain/radar.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { addressFault, send } from '../alerts/http/request.ts';
import { judged } from '../alerts/http/verdict.ts';
import { redacted } from '../alerts/redact.ts';
import { readSmall } from '../alerts/small-file.ts';
import { DeliveryError } from '../alerts/types.ts';
import { OddAnswer, QUERIES, QUERY_NAMES, radarSnapshot, snapshotOf, type QueryName } from './answers.ts';

export const RADAR_SERVER = 'https://api.cloudflare.com/client/v4';

/** How old answers may become before they are fetched anew; how long is waited after a failure, and between two rounds at least. */
const FRESH_MS = 24 * 3_600_000;
const FAILED_MS = 30 * 60_000;
const LEAST_MS = 10_000;
/** A clock is set right by less all the time: pauses go on then. */
const SET_BACK_MS = 60_000;
/** One answer may take so long. */
const ANSWER_MS = 15_000;
const FILE_MAX = 256 * 1024;

/** What is wrong with a server's address; null: nothing. The token goes there: in the clear only to this very machine. */
export function serverFault(server: string): string | null {
  const fault = addressFault(server);
  if (fault !== null) return fault;
  const { protocol, hostname, search, hash } = new URL(server);
  if (search !== '' || hash !== '') return 'The address must end with its path.';
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return protocol === 'https:' || isHere ? null : 'The address must begin with https://: the token is sent there.';
}

export interface RadarOptions {
  server: string;
  /** Null where none is set. @throws SondeError where it cannot be read */
  token(): Promise<string | null>;
  /** Where answers are kept; absent: in memory only. */
  file?: string;
  now(): number;
  /** One answer may take so long, ms (for tests). */
  answerMs?: number;
}

/** How the last round went. */
export interface RadarOutcome {
  at: number;
  ok: boolean;
  /** The server's answer in words, or what went wrong; without the token. */
  words: string;
}

export class Radar {
  private readonly options: RadarOptions;
  private held: RadarSnapshot | null | undefined;
  private last: RadarOutcome | null = null;
  private next = 0;
  /** Until then the server wants to be left alone. */
  private paused = 0;
  private running: Promise<RadarOutcome> | undefined;
  private readonly stop = new AbortController();

  constructor(options: RadarOptions) {
    this.options = options;
  }

  get outcome(): RadarOutcome | null {
    return this.last;
  }

  /** What was fetched last, of this run or an earlier one; null: nothing yet. */
  get snapshot(): RadarSnapshot | null {
    return (this.held ??= this.kept());
  }

  /** Fetches where what is kept is too old, unless it was tried a moment ago. Never fails: `outcome` tells. */
  async keepFresh(): Promise<void> {
    const now = this.options.now();
    const age = now - (this.snapshot?.fetched ?? 0);
    // A clock that was set back must not stop it for ever.
    if ((now < this.next && !this.isSetBack(now)) || (age >= 0 && age < FRESH_MS)) return;
    await this.round();
  }

  /** Fetches now. @throws SondeError `too-many` within ten seconds of the last time, or while a server asked to wait */
  async fetch(): Promise<RadarOutcome> {
    if (this.running) return this.running;
    const now = this.options.now();
    const since = this.last === null ? Infinity : now - this.last.at;
    if (since >= 0 && since < LEAST_MS) {
      throw new SondeError('too-many', 'Radar was asked a moment ago', 'Cloudflare Radar', 'Try again in ten seconds.');
    }
    if (now < this.paused && !this.isSetBack(now)) {
      const cure = `Try again in ${Math.ceil((this.paused - now) / 1000)} seconds.`;
      throw new SondeError('too-many', 'Radar asked to wait before the next request', 'Cloudflare Radar', cure);
    }
    return this.round();
  }

  /** Forgets what was fetched, on disk too. */
  forget(): void {
    this.held = null;
    this.last = null;
    this.next = 0;
    if (this.options.file !== undefined) rmSync(this.options.file, { force: true });
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  /** When the last round was by this clock is yet to come: what is waited for was reckoned by a clock that was wrong. */
  private isSetBack(now: number): boolean {
    return this.last !== null && now < this.last.at - SET_BACK_MS;
  }

  private round(): Promise<RadarOutcome> {
    this.running ??= this.attempt().finally(() => (this.running = undefined));
    return this.running;
  }

  private async attempt(): Promise<RadarOutcome> {
    const { now } = this.options;
    let token = '';
    try {
      token = (await this.options.token()) ?? '';
      if (token === '') throw new DeliveryError('no token is set', false);
      const texts: Partial<Record<QueryName, string>> = {};
      for (const query of QUERY_NAMES) texts[query] = await this.ask(query, token);
      const snapshot = snapshotOf(texts as Record<QueryName, string>, now());
      this.held = snapshot;
      this.next = now() + LEAST_MS;
      const { networks, countries } = snapshot;
      const words = `200: ${networks.length} networks, ${countries.length} countries`;
      this.last = { at: now(), ok: true, words: this.keep(snapshot) ?? words };
    } catch (error) {
      const pause = (error instanceof DeliveryError ? error.retryAfterMs : undefined) ?? 0;
      this.paused = now() + pause;
      this.next = now() + Math.max(FAILED_MS, pause);
      this.last = { at: now(), ok: false, words: redacted(wordsOf(error), [token]) };
    }
    return this.last;
  }

  private async ask(query: QueryName, token: string): Promise<string> {
    const { server, now, answerMs = ANSWER_MS } = this.options;
    const reply = await send({
      url: `${server.replace(/\/+$/, '')}${QUERIES[query]}`,
      method: 'GET',
      headers: { Accept: 'application/json', Authorization: `Bearer ${token}`, 'User-Agent': 'Sonde' },
      allowPrivate: server !== RADAR_SERVER,
      signal: AbortSignal.any([this.stop.signal, AbortSignal.timeout(answerMs)]),
    });
    judged(reply, { secrets: [token], now: now() });
    if (!reply.whole) throw new OddAnswer(`its answer (${query}) was cut, or is longer than Radar's are`);
    return reply.text;
  }

  private kept(): RadarSnapshot | null {
    const { file } = this.options;
    if (file === undefined) return null;
    try {
      const parsed = radarSnapshot.safeParse(JSON.parse(readSmall(file, FILE_MAX)?.text ?? ''));
      return parsed.success ? parsed.data : null;
    } catch {
      // Not there, or not what Sonde wrote: it is fetched anew.
      return null;
    }
  }

  /** What went wrong with keeping it; undefined: nothing. */
  private keep(snapshot: RadarSnapshot): string | undefined {
    const { file } = this.options;
    if (file === undefined) return undefined;
    const next = `${file}.${randomUUID()}`;
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(next, JSON.stringify(snapshot), { mode: 0o600, flag: 'wx' });
      renameSync(next, file);
      return undefined;
    } catch (error) {
      rmSync(next, { force: true });
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause';
      return `fetched; ${file} cannot be written (${code}), so it is fetched again after a restart`;
    }
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof OddAnswer) return `what answers is not Radar: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

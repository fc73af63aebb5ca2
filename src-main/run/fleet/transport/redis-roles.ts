/**
 * Roles in Redis. A lease is a key that goes by itself: `fence:holder`. What its holder writes is one transaction that is
 * carried out only if that key is as it was.
 */
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Commit, Lease, Saved } from '../types.ts';
import type { Argument, Connection, Reply } from './connection.ts';
import type { Refusals } from './refusals.ts';
import { lines, numberOf, textPairs, xadd } from './replies.ts';

/** A state is kept in pieces of so many bytes. */
const PIECE = 4 << 20;
/** Pieces that no commit took up are forgotten, ms. */
const PIECE_MS = 600_000;
const LOAD_TRIES = 5;
/** Pieces of a state at most: a quarter of a GiB, packed. */
const PIECES_MAX = 64;
/** Streams that a role has read. */
const STREAMS_MAX = 1 << 17;
/** Who holds a role is a short text. */
const HOLDER_MAX = 256;
const GENERATION = /^[\w-]{1,64}$/;
const OFFSET = /^\d{1,20}(-\d{1,20})?$/;

type Command = readonly Argument[];

export class RedisRoles {
  private readonly main: Connection;
  /** Of its own, one transaction at a time: WATCH holds for all of a connection. */
  private readonly checking: Connection;
  private readonly prefix: string;
  private readonly refusals: Refusals;
  private turn: Promise<unknown> = Promise.resolve();
  private pieces = 0;

  constructor(main: Connection, checking: Connection, prefix: string, refusals: Refusals) {
    this.main = main;
    this.checking = checking;
    this.prefix = prefix;
    this.refusals = refusals;
  }

  async take(role: string, holder: string, ms: number): Promise<Lease | undefined> {
    const held = await this.held(role);
    if (held !== '' && holderIn(held) !== holder) return undefined;
    const fence = numberOf(await this.main.send('INCR', this.key('fence', role)));
    const lease = { role, holder, fence };
    const taking: Command = ['SET', this.key('lease', role), valueOf(lease), 'PX', String(Math.ceil(ms))];
    const isTaken = await this.checked(lease, (value) => value.toString() === held, [taking]);
    return isTaken ? lease : undefined;
  }

  async renew(lease: Lease, ms: number): Promise<boolean> {
    const replies = await this.whileHeld(lease, [['PEXPIRE', this.key('lease', lease.role), String(Math.ceil(ms))]]);
    return replies !== undefined;
  }

  async release(lease: Lease): Promise<void> {
    await this.whileHeld(lease, [['DEL', this.key('lease', lease.role)]]);
  }

  async holderOf(role: string): Promise<string | undefined> {
    const held = await this.held(role);
    return held === '' ? undefined : holderIn(held);
  }

  /** '' where nobody holds it. */
  private async held(role: string): Promise<string> {
    const key = this.key('lease', role);
    const held = String((await this.main.send('GETRANGE', key, '0', String(HOLDER_MAX))) ?? '');
    if (held.length > HOLDER_MAX) this.refusals.add(key, '', numberOf(await this.main.send('STRLEN', key)));
    return held;
  }

  async load(role: string): Promise<Saved> {
    for (let left = LOAD_TRIES; ; left--) {
      const streams = numberOf(await this.main.send('HLEN', this.key('offsets', role)));
      if (streams > STREAMS_MAX) throw tooMuch(this.key('offsets', role), `${streams} streams`);
      const [saved, offsets] = await this.main.together([
        ['HMGET', this.key('saved', role), 'generation', 'pieces'],
        ['HGETALL', this.key('offsets', role)],
      ]);
      const pieces = await this.piecesOf(role, saved);
      // Where one is missing somebody committed in between: the pieces were exchanged.
      if (pieces)
        return { state: pieces.length === 0 ? undefined : Buffer.concat(pieces), offsets: this.offsets(role, offsets) };
      if (left === 0) throw lostState(role);
    }
  }

  private async piecesOf(role: string, saved: Reply | undefined): Promise<Buffer[] | undefined> {
    const pieces: Buffer[] = [];
    for (const name of this.namesOf(role, saved)) {
      const piece = await this.main.send('GETRANGE', name, '0', String(PIECE));
      if (!Buffer.isBuffer(piece) || piece.length === 0) return undefined;
      if (piece.length > PIECE) throw tooMuch(name, `more than ${PIECE} bytes`);
      pieces.push(piece);
    }
    return pieces;
  }

  private namesOf(role: string, saved: Reply | undefined): string[] {
    const [generation, pieces] = lines(saved).map((value) => (value === null ? '' : String(value)));
    if (generation === undefined || !GENERATION.test(generation)) return [];
    const count = Number(pieces);
    if (!(count <= PIECES_MAX)) throw tooMuch(this.key('saved', role), 'a state of too many pieces');
    return Array.from({ length: count }, (_, i) => pieceName(this.prefix, role, generation, i));
  }

  /** What is no offset is left out: its stream is read from its beginning. */
  private offsets(role: string, reply: Reply | undefined): Map<string, string> {
    const all = textPairs(reply);
    const found = new Map(all.filter(([name, offset]) => name.length <= HOLDER_MAX && OFFSET.test(offset)));
    if (found.size < all.length) this.refusals.add(this.key('offsets', role), `${all.length - found.size} fields`, 0);
    return found;
  }

  async commit(lease: Lease, { state, offsets, append = [], fields = [] }: Commit): Promise<boolean> {
    const commands: Command[] = state ? await this.keep(lease, state) : [];
    if (offsets.size > 0) commands.push(['HSET', this.key('offsets', lease.role), ...[...offsets].flat()]);
    for (const { stream, body, most } of append) commands.push(xadd(this.prefix + stream, body, most));
    for (const { table, field, body } of fields) {
      const name = this.key('table', table);
      commands.push(body ? ['HSET', name, field, Buffer.from(body)] : ['HDEL', name, field]);
    }
    if (commands.length === 0) commands.push(['PING']);
    return (await this.whileHeld(lease, commands)) !== undefined;
  }

  /** Writes the pieces of a state; what makes them count, and removes those before. */
  private async keep({ role, fence }: Lease, state: Uint8Array): Promise<Command[]> {
    const name = this.key('saved', role);
    const before = this.namesOf(role, await this.main.send('HMGET', name, 'generation', 'pieces'));
    const generation = `${fence}-${Date.now().toString(36)}-${this.pieces++}`;
    const count = Math.ceil(state.length / PIECE);
    if (count > PIECES_MAX) throw tooMuch(name, `a state of ${state.length} bytes`);
    const names: string[] = [];
    for (let i = 0; i < count; i++) {
      const piece = pieceName(this.prefix, role, generation, i);
      names.push(piece);
      const bytes = Buffer.from(state.subarray(i * PIECE, (i + 1) * PIECE));
      await this.main.send('SET', piece, bytes, 'PX', String(PIECE_MS));
    }
    return [
      ...names.map((piece) => ['PERSIST', piece]),
      ['HSET', name, 'generation', generation, 'pieces', String(count)],
      ...(before.length > 0 ? [['DEL', ...before]] : []),
    ];
  }

  private whileHeld(lease: Lease, commands: readonly Command[]): Promise<readonly Reply[] | undefined> {
    return this.checked(lease, (value) => value.toString() === valueOf(lease), commands);
  }

  private checked(
    { role }: Lease,
    check: (value: Buffer) => boolean,
    commands: readonly Command[],
  ): Promise<readonly Reply[] | undefined> {
    const mine = this.turn.then(() => this.checking.checked(this.key('lease', role), check, commands));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private key(kind: string, name: string): string {
    return `${this.prefix}${kind}:${name}`;
  }
}

const valueOf = ({ fence, holder }: Lease): string => `${fence}:${holder}`;
const holderIn = (value: string): string => value.slice(value.indexOf(':') + 1);

function pieceName(prefix: string, role: string, generation: string, number: number): string {
  return `${prefix}state:${role}:${generation}:${number}`;
}

function tooMuch(key: string, what: string): SondeError {
  const cure = 'Look who has rights to write there; where it is nobody’s mistake, begin anew with another --group.';
  return new SondeError('read-failed', `${key} has ${what}, more than a worker takes`, key, cure);
}

function lostState(role: string): SondeError {
  const cure = 'Let a worker begin anew: remove the keys saved:ROLE and offsets:ROLE.';
  return new SondeError('damaged-capture', `the state of ${role} is not whole in Redis`, role, cure);
}

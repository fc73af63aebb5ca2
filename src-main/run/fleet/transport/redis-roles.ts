/**
 * Roles in Redis. A lease is a key that goes by itself: `fence:holder`. What its holder writes is one transaction that is
 * carried out only if that key is as it was.
 */
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Commit, Lease, Saved } from '../types.ts';
import type { Argument, Connection, Reply } from './connection.ts';
import { numberOf, textPairs, xadd } from './replies.ts';

/** A state is kept in pieces of so many bytes. */
const PIECE = 4 << 20;
/** Pieces that no commit took up are forgotten, ms. */
const PIECE_MS = 600_000;
const LOAD_TRIES = 5;

type Command = readonly Argument[];

export class RedisRoles {
  private readonly main: Connection;
  /** Of its own, one transaction at a time: WATCH holds for all of a connection. */
  private readonly checking: Connection;
  private readonly prefix: string;
  private turn: Promise<unknown> = Promise.resolve();
  private pieces = 0;

  constructor(main: Connection, checking: Connection, prefix: string) {
    this.main = main;
    this.checking = checking;
    this.prefix = prefix;
  }

  async take(role: string, holder: string, ms: number): Promise<Lease | undefined> {
    const held = String((await this.main.send('GET', this.key('lease', role))) ?? '');
    if (held !== '' && holderIn(held) !== holder) return undefined;
    const fence = numberOf(await this.main.send('INCR', this.key('fence', role)));
    const lease = { role, holder, fence };
    const taking: Command = ['SET', this.key('lease', role), valueOf(lease), 'PX', String(Math.ceil(ms))];
    const isTaken = await this.checked(lease, (value) => (value === null ? '' : value.toString()) === held, [taking]);
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
    const held = await this.main.send('GET', this.key('lease', role));
    return held === null ? undefined : holderIn(String(held));
  }

  async load(role: string): Promise<Saved> {
    for (let left = LOAD_TRIES; ; left--) {
      const [saved, offsets] = await this.main.together([
        ['HGETALL', this.key('saved', role)],
        ['HGETALL', this.key('offsets', role)],
      ]);
      const names = nameOfPieces(this.prefix, role, textPairs(saved));
      const pieces = await Promise.all(names.map((name) => this.main.send('GET', name)));
      const whole = pieces.filter((piece) => Buffer.isBuffer(piece));
      if (whole.length === names.length) {
        return { state: names.length === 0 ? undefined : Buffer.concat(whole), offsets: textPairs(offsets) };
      }
      // Somebody committed in between: the pieces were exchanged.
      if (left === 0) throw lostState(role);
    }
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
    const before = nameOfPieces(this.prefix, role, textPairs(await this.main.send('HGETALL', name)));
    const generation = `${fence}-${Date.now().toString(36)}-${this.pieces++}`;
    const count = Math.ceil(state.length / PIECE);
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
    return this.checked(lease, (value) => value?.toString() === valueOf(lease), commands);
  }

  private checked(
    { role }: Lease,
    check: (value: Buffer | null) => boolean,
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

function nameOfPieces(prefix: string, role: string, saved: ReadonlyMap<string, string>): string[] {
  const generation = saved.get('generation') ?? '';
  const count = Number(saved.get('pieces') ?? 0);
  return Array.from({ length: count }, (_, i) => pieceName(prefix, role, generation, i));
}

function lostState(role: string): SondeError {
  const cure = 'Let a worker begin anew: remove the keys saved:ROLE and offsets:ROLE.';
  return new SondeError('damaged-capture', `the state of ${role} is not whole in Redis`, role, cure);
}

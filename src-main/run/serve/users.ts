/** Named users, for a desk that others can reach: a JSON file with hashes of their passwords (scrypt, RFC 7914). */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ROLES, type Role } from '../../../src-shared/contract/define.ts';
import { z } from '../../../src-shared/contract/schema.ts';
import { SondeError } from '../../../src-shared/errors.ts';

/** 32 MiB and about 0.1 s a try (OWASP's recommendation: N = 2^15 and r = 8 with p = 3, or more). */
const COST = { N: 2 ** 15, r: 8, p: 3 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const MEMORY = 128 * 1024 * 1024;
const PASSWORD_MAX = 1024;
const PASSWORD_MIN = 10;

const HASH = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([\w+/=-]+)\$([\w+/=-]+)$/;

const usersFile = z.strictObject({
  schema: z.literal('sonde.users/1'),
  users: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w.@-]{1,64}$/),
        role: z.enum(ROLES),
        password: z.string().regex(HASH),
      }),
    )
    .min(1)
    .max(1000),
});

export interface User {
  name: string;
  role: Role;
  password: string;
}

interface Cost {
  N: number;
  r: number;
  p: number;
}

function derive(password: string, salt: Buffer, length: number, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, length, { ...cost, maxmem: MEMORY }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** `scrypt$N$r$p$salt$key`, for the users file. @throws SondeError `usage` for a password that is too short or long */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < PASSWORD_MIN || password.length > PASSWORD_MAX) {
    throw new SondeError(
      'usage',
      `a password has ${PASSWORD_MIN} to ${PASSWORD_MAX} characters`,
      'password',
      'Choose another one.',
    );
  }
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, KEY_BYTES, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

async function fits(password: string, hash: string): Promise<boolean> {
  const [, N, r, p, salt, key] = HASH.exec(hash)!;
  const wanted = Buffer.from(key!, 'base64url');
  const found = await derive(password, Buffer.from(salt!, 'base64url'), wanted.length, {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  });
  return timingSafeEqual(found, wanted);
}

/** @throws SondeError saying what is wrong with the file. */
export function readUsers(path: string): User[] {
  const cure =
    'Write { "schema": "sonde.users/1", "users": [{ "name": "ann", "role": "admin", "password": "…" }] }; sonde serve --hash-password makes the password.';
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new SondeError(
      missing ? 'not-found' : 'read-failed',
      `${path}: ${missing ? 'no such file' : 'cannot be read'}`,
      path,
      cure,
      { cause: error },
    );
  }
  let parsed;
  try {
    parsed = usersFile.safeParse(JSON.parse(text));
  } catch (error) {
    throw new SondeError('read-failed', `${path}: is not JSON`, path, cure, { cause: error });
  }
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new SondeError(
      'read-failed',
      `${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}`,
      path,
      cure,
    );
  }
  const names = parsed.data.users.map((u) => u.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new SondeError('read-failed', `${path}: the user ${twice} stands there twice`, path, 'Remove one of them.');
  return parsed.data.users;
}

/** Checks passwords. It takes as long for a user who does not exist. */
export class UserList {
  private readonly users: ReadonlyMap<string, User>;
  private readonly nobody: string;
  /** Tries under way: each takes 32 MiB. */
  private under = 0;
  private readonly most = 8;

  constructor(users: readonly User[]) {
    this.users = new Map(users.map((u) => [u.name, u]));
    const random = (): string => randomBytes(KEY_BYTES).toString('base64url');
    this.nobody = ['scrypt', COST.N, COST.r, COST.p, random(), random()].join('$');
  }

  /** Whether this user is still what they were, name, role and password. */
  same(users: readonly User[], name: string): boolean {
    const [was, is] = [this.users.get(name), users.find((u) => u.name === name)];
    return was !== undefined && is !== undefined && was.role === is.role && was.password === is.password;
  }

  /** The user, or null for a wrong name or password. @throws SondeError `too-many` */
  async check(name: string, password: string): Promise<User | null> {
    if (this.under >= this.most)
      throw new SondeError('too-many', 'too many people are signing in', '', 'Try again in a moment.');
    this.under++;
    try {
      const user = this.users.get(name);
      const right = await fits(password.slice(0, PASSWORD_MAX), user?.password ?? this.nobody);
      return user && right ? user : null;
    } finally {
      this.under--;
    }
  }
}

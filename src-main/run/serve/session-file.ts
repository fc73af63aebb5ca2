/**
 * Sessions of a person's own desk in a file beside the database, for its owner alone: whoever was signed in stays so
 * when the program is started again. It holds hashes of what the browser has, by which nobody can sign in.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { ROLES } from '../../../src-shared/contract/define.ts';
import { z } from '../../../src-shared/contract/schema.ts';
import type { KeptSession, SessionMemory } from './sessions.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const file = z.strictObject({
  schema: z.literal('sonde.sessions/1'),
  sessions: z
    .array(
      z.strictObject({
        id: hash,
        key: hash,
        caller: z.strictObject({ user: z.string(), role: z.enum(ROLES), host: z.literal('browser') }),
        startedAt: z.number(),
        usedAt: z.number(),
      }),
    )
    .max(1000),
});

export function sessionFile(database: string): SessionMemory {
  const path = `${database}.sessions`;
  return {
    load: (): KeptSession[] => {
      try {
        return file.parse(JSON.parse(readFileSync(path, 'utf8'))).sessions;
      } catch {
        // None yet, or not ours: everybody signs in anew.
        return [];
      }
    },
    save: (sessions) => {
      const temporary = `${path}.${process.pid}`;
      try {
        rmSync(temporary, { force: true });
        writeFileSync(temporary, JSON.stringify({ schema: 'sonde.sessions/1', sessions }), { mode: 0o600, flag: 'wx' });
        renameSync(temporary, path);
      } catch {
        // They last as long as the program then, as without a file.
      }
    },
  };
}

import { describe, expect, it } from 'vitest';
import { SondeError } from '../../../src-shared/errors.ts';
import { whenFree } from '../../../src-main/keep/store/when-free.ts';

const busy = (): SondeError => new SondeError('database-busy', 'kept.db: another program has it', 'kept.db', 'Wait.');

/** Fails so many times with `error`, then gives the number of its calls. */
function failing(times: number, error: () => Error = busy): () => number {
  let calls = 0;
  return () => {
    calls++;
    if (calls <= times) throw error();
    return calls;
  };
}

describe('waiting for a database', () => {
  it('asks nothing twice and says nothing where nobody has it', async () => {
    let said = 0;
    expect(await whenFree(failing(0), { forMs: 1000, onWait: () => said++ })).toBe(1);
    expect(said).toBe(0);
  });

  it('tries again until it is free, and says so once', async () => {
    let said = 0;
    expect(await whenFree(failing(3), { forMs: 60_000, everyMs: 1, onWait: () => said++ })).toBe(4);
    expect(said).toBe(1);
  });

  it('ends after its time with how long that was, and at once where there is none', async () => {
    await expect(whenFree(failing(Infinity), { forMs: 20, everyMs: 5 })).rejects.toMatchObject({
      code: 'database-busy',
      message: 'kept.db: another program has it, and still had it after 0 s',
      cure: 'Wait.',
    });
    await expect(whenFree(failing(1), { forMs: 0 })).rejects.toMatchObject({ message: busy().message });
  });

  it('passes on what else goes wrong at once', async () => {
    const lost = (): Error => new SondeError('not-found', 'no such model', '9', 'Choose another one.');
    await expect(whenFree(failing(1, lost), { forMs: 60_000 })).rejects.toMatchObject({ code: 'not-found' });
  });
});

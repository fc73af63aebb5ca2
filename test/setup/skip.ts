import { describe, it, type TestContext } from 'vitest';

type Body = (context: TestContext) => void | Promise<void>;
type Define = (name: string, body: Body, timeoutMs?: number) => void;

/**
 * A test that needs something a machine may lack: `needs(existsSync(file), 'no ../shared/data')('reads it', …)`.
 * Where the condition fails the test is skipped with the reason, which `npm test` prints and compares with
 * test/allowed-skips.json: a skip that is not listed there fails the run.
 */
export function needs(condition: boolean, reason: string): Define {
  if (condition) return (name, body, timeoutMs) => it(name, body, timeoutMs);
  return (name) => it(name, (context) => context.skip(reason));
}

/** As {@link needs}, for a whole suite: where the condition fails, one skipped test stands for all of it. */
export function suiteNeeds(condition: boolean, reason: string): (name: string, define: () => void) => void {
  if (condition) return (name, define) => describe(name, define);
  return (name) => describe(name, () => needs(false, reason)('all of it', () => undefined));
}

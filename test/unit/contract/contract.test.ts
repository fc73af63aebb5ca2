import { describe, expect, it } from 'vitest';
import { contract } from '../../../src-shared/contract/index.ts';
import { CancelSource } from '../../../src-shared/contract/cancel.ts';
import { makeClient } from '../../../src-shared/contract/client.ts';
import { callsByName, command, query, subscription } from '../../../src-shared/contract/define.ts';
import { makeDispatcher, type Caller } from '../../../src-shared/contract/dispatch.ts';
import { makeDouble, memoryLine } from '../../../src-shared/contract/double.ts';
import { z } from '../../../src-shared/contract/schema.ts';
import { TextError } from '../../../src-shared/contract/wire.ts';
import { SondeError } from '../../../src-shared/errors.ts';

const small = {
  sums: {
    add: query(z.strictObject({ a: z.number(), b: z.number().default(1) }), z.object({ sum: z.number() })),
    forget: command(z.strictObject({}), z.object({}), 'admin'),
    count: subscription(z.strictObject({ to: z.int() }), z.object({ n: z.int() })),
    wait: query(z.strictObject({}), z.object({})),
  },
} as const;

const viewer: Caller = { user: 'eve', role: 'viewer', host: 'browser' };
const never = (): Promise<never> => new Promise(() => undefined);
const tick = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5));
const failure = (promise: Promise<unknown>): Promise<SondeError> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as SondeError,
  );

describe('a client and a dispatcher derived from one list', () => {
  it('carries a query, with defaults filled in before the handler', async () => {
    const { client } = makeDouble(small, { sums: { add: ({ a, b }) => ({ sum: a + b }) } });
    expect(await client.sums.add({ a: 2 })).toEqual({ sum: 3 });
  });

  it('refuses a wrong payload before any handler sees it', async () => {
    let called = 0;
    const { client } = makeDouble(small, { sums: { add: () => ({ sum: ++called }) } });
    const wrong = await failure(client.sums.add({ a: 'two' } as never));
    expect([wrong.code, wrong.message, called]).toEqual([
      'bad-request',
      'sums.add: input.a: Invalid input: expected number, received string',
      0,
    ]);
    expect((await failure(client.sums.add({ a: 1, extra: 1 } as never))).code).toBe('bad-request');
    expect((await failure(client.sums.add(null as never))).code).toBe('bad-request');
  });

  it('refuses a name that is not in the list, also one that every object has', async () => {
    const [near, far] = memoryLine();
    makeDispatcher(small, { sums: { add: never, forget: never, count: never, wait: never } }).serve(far, viewer);
    const answers: unknown[] = [];
    near.onMessage((message) => answers.push(message));
    for (const [i, name] of ['sums.sub', 'constructor', '__proto__.toString', 'sums.__proto__'].entries()) {
      near.send({ type: 'call', id: i + 1, name, input: {} });
    }
    await tick();
    expect(answers).toHaveLength(4);
    for (const answer of answers) expect(answer).toMatchObject({ type: 'error', error: { code: 'bad-request' } });
  });

  it('refuses what needs a higher role', async () => {
    const { client } = makeDouble(small, { sums: { forget: () => ({}) } }, viewer);
    expect((await failure(client.sums.forget({}))).code).toBe('not-allowed');
    expect(await makeDouble(small, { sums: { forget: () => ({}) } }).client.sums.forget({})).toEqual({});
  });

  it('closes the line on what is no message at all', async () => {
    const [near, far] = memoryLine();
    makeDispatcher(small, { sums: { add: never, forget: never, count: never, wait: never } }).serve(far, viewer);
    let closed = false;
    near.onClose(() => (closed = true));
    near.send({ type: 'call', id: -1, name: 'sums.add' });
    await tick();
    expect(closed).toBe(true);
  });

  it('streams events until the handler returns', async () => {
    const { client } = makeDouble(small, {
      sums: {
        count: ({ to }, emit) => {
          for (let n = 1; n <= to; n++) emit({ n });
        },
      },
    });
    const seen: number[] = [];
    await new Promise<void>(
      (resolve) => void client.sums.count({ to: 3 }, { next: ({ n }) => seen.push(n), end: resolve }),
    );
    expect(seen).toEqual([1, 2, 3]);
  });

  it('tells the handler when the caller unsubscribes, and sends nothing after', async () => {
    let told = false;
    let send: (event: { n: number }) => void = () => undefined;
    const { client } = makeDouble(small, {
      sums: {
        count: (_, emit, { signal }) =>
          new Promise((resolve) => {
            send = emit;
            signal.addEventListener('abort', () => {
              told = true;
              resolve();
            });
          }),
      },
    });
    const seen: number[] = [];
    const end = client.sums.count({ to: 3 }, { next: ({ n }) => seen.push(n) });
    await tick();
    send({ n: 7 });
    await tick();
    end();
    await tick();
    send({ n: 8 });
    await tick();
    expect([told, seen]).toEqual([true, [7]]);
  });

  it('cancels a query: the caller gets "cancelled", the handler its signal', async () => {
    let told = false;
    const wait = (
      _: unknown,
      { signal }: { signal: { addEventListener(t: 'abort', l: () => void): void } },
    ): Promise<never> => {
      signal.addEventListener('abort', () => (told = true));
      return never();
    };
    const { client } = makeDouble(small, { sums: { wait } });
    const cancel = new CancelSource();
    const answer = failure(client.sums.wait({}, { signal: cancel.signal }));
    await tick();
    cancel.abort();
    expect((await answer).code).toBe('cancelled');
    await tick();
    expect(told).toBe(true);
  });

  it('rejects everything that waits when the host dies, and what is asked later', async () => {
    const { client, close } = makeDouble(small, { sums: { wait: never } });
    const waiting = failure(client.sums.wait({}));
    await tick();
    close();
    expect((await waiting).code).toBe('connection-lost');
    expect((await failure(client.sums.wait({}))).code).toBe('connection-lost');
  });

  it('carries errors with their code, cure and place in the text', async () => {
    const fault = new TextError('bad-filter', 'no such field', 'flows', 'Write proto.', { start: 3, end: 7 });
    const { client } = makeDouble(small, {
      sums: {
        wait: () => {
          throw fault;
        },
      },
    });
    const got = (await failure(client.sums.wait({}))) as TextError;
    expect(got).toBeInstanceOf(TextError);
    expect([got.code, got.message, got.cure, got.at]).toEqual([
      'bad-filter',
      'no such field',
      'Write proto.',
      { start: 3, end: 7 },
    ]);
  });

  it('keeps the details of a bug on the host', async () => {
    const [near, far] = memoryLine();
    const bugs: unknown[] = [];
    const broken = (): never => {
      throw new Error('secret path');
    };
    const handlers = { sums: { add: broken, forget: never, count: never, wait: never } };
    makeDispatcher(small, handlers, { onBug: (error) => (bugs.push(error), 'an error of ours (1a2b)') }).serve(
      far,
      viewer,
    );
    const got = await failure(makeClient(small, near).sums.add({ a: 1 }));
    expect([got.code, got.message, bugs.length]).toEqual(['internal', 'an error of ours (1a2b)', 1]);
  });

  it('holds answers to their schema in a double', async () => {
    const { client } = makeDouble(small, { sums: { add: () => ({ sum: 'three' }) as never } });
    expect((await failure(client.sums.add({ a: 1 }))).code).toBe('internal');
  });

  it('refuses more requests at once than its limit', async () => {
    const [near, far] = memoryLine();
    makeDispatcher(small, { sums: { add: never, forget: never, count: never, wait: never } }, { limit: 2 }).serve(
      far,
      viewer,
    );
    const client = makeClient(small, near);
    client.sums.wait({}).catch(() => undefined);
    client.sums.wait({}).catch(() => undefined);
    expect((await failure(client.sums.wait({}))).code).toBe('too-many');
    near.close();
  });

  it('does not start without a handler for every call', () => {
    expect(() => makeDispatcher(small, { sums: {} } as never)).toThrow('no handler for sums.add');
  });
});

describe('the list of the desk', () => {
  const calls = callsByName(contract);

  it('names every call once, and lets no viewer change anything but his last visit', () => {
    expect(calls.size).toBeGreaterThan(40);
    const free = [...calls]
      .filter(([, call]) => call.kind === 'command' && call.role === 'viewer')
      .map(([name]) => name);
    expect(free).toEqual(['incidents.visit']);
  });

  it('takes nothing from inputs that it does not know', () => {
    for (const [name, call] of calls) {
      const parsed = call.input.safeParse({ surprise: 1 });
      expect([name, parsed.success]).toEqual([name, false]);
    }
  });

  it('refuses a suppression that would silence everything', () => {
    const scope = contract.suppressions.preview.input;
    expect(scope.safeParse({ scope: {} }).success).toBe(false);
    expect(scope.safeParse({ scope: { source: '10.0.0.0/8' } }).success).toBe(true);
    expect(scope.safeParse({ scope: { source: 'nowhere' } }).success).toBe(false);
  });
});

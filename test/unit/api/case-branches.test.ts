/** One connection that looks at cases, more of them than at once. */
import { describe, expect, it } from 'vitest';
import { query, subscription } from '../../../src-shared/contract/define.ts';
import { makeDispatcher, type Caller, type Dispatcher } from '../../../src-shared/contract/dispatch.ts';
import { memoryLine } from '../../../src-shared/contract/double.ts';
import { z } from '../../../src-shared/contract/schema.ts';
import type { Transport } from '../../../src-shared/contract/wire.ts';
import { withCases } from '../../../src-main/run/api/cases/branches.ts';

const CASES = 12;
const ann: Caller = { user: 'ann', role: 'admin', host: 'browser' };
const small = {
  desk: {
    name: query(z.strictObject({}), z.object({ name: z.string() })),
    follow: subscription(z.strictObject({}), z.object({})),
  },
} as const;

interface Seen {
  type: string;
  id: number;
  output?: { name: string };
  error?: { code: string };
}

/** A desk that counts who follows it. */
function deskOf(name: string, followed: Map<string, number>): Dispatcher {
  const count = (by: number): void => void followed.set(name, (followed.get(name) ?? 0) + by);
  return makeDispatcher(small, {
    desk: {
      name: () => ({ name }),
      follow: (_input, _emit, { signal }) =>
        new Promise<void>((resolve) => {
          count(1);
          signal.addEventListener('abort', () => (count(-1), resolve()), { once: true });
        }),
    },
  });
}

class Page {
  readonly seen: Seen[] = [];
  readonly followed = new Map<string, number>();
  private readonly near: Transport;
  private next = 1;

  constructor() {
    const desks = new Map([...Array(CASES).keys()].map((i) => [String(i), deskOf(`case ${i}`, this.followed)]));
    const [near, far] = memoryLine();
    this.near = near;
    near.onMessage((message) => this.seen.push(message as Seen));
    withCases(deskOf('own', this.followed), (id) => desks.get(id)).serve(far, ann);
  }

  async call(of: string, name = 'desk.name'): Promise<{ id: number; answer: Seen | undefined }> {
    const id = this.next++;
    this.near.send({ type: 'call', id, name, input: {}, in: of });
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { id, answer: this.seen.find((each) => each.id === id) };
  }

  close(): void {
    this.near.close();
  }
}

describe('a connection that looks at cases', () => {
  it('looks at any number of them, one after the other, and at the first again', async () => {
    const page = new Page();
    for (const i of [...Array(CASES).keys(), 0, 1]) {
      const { answer } = await page.call(String(i));
      expect(answer).toMatchObject({ type: 'result', output: { name: `case ${i}` } });
    }
  });

  it('keeps what is being followed, while others can make room', async () => {
    const page = new Page();
    const { id } = await page.call('0', 'desk.follow');
    for (let i = 1; i < CASES; i++) expect((await page.call(String(i))).answer!.type).toBe('result');
    expect(page.followed.get('case 0')).toBe(1);
    expect(page.seen.some((each) => each.id === id)).toBe(false);
  });

  it('ends what was followed longest, and says so, where all are', async () => {
    const page = new Page();
    const ids: number[] = [];
    for (let i = 0; i < 9; i++) ids.push((await page.call(String(i), 'desk.follow')).id);
    expect(page.seen).toMatchObject([{ type: 'error', id: ids[0], error: { code: 'too-many' } }]);
    expect([...page.followed.values()]).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1]);
    page.close();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([...page.followed.values()].every((count) => count === 0)).toBe(true);
  });
});

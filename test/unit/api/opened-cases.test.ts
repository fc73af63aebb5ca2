/** Cases that are opened beside the desk, several at a time. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dispatcher } from '../../../src-shared/contract/dispatch.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { OpenedCases } from '../../../src-main/run/api/cases/opened.ts';
import { exportCase, fillForCases } from './case-file.ts';

const SLOW = 120_000;
const nobody: Dispatcher = { serve: () => undefined };
let folder: string;
let files: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-opened-'));
  const database = join(folder, 'desk.db');
  fillForCases(database);
  files = ['a', 'b', 'c', 'd', 'e'].map((name) => join(folder, `${name}.sondecase`));
  for (const out of files) await exportCase(database, out, out);
}, SLOW);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A desk that is open when `open` is called; `asked` is kept when it is asked for. */
function slowDesk() {
  const desk = { closed: 0 };
  const [gate, gates] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const openDesk = async (): Promise<{ dispatcher: Dispatcher; close: () => Promise<void> }> => {
    gates.resolve();
    await gate.promise;
    return { dispatcher: nobody, close: () => Promise.resolve(void desk.closed++) };
  };
  return { desk, open: () => gate.resolve(), asked: gates.promise, openDesk };
}

describe('cases beside the desk', () => {
  it('are opened once, also by two at the same moment', { timeout: SLOW }, async () => {
    let desks = 0;
    const openDesk = async (): Promise<{ dispatcher: Dispatcher; close: () => Promise<void> }> => {
      desks++;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { dispatcher: nobody, close: () => Promise.resolve() };
    };
    const cases = new OpenedCases({ folder: join(folder, 'once'), now: () => 7, openDesk });
    const [one, two] = await Promise.all([cases.add(files[0]!, 'one'), cases.add(files[0]!, 'two')]);
    expect(one.id).toBe(two.id);
    expect(desks).toBe(1);
    expect(cases.list()).toHaveLength(1);
    expect(readdirSync(cases.folder)).toEqual([one.id]);
    await cases.close();
    expect(readdirSync(cases.folder)).toEqual([]);
  });

  it('are four at most; one that is open already is opened again all the same', { timeout: SLOW }, async () => {
    const openDesk = (): Promise<{ dispatcher: Dispatcher; close: () => Promise<void> }> =>
      Promise.resolve({ dispatcher: nobody, close: () => Promise.resolve() });
    const cases = new OpenedCases({ folder: join(folder, 'four'), now: () => 7, openDesk });
    const opened = [];
    for (const file of files.slice(0, 4)) opened.push(await cases.add(file, file));
    expect(await cases.add(files[1]!, 'again')).toBe(opened[1]);
    const error = (await cases.add(files[4]!, 'e.sondecase').catch((thrown: unknown) => thrown)) as SondeError;
    expect(error).toMatchObject({ code: 'too-many', where: 'e.sondecase', cure: 'Put one of them away first.' });
    expect(readdirSync(cases.folder)).toHaveLength(4);
    await cases.remove(opened[0]!.id);
    expect((await cases.add(files[4]!, 'e.sondecase')).title).toBe(files[4]);
    await cases.close();
  });

  it('are called off while they are checked, and nothing of them stays', { timeout: SLOW }, async () => {
    const cases = new OpenedCases({
      folder: join(folder, 'off'),
      now: () => 7,
      openDesk: () => Promise.reject(new Error('never')),
    });
    const opened = cases.add(files[0]!, 'a.sondecase').catch((thrown: unknown) => thrown as SondeError);
    const [{ id, file } = { id: '', file: '' }] = cases.listComing();
    expect(file).toBe('a.sondecase');
    expect(await cases.callOff(id)).toBe('a.sondecase');
    expect(await opened).toMatchObject({ code: 'cancelled' });
    expect([cases.list(), cases.listComing(), readdirSync(cases.folder)]).toEqual([[], [], []]);
    expect(await cases.callOff(id)).toBeUndefined();
  });

  it('are called off while their desk is opened, unless somebody else waits for it', { timeout: SLOW }, async () => {
    const { desk, open, asked, openDesk } = slowDesk();
    const cases = new OpenedCases({ folder: join(folder, 'slow'), now: () => 7, openDesk });
    const one = cases.add(files[0]!, 'one').catch((thrown: unknown) => thrown as SondeError);
    await asked;
    const two = cases.add(files[0]!, 'two');
    const [first] = cases.listComing();
    const off = cases.callOff(first!.id);
    const waiting = Reflect.get(cases, 'opening') as ReadonlyMap<string, { wanted: number }>;
    await expect.poll(() => [...waiting.values()].map(({ wanted }) => wanted), { timeout: 20_000 }).toEqual([2]);
    open();
    expect(await off).toBe('one');
    expect(await one).toMatchObject({ code: 'cancelled' });
    expect((await two).id).toBe(first!.id);
    expect([cases.list().length, desk.closed]).toEqual([1, 0]);
    await cases.close();
    expect(desk.closed).toBe(1);
  });

  it(
    'that are being opened are waited for at the end, and none is opened from then on',
    { timeout: SLOW },
    async () => {
      const { desk, open, asked, openDesk } = slowDesk();
      const cases = new OpenedCases({ folder: join(folder, 'end'), now: () => 7, openDesk });
      const one = cases.add(files[0]!, 'one').catch((thrown: unknown) => thrown as SondeError);
      await asked;
      let closed = false;
      const end = cases.close().then(() => (closed = true));
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(closed).toBe(false);
      open();
      await end;
      expect(await one).toMatchObject({ code: 'cancelled' });
      expect([desk.closed, readdirSync(cases.folder)]).toEqual([1, []]);
      await expect(cases.add(files[0]!, 'late')).rejects.toMatchObject({ code: 'cancelled' });
    },
  );
});

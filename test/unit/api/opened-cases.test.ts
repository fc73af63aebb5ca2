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
});

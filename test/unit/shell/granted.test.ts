import { describe, expect, it } from 'vitest';
import { Granted, withGrants } from '../../../src-main/run/shell/granted.ts';
import { memoryLine } from '../../../src-shared/contract/double.ts';

const tick = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5));

/** What a page's message comes to: what the engine hears, what the page is told, what counts as read. */
async function sent(name: string, input: unknown): Promise<{ heard: number; refused: string[]; read: string[][] }> {
  const granted = new Granted();
  granted.add(['/chosen/a.txt', '/chosen/b.txt']);
  const [page, engine] = memoryLine();
  const read: string[][] = [];
  const refused: string[] = [];
  let heard = 0;
  withGrants(engine, granted, (paths) => read.push(paths)).onMessage(() => heard++);
  page.onMessage((message) => refused.push((message as { error: { where: string } }).error.where));
  page.send({ type: 'call', id: 1, name, input });
  await tick();
  return { heard, refused, read };
}

const at = (path: string): { kind: 'path'; path: string } => ({ kind: 'path', path });

describe('files of an experiment', () => {
  it('may be those that the user chose; they are no captures to be opened again', async () => {
    const input = { train: [at('/chosen/a.txt')], test: [at('/chosen/b.txt')] };
    expect(await sent('lab.start', input)).toEqual({ heard: 1, refused: [], read: [] });
    expect((await sent('captures.import', { sources: input.train })).read).toEqual([['/chosen/a.txt']]);
  });

  it('may be looked at only where they were chosen', async () => {
    expect((await sent('lab.look', { file: at('/chosen/a.txt') })).heard).toBe(1);
    expect(await sent('lab.look', { file: at('/etc/shadow') })).toMatchObject({ heard: 0, refused: ['/etc/shadow'] });
  });

  it.each([
    ['to learn from', { train: [at('/etc/shadow')] }],
    ['to judge by', { train: [at('/chosen/a.txt')], test: [at('/etc/shadow')] }],
  ])('%s may be no others', async (_, input) => {
    expect(await sent('lab.start', input)).toEqual({ heard: 0, refused: ['/etc/shadow'], read: [] });
  });
});

describe('files that models are made of', () => {
  const options = { detector: 'one-rule' };
  it.each([
    ['models.train', (path: string) => ({ data: { kind: 'files', files: [at(path)] }, options })],
    ['models.retrain', (path: string) => ({ model: 1, files: [at(path)] })],
    ['models.import', (path: string) => ({ file: at(path) })],
  ])('%s: only those that were chosen', async (name, input) => {
    expect(await sent(name, input('/chosen/a.txt'))).toEqual({ heard: 1, refused: [], read: [] });
    expect(await sent(name, input('/etc/shadow'))).toEqual({ heard: 0, refused: ['/etc/shadow'], read: [] });
  });
});

/** `sonde worker`: what it refuses before it looks for a server. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { workerCommand } from '../../../src-main/run/cli/commands/worker.ts';
import { removeFolder, temporaryFolder } from '../../integration/capture/network.ts';

const folder = temporaryFolder();
const nobody = join(folder, 'nobody.json');
const damaged = join(folder, 'damaged.json');
writeFileSync(nobody, JSON.stringify({ schema: 'sonde.sensors/1', sensors: [] }));
writeFileSync(damaged, '{"schema":');

afterAll(() => removeFolder(folder));

it.each([
  [[], 'usage', '--sensors is missing'],
  [['--sensors', nobody], 'usage', 'names no sensor'],
  [['--sensors', damaged], 'unknown-format', 'no JSON'],
  [['--sensors', join(folder, 'none.json')], 'not-found', 'cannot be read'],
  [['file.pcap'], 'usage', 'reads no files'],
  [['--model', 'x', '--no-models'], 'usage', 'contradict'],
  [['--roll-out', join(folder, 'none.model')], 'usage', 'cannot be read'],
  [['--nonsense'], 'usage', 'unknown option'],
])('refuses %j', async (args, code, what) => {
  await expect(workerCommand(args)).rejects.toMatchObject({ code, message: expect.stringContaining(what) as string });
});

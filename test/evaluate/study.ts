/**
 * `npm run study`: the comparative study. Runs every method on every set with the engine of `sonde evaluate`, each in a process
 * of its own, then writes docs/study.md and the figures in docs/study/. What a run gave is kept in build/study, a file each;
 * what `npm run bench:lab` measured last is taken from there too.
 *
 *   --only SET[,SET…]  these sets anew; of the others what was kept counts
 *   --missing          only what was not kept yet
 *   --document         runs nothing: writes document and figures of what was kept
 *   --partial          writes them also where some sets were never run; without, nothing is written then
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { KEPT } from './study/machine.ts';
import type { Part } from './study/part.ts';
import { FLOWS, methodsOf, ROOT, SETS, STUDY_REGIMES, type StudySet } from './study/sets.ts';
import { keptTraining } from './study/training.ts';
import { writeStudy } from './study/write.ts';

const PART = join(import.meta.dirname, 'study', 'part.ts');

const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Planned {
  set: StudySet;
  args: [set: string, regime: string, method: string];
  file: string;
}

function planned(set: StudySet): Planned[] {
  return STUDY_REGIMES.flatMap((regime) =>
    methodsOf(set, regime).map((method): Planned => ({
      set,
      args: [set.id, regime, method],
      file: join(KEPT, `${set.id}.${regime}.${method}.json`),
    })),
  );
}

/** What it printed; undefined where the method cannot be had of these data, which it has said itself. */
function run({ args }: Planned): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PART, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0 ? Buffer.concat(parts).toString('utf8') : undefined));
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      missing: { type: 'boolean' },
      document: { type: 'boolean' },
      partial: { type: 'boolean' },
    },
  });
  const only = values.only?.split(',');
  const unknown = only?.find((id) => !SETS.some((set) => set.id === id));
  if (unknown !== undefined) {
    say(`no such set: ${unknown}; there is ${SETS.map(({ id }) => id).join(', ')}`);
    return 2;
  }
  const plan = SETS.flatMap(planned);
  if (!values.document) {
    if (!existsSync(join(ROOT, FLOWS))) {
      say(`there is nothing to study: ${join(ROOT, FLOWS)} does not exist`);
      return 3;
    }
    mkdirSync(KEPT, { recursive: true });
    const wanted = plan.filter(
      ({ set, file }) => (!only || only.includes(set.id)) && !(values.missing && existsSync(file)),
    );
    for (const [i, one] of wanted.entries()) {
      say(`${i + 1} of ${wanted.length}: ${one.args.join(', ')}`);
      const part = await run(one);
      if (part !== undefined) writeFileSync(one.file, part);
    }
  }
  const parts = plan
    .filter(({ file }) => existsSync(file))
    .map(({ file }) => JSON.parse(readFileSync(file, 'utf8')) as Part);
  const never = SETS.filter(({ id }) => !parts.some((part) => part.set === id)).map(({ id }) => id);
  if (never.length > 0 && (!values.partial || parts.length === 0)) {
    say(`nothing is written: never run was ${never.join(', ')}. Run npm run study -- --missing, or add --partial.`);
    return 3;
  }
  const written = writeStudy(parts, keptTraining());
  say(`wrote ${written.join(', ')}`);
  return 0;
}

process.exitCode = await main();

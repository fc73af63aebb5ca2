import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { fileFaults } from '../../scripts/boundaries.mjs';
import { scan } from '../../scripts/lib/imports.mjs';
import { ROOMS } from '../../scripts/lib/boundary-rules.mjs';

const script = join(import.meta.dirname, '..', '..', 'scripts', 'boundaries.mjs');

function found(source: string): (string | null)[] {
  return scan(source).imports.map((each) => each.specifier);
}

describe('what a module imports', () => {
  const cases: [string, string, string[]][] = [
    ['a default', `import a from 'm';`, ['m']],
    ['names over several lines', `import {\n  a,\n  type B as C,\n} from "m";`, ['m']],
    ['a namespace', `import * as a from 'm';`, ['m']],
    ['a default with names', `import a, { b } from 'm'`, ['m']],
    ['types', `import type { A } from 'm';`, ['m']],
    ['a side effect', `import 'm';`, ['m']],
    ['attributes', `import a from './m.json' with { type: 'json' };`, ['./m.json']],
    ['an export of names', `export { a, type B } from 'm';`, ['m']],
    ['an export of all', `export * from 'm'; export * as n from 'o';`, ['m', 'o']],
    ['an export of types', `export type { A } from 'm';`, ['m']],
    ['a dynamic import', `const a = await import('m');`, ['m']],
    ['an import in a type', `let a: import('m').A;`, ['m']],
    ['a template without substitutions', 'import(`m`)', ['m']],
    ['require', `const a = require('m'); require.resolve('n'); module.require('o')`, ['m', 'n', 'o']],
    ['import.meta.resolve', `import.meta.resolve('m')`, ['m']],
    ['a worker', `new Worker(new URL('./w.worker.ts', import.meta.url))`, ['./w.worker.ts']],
    ['a builtin fetched by name', `process.getBuiltinModule('node:child_process')`, ['node:child_process']],
    ['an import within a template', 'const a = `x ${await import("m")} y`;', ['m']],
    ['an import behind a regular expression', `const r = /["'\`]/; import('m')`, ['m']],
    ['an import behind a division', `const r = a / b; import('m'); c / d`, ['m']],
    ['a spread of an import', `f(...import('m'))`, ['m']],
  ];
  it.each(cases)('finds %s', (_name, source, specifiers) => {
    expect(found(source)).toEqual(specifiers);
  });

  it.each([
    ['a line comment', `// import a from 'm';`],
    ['a block comment', `/* import('m') */`],
    ['a string', `const a = "import b from 'm'";`],
    ['a template', "const a = `import b from 'm'`;"],
    ['a regular expression', `const a = /import 'm'/;`],
    ['a property', `a.import('m'); a.export; ({ import: 'm' })`],
    ['an export of its own', `export const from = 'm'; export { a }; export default 'm';`],
    ['a URL that is not a file beside it', `new URL('./m', base)`],
  ])('finds nothing in %s', (_name, source) => {
    expect(found(source)).toEqual([]);
  });

  it('reports what only run time knows', () => {
    expect(found('import(name); require(`./${a}`)')).toEqual([null, null]);
  });

  it('counts lines across comments, strings and templates', () => {
    const source = "/* 1\n2 */\nconst a = `4\n5 ${b\n} 6`;\nimport 'm';";
    expect(scan(source).imports).toEqual([{ specifier: 'm', how: 'static', line: 6 }]);
  });
});

describe('who may import whom', () => {
  const rules: { rule: string; file: string; bad: string; good: string }[] = [
    {
      rule: 'shared imports nothing from main',
      file: 'src-shared/domain/a.ts',
      bad: `import '../../src-main/meter/columns.ts'`,
      good: `import '../features/types.ts'`,
    },
    {
      rule: 'shared imports nothing from the renderer',
      file: 'src-shared/errors.ts',
      bad: `export * from '../src-renderer/lib/a.ts'`,
      good: `export * from './domain/a.ts'`,
    },
    { rule: 'shared does not know Node', file: 'src-shared/a.ts', bad: `import 'node:fs'`, good: `import 'zod'` },
    { rule: 'nor by its old names', file: 'src-shared/a.ts', bad: `import 'fs/promises'`, good: `import './fs.ts'` },
    { rule: 'shared uses no other package', file: 'src-shared/a.ts', bad: `import 'react'`, good: `import 'zod/mini'` },
    {
      rule: 'the renderer never imports main',
      file: 'src-renderer/lib/a.ts',
      bad: `import type { A } from '../../src-main/detect/types.ts'`,
      good: `import type { A } from '../../src-shared/domain/incident.ts'`,
    },
    {
      rule: 'the renderer does not know Node',
      file: 'src-renderer/a.tsx',
      bad: `import 'node:path'`,
      good: `import 'react'`,
    },
    {
      rule: 'the renderer does not know Electron',
      file: 'src-renderer/a.ts',
      bad: `import 'electron'`,
      good: `import 'recharts'`,
    },
    {
      rule: 'nor native packages',
      file: 'src-renderer/a.ts',
      bad: `import 'better-sqlite3'`,
      good: `import 'react-dom/client'`,
    },
    {
      rule: 'main never imports the renderer',
      file: 'src-main/run/shell/main.ts',
      bad: `import '../../../src-renderer/main.tsx'`,
      good: `import '../../../src-shared/errors.ts'`,
    },
    {
      rule: 'nothing in the product imports tests or scripts',
      file: 'src-main/run/cli/main.ts',
      bad: `import '../../../test/setup/skip.ts'`,
      good: `import './help.ts'`,
    },
    {
      rule: 'a room imports only rooms before it',
      file: 'src-main/meter/flows/table.ts',
      bad: `import '../protocols/types.ts'`,
      good: `import '../packets/types.ts'`,
    },
    {
      rule: 'meter knows nothing of detect',
      file: 'src-main/meter/windows/stage.ts',
      bad: `import '../../detect/types.ts'`,
      good: `import '../columns.ts'`,
    },
    {
      rule: 'what a whole floor shares stands before its rooms',
      file: 'src-main/detect/types.ts',
      bad: `import './features/scaler.ts'`,
      good: `import '../meter/windows/types.ts'`,
    },
    {
      rule: 'the rooms of run are joined from above',
      file: 'src-main/run/pipeline/triage.ts',
      bad: `import '../cli/words.ts'`,
      good: `import '../../keep/store/methods.ts'`,
    },
    {
      rule: 'only the shell imports Electron',
      file: 'src-main/run/api/handlers.ts',
      bad: `import { app } from 'electron/main'`,
      good: `import { app } from './electron.ts'`,
    },
    {
      rule: 'child processes only in listed places',
      file: 'src-main/detect/lab/a.ts',
      bad: `import { spawn } from 'node:child_process'`,
      good: `import { readFile } from 'node:fs/promises'`,
    },
    {
      rule: 'threads only in listed places',
      file: 'src-main/meter/flows/a.ts',
      bad: `require('worker_threads')`,
      good: `import 'node:buffer'`,
    },
    {
      rule: 'no clusters',
      file: 'src-main/run/pipeline/a.ts',
      bad: `import 'node:cluster'`,
      good: `import 'node:worker_threads'`,
    },
    {
      rule: 'raw IPC belongs to the shell',
      file: 'src-main/run/api/a.ts',
      bad: `host.ipcMain.handle('x')`,
      good: `// ipcMain\nhost.handle('ipcMain')`,
    },
    { rule: 'no absolute paths', file: 'src-main/run/cli/a.ts', bad: `import '/opt/a.ts'`, good: `import './a.ts'` },
    {
      rule: 'no computed imports',
      file: 'src-main/run/cli/a.ts',
      bad: 'import(`./${name}.ts`)',
      good: `import('./a.ts')`,
    },
    {
      rule: 'no unknown room',
      file: 'src-main/shed/a.ts',
      bad: `import '../meter/columns.ts'`,
      good: `import 'node:fs'`,
    },
  ];

  it.each(rules)('$rule', ({ file, bad, good }) => {
    expect(fileFaults(file, good)).toEqual([]);
    const faults = fileFaults(file, bad);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`${file}:1: `);
  });

  it('lets the shell import Electron, and listed places start processes and threads', () => {
    expect(fileFaults('src-main/run/shell/main.ts', `import { ipcMain } from 'electron'`)).toEqual([]);
    expect(fileFaults('src-main/meter/capture/client.ts', `import 'node:child_process'`)).toEqual([]);
    expect(fileFaults('src-main/keep/store/owner.ts', `import 'node:worker_threads'`)).toEqual([]);
    const channels = 'src-main/keep/alerts/channels';
    expect(fileFaults(`${channels}/common/program.ts`, `import 'node:child_process'`)).toEqual([]);
    expect(fileFaults(`${channels}/command.ts`, `import 'node:child_process'`)).toHaveLength(1);
  });

  it('lets every room import itself and every room before it, and none after it', () => {
    for (const [here, from] of ROOMS.entries()) {
      for (const [there, to] of ROOMS.entries()) {
        const up = '../'.repeat(from.split('/').length);
        const faults = fileFaults(`src-main/${from}/a.ts`, `import '${up}${to}/b.ts'`);
        expect(faults, `${from} imports ${to}`).toHaveLength(there > here ? 1 : 0);
      }
    }
  });
});

describe('the check of a tree', () => {
  const folders: string[] = [];
  afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

  function run(files: Record<string, string>) {
    const root = mkdtempSync(join(tmpdir(), 'boundary tree '));
    folders.push(root);
    for (const [name, source] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), source);
    }
    const { status, stdout } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
    return { status, stdout };
  }

  const sound = {
    'src-shared/a.ts': `export const a = 1;`,
    'src-main/meter/flows/b.ts': `import { a } from '../../../src-shared/a.ts';\nexport const b = a;`,
  };

  it('passes a sound tree', () => {
    expect(run(sound)).toEqual({ status: 0, stdout: 'boundaries: 2 files, 0 faults\n' });
  });

  it('fails on a planted fault, and says where and what', () => {
    const planted = { ...sound, 'src-main/meter/packets/c.ts': `\n\nexport { b } from '../flows/b.ts';` };
    const { status, stdout } = run(planted);
    expect(status).toBe(1);
    expect(stdout).toContain('src-main/meter/packets/c.ts:3: imports src-main/meter/flows/b.ts');
    expect(stdout).toContain('3 files, 1 faults');
  });

  it('fails on a tree without sources, which would pass every rule', () => {
    expect(run({ 'README.md': '' }).status).toBe(1);
  });
});

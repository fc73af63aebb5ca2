import { describe, expect, it } from 'vitest';
import { wordsIn } from '../../scripts/words.mjs';

// Put together so that this file passes the check that it tests.
const host = ['registry', 'npmjs', 'org'].join('.');
const mark = ['TO', 'DO'].join('');
const home = ['', 'home', 'anna', 'sonde', 'x'].join('/');

describe('what must not stand in the project', () => {
  it.each([
    ['a registry', `registry=https://${host}/`, 'a package registry'],
    ['a path of one machine', `const file = '${home}';`, 'a path of one machine'],
    ['unfinished work', `// ${mark}: later`, 'unfinished work'],
  ])('%s', (_name, line, fault) => {
    const faults = wordsIn('src-main/a.ts', `const ok = 1;\n${line}\n`);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`src-main/a.ts:2: `);
    expect(faults[0]).toContain(fault);
  });

  it('a download address in the lock file', () => {
    const lock = (key: string) => `{\n  "packages": {\n    "a": {\n      "${key}": "x"\n    }\n  }\n}\n`;
    expect(wordsIn('package-lock.json', lock('resolved'))).toHaveLength(1);
    expect(wordsIn('package-lock.json', lock('integrity'))).toEqual([]);
  });

  it('nothing in ordinary text', () => {
    const text = `a to-do list; https://example.org/home/index.html; the home folder; resolved: true`;
    expect(wordsIn('docs/a.md', text)).toEqual([]);
  });
});

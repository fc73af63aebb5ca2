/**
 * `node scripts/words.mjs [ROOT]`: what must not stand in the project's files, because it ties them to one machine or
 * one mirror, or leaves work unsaid: registry hosts, download addresses in the lock file, paths of a machine, markers
 * of unfinished work.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './lib/project.mjs';
import { projectFiles } from './lib/project-files.mjs';

/** Put together here, so that this file passes its own check. */
const HOSTS = ['registry.npmjs', 'registry.yarnpkg', 'npm.pkg.github', 'registry.npmmirror'].map(
  (name) => `${name}.${name.includes('npmjs') ? 'org' : 'com'}`,
);
const PATHS = new RegExp(
  ['/r-oot/', '/w-ork/(main|shared)', '/h-ome/[a-z][a-z0-9_-]*/[\\w.-]+/', '/U-sers/\\w+/', '[A-Z]:\\\\U-sers']
    .map((path) => path.replace('-', ''))
    .join('|'),
);
const UNFINISHED = new RegExp(`\\b(${['T-ODO', 'F-IXME', 'X-XX'].map((mark) => mark.replace('-', '')).join('|')})\\b`);
const TEXT =
  /(^|\/)(\.[\w.]+|[A-Z]+|run)$|\.(c|cjs|conf|csv|css|h|html|js|json|jsonc|md|mjs|ndjson|plist|policy|py|sh|svg|toml|ts|tsv|tsx|txt|xml|ya?ml)$/;

/**
 * @param {string} root
 * @returns {{ files: number, faults: string[] }}
 */
export function checkWords(root) {
  const names = projectFiles(root).filter((name) => TEXT.test(name));
  return {
    files: names.length,
    faults: names.flatMap((name) => wordsIn(name, readFileSync(join(root, name), 'utf8'))),
  };
}

/**
 * @param {string} name
 * @param {string} text
 * @returns {string[]} `path:line: what is wrong`
 */
export function wordsIn(name, text) {
  const isLock = name.endsWith('package-lock.json');
  const hosts = [...HOSTS, ...configuredHosts()];
  return text.split('\n').flatMap((line, index) => {
    const where = `${name}:${index + 1}:`;
    const host = hosts.find((each) => line.includes(each));
    const faults = host === undefined ? [] : [`${where} names a package registry: ${host}`];
    if (isLock)
      return /^\s*"resolved":/.test(line) ? [...faults, `${where} a download address in the lock file`] : faults;
    if (PATHS.test(line)) faults.push(`${where} a path of one machine`);
    if (UNFINISHED.test(line)) faults.push(`${where} a marker of unfinished work`);
    return faults;
  });
}

/** The registry that this machine uses, where npm tells. */
function configuredHosts() {
  const registry = process.env['npm_config_registry'];
  return registry !== undefined && URL.canParse(registry) ? [new URL(registry).hostname] : [];
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { files, faults } = checkWords(process.argv[2] === undefined ? ROOT : resolve(process.argv[2]));
  for (const fault of faults) process.stdout.write(`${fault}\n`);
  process.stdout.write(`words: ${files} files, ${faults.length} faults\n`);
  process.exitCode = faults.length > 0 || files === 0 ? 1 : 0;
}

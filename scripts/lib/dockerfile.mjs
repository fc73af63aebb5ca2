/**
 * A Dockerfile as instructions and stages, as far as this project's own uses the language: no heredocs, no other escape
 * character than the backslash, no ONBUILD. What is not understood is an error, never left out.
 */

/**
 * @typedef {object} Instruction
 * @property {string} name in capitals
 * @property {string[]} flags `--from=build` and the like, that stand before the rest
 * @property {string} text the rest, in one line
 * @property {string[] | undefined} json where the rest is a JSON array of strings: the exec form
 * @property {number} line where it begins
 */
/** @typedef {{ name: string, base: string, instructions: Instruction[], line: number }} Stage */

const KNOWN = new Set(
  'FROM RUN COPY ADD ENV ARG USER WORKDIR LABEL VOLUME EXPOSE ENTRYPOINT CMD HEALTHCHECK STOPSIGNAL SHELL'.split(' '),
);

/**
 * @param {string} text
 * @returns {Instruction[]}
 */
export function instructionsOf(text) {
  const found = /** @type {Instruction[]} */ ([]);
  let gathered = '';
  let began = 0;
  text.split('\n').forEach((line, index) => {
    if (/^\s*#/.test(line) || (gathered === '' && line.trim() === '')) return;
    if (gathered === '') began = index + 1;
    const open = /\\\s*$/.test(line);
    gathered += ` ${line.replace(/\\\s*$/, '').trim()}`;
    if (open) return;
    found.push(instruction(gathered.trim(), began));
    gathered = '';
  });
  if (gathered !== '') throw new Error(`Dockerfile:${began}: ends in the middle of an instruction`);
  return found;
}

/**
 * @param {string} text
 * @param {number} line
 * @returns {Instruction}
 */
function instruction(text, line) {
  const [, word = '', after = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
  const name = word.toUpperCase();
  if (!KNOWN.has(name)) throw new Error(`Dockerfile:${line}: ${word} is not understood`);
  const flags = [];
  let rest = after;
  for (let flag; (flag = /^(--[a-z][a-z-]*=\S+)\s*/.exec(rest)); rest = rest.slice(flag[0].length))
    flags.push(flag[1] ?? '');
  return { name, flags, text: rest, json: jsonOf(rest), line };
}

/** @param {string} text */
function jsonOf(text) {
  if (!text.startsWith('[')) return undefined;
  try {
    const value = /** @type {unknown} */ (JSON.parse(text));
    return Array.isArray(value) && value.every((each) => typeof each === 'string')
      ? /** @type {string[]} */ (value)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} text
 * @returns {Stage[]}
 */
export function stagesOf(text) {
  const stages = /** @type {Stage[]} */ ([]);
  for (const each of instructionsOf(text)) {
    if (each.name === 'FROM') {
      const [, base = '', name = String(stages.length)] = /^(\S+)(?:\s+[Aa][Ss]\s+(\S+))?$/.exec(each.text) ?? [];
      stages.push({ name, base, instructions: [], line: each.line });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`Dockerfile:${each.line}: ${each.name} before the first FROM`);
      stage.instructions.push(each);
    }
  }
  return stages;
}

/**
 * The stages that make up one of them: itself, and before it those it begins as.
 * @param {Stage[]} stages
 * @param {string} name
 * @returns {Stage[]}
 */
export function lineage(stages, name) {
  const stage = stages.find((each) => each.name === name);
  return stage === undefined ? [] : [...lineage(stages, stage.base), stage];
}

/**
 * The last instruction of a name that holds for a stage.
 * @param {Stage[]} stages
 * @param {string} stage
 * @param {string} name
 */
export function lastOf(stages, stage, name) {
  const all = lineage(stages, stage).flatMap(({ instructions }) => instructions);
  return all.filter((each) => each.name === name).at(-1);
}

/**
 * `KEY=value KEY="a value"` of ENV and LABEL.
 * @param {string} text
 * @returns {[string, string][]}
 */
export function pairsOf(text) {
  return [...text.matchAll(/([\w.-]+)=(?:"([^"]*)"|(\S*))/g)].map(([, key = '', quoted, plain = '']) => [
    key,
    quoted ?? plain,
  ]);
}

/**
 * The options of `--mount=type=secret,id=x`.
 * @param {string} flag
 * @returns {Record<string, string>}
 */
export function mountOf(flag) {
  const found = /** @type {Record<string, string>} */ ({});
  for (const part of flag.replace(/^--mount=/, '').split(',')) {
    const [key = '', value = ''] = part.split('=', 2);
    found[key] = value;
  }
  return found;
}

/**
 * Of a .dockerignore: whether a path stays outside the build. The last pattern that fits decides; one that fits a folder
 * fits all that is in it.
 * @param {string} text
 * @returns {(path: string) => boolean} of paths from the root, with forward slashes
 */
export function ignoring(text) {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ keeps: line.startsWith('!'), pattern: patternOf(line.replace(/^!/, '')) }));
  return (path) => rules.filter(({ pattern }) => pattern.test(path)).at(-1)?.keeps === false;
}

/** @param {string} glob */
function patternOf(glob) {
  const clean = glob.replace(/^\/|\/$/g, '');
  const body = clean
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => {
      if (part === '**/') return '(?:.*/)?';
      if (part === '**') return '.*';
      if (part === '*') return '[^/]*';
      return part === '?' ? '[^/]' : part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${body}(?:/.*)?$`);
}

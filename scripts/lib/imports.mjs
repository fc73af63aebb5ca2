/** What a module imports, in every way a module can: found in its tokens, without a compiler. */
import { tokenize } from './tokens.mjs';

/** @typedef {import('./tokens.mjs').Token} Token */
/**
 * @typedef {object} Import
 * @property {string | null} specifier null: computed at run time
 * @property {'static' | 'dynamic' | 'require' | 'url' | 'builtin'} how url: `new URL('…', import.meta.url)`
 * @property {number} line from 1
 */

/**
 * @param {string} source
 * @returns {{ imports: Import[], words: { text: string, line: number }[] }} words: all identifiers outside strings
 */
export function scan(source) {
  const tokens = tokenize(source);
  const imports = tokens.flatMap((token, index) => {
    if (token.kind !== 'word' || isMember(tokens, index)) return [];
    const found = FINDERS.get(token.text)?.(tokens, index);
    return found === undefined ? [] : [{ ...found, line: token.line }];
  });
  const words = tokens.filter((token) => token.kind === 'word').map(({ text, line }) => ({ text, line }));
  return { imports, words };
}

/** @typedef {Pick<Import, 'specifier' | 'how'>} Found */
/** @type {Map<string, (tokens: Token[], at: number) => Found | undefined>} */
const FINDERS = new Map([
  ['import', fromImport],
  ['export', (tokens, at) => fromClause(tokens, at + 1, true)],
  ['require', fromRequire],
  ['URL', fromUrl],
  ['getBuiltinModule', (tokens, at) => (is(tokens[at + 1], '(') ? argument(tokens, at + 2, 'builtin') : undefined)],
]);

/**
 * `x.import` is a property; `process.getBuiltinModule` and a spread are not.
 * @param {Token[]} tokens
 * @param {number} at
 */
function isMember(tokens, at) {
  if (!is(tokens[at - 1], '.') || is(tokens[at - 2], '.')) return false;
  return tokens[at]?.text !== 'getBuiltinModule' && tokens[at]?.text !== 'require';
}

/**
 * @param {Token[]} tokens
 * @param {number} at
 * @returns {Found | undefined}
 */
function fromImport(tokens, at) {
  const next = tokens[at + 1];
  if (next?.kind === 'string') return { specifier: next.text, how: 'static' };
  if (is(next, '(')) return argument(tokens, at + 2, 'dynamic');
  if (is(next, '.')) {
    const resolves = tokens[at + 4]?.text === 'resolve' && is(tokens[at + 5], '(');
    return resolves ? argument(tokens, at + 6, 'dynamic') : undefined;
  }
  if (is(next, ':') || is(next, ',') || is(next, '}')) return undefined;
  return fromClause(tokens, at + 1, false);
}

/**
 * The `from '…'` of an import or export, behind names, braces, a star, `type` or `defer`.
 * @param {Token[]} tokens
 * @param {number} start
 * @param {boolean} exporting only `export *` and `export {…}` can have one
 * @returns {Found | undefined}
 */
function fromClause(tokens, start, exporting) {
  const first = tokens[start]?.text === 'type' ? tokens[start + 1] : tokens[start];
  if (exporting && !is(first, '*') && !is(first, '{')) return undefined;
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at];
    const next = tokens[at + 1];
    if (token?.text === 'from' && token.kind === 'word' && next?.kind === 'string') {
      return { specifier: next.text, how: 'static' };
    }
    const part = token?.kind === 'word' || token?.kind === 'string' || is(token, '{', '}', ',', '*');
    if (!part || (is(token, '}') && !is(next, ',') && next?.text !== 'from')) return undefined;
  }
  return undefined;
}

/**
 * `require('x')`, `require.resolve('x')`, `module.require('x')`.
 * @param {Token[]} tokens
 * @param {number} at
 * @returns {Found | undefined}
 */
function fromRequire(tokens, at) {
  if (is(tokens[at + 1], '(')) return argument(tokens, at + 2, 'require');
  const resolves = is(tokens[at + 1], '.') && tokens[at + 2]?.text === 'resolve' && is(tokens[at + 3], '(');
  return resolves ? argument(tokens, at + 4, 'require') : undefined;
}

/**
 * `new URL('…', import.meta.url)`: a worker's entry or a file beside the module.
 * @param {Token[]} tokens
 * @param {number} at
 * @returns {Found | undefined}
 */
function fromUrl(tokens, at) {
  if (tokens[at - 1]?.text !== 'new' || !is(tokens[at + 1], '(')) return undefined;
  const rest = tokens.slice(at + 3, at + 9).map((token) => token.text);
  const relative = rest.slice(0, 6).join('') === ',import.meta.url';
  return relative ? argument(tokens, at + 2, 'url') : undefined;
}

/**
 * @param {Token[]} tokens
 * @param {number} at
 * @param {Import['how']} how
 * @returns {Found}
 */
function argument(tokens, at, how) {
  const token = tokens[at];
  const literal = token?.kind === 'string' && is(tokens[at + 1], ')', ',');
  return { specifier: literal ? token.text : null, how };
}

/**
 * @param {Token | undefined} token
 * @param {string[]} texts
 */
function is(token, ...texts) {
  return token?.kind === 'punctuation' && texts.includes(token.text);
}

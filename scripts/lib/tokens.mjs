/**
 * TypeScript and JavaScript source to tokens, just well enough to find what a module imports: comments are dropped,
 * strings, templates and regular expressions are told apart from code. Knows no grammar beyond that.
 */

/**
 * @typedef {object} Token
 * @property {'word' | 'string' | 'punctuation' | 'other'} kind other: numbers, regular expressions, templates' text
 * @property {string} text a string's content (escapes not resolved); else as written
 * @property {number} line from 1
 */

const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /\.?\d[\w.]*/y;
/** After these a slash begins a regular expression; after any other word, a closing bracket or a value, it divides. */
const BEFORE_REGEX = new Set(
  'return typeof case in of delete void throw new do else await yield instanceof extends default'.split(' '),
);

/**
 * @param {string} source
 * @returns {Token[]}
 */
export function tokenize(source) {
  const scanner = new Scanner(source);
  while (scanner.next());
  return scanner.tokens;
}

class Scanner {
  /** @param {string} source */
  constructor(source) {
    this.source = source;
    this.at = 0;
    this.line = 1;
    /** @type {Token[]} */
    this.tokens = [];
    /**
     * Open braces: '`' is a template's `${`, whose end resumes the template.
     * @type {string[]}
     */
    this.open = [];
  }

  /** Reads one token or one piece of nothing. @returns {boolean} false at the end */
  next() {
    const { source, at } = this;
    const c = source[at];
    if (c === undefined) return false;
    if (c === '\n') this.skip(1);
    else if (/\s/.test(c)) this.skip(1);
    else if (at === 0 && source.startsWith('#!')) this.skipTo(source.indexOf('\n', at));
    else if (source.startsWith('//', at)) this.skipTo(source.indexOf('\n', at));
    else if (source.startsWith('/*', at)) this.skipTo(after(source, '*/', at + 2));
    else if (c === '"' || c === "'") this.string(c);
    else if (c === '`') this.template(at + 1);
    else if (c === '/' && this.regexMayBegin()) this.regex();
    else if (this.match(WORD, 'word') || this.match(NUMBER, 'other')) return true;
    else this.punctuation(c);
    return true;
  }

  /** @param {string} c */
  punctuation(c) {
    this.push('punctuation', c);
    if (c === '{') this.open.push(c);
    this.at += c.length;
    if (c === '}' && this.open.pop() === '`') this.template(this.at);
  }

  /**
   * From within a template to its end or to the next `${`.
   * @param {number} from
   */
  template(from) {
    let at = from;
    for (; at < this.source.length; at++) {
      const c = this.source[at];
      if (c === '\\') at++;
      else if (c === '`' || (c === '$' && this.source[at + 1] === '{')) break;
    }
    const substitution = this.source[at] === '$';
    const whole = !substitution && this.source[from - 1] === '`';
    // A template without substitutions names a module as well as a string does.
    this.push(whole ? 'string' : 'other', this.source.slice(from, at));
    this.skipTo(at + (substitution ? 2 : 1));
    if (substitution) this.open.push('`');
  }

  /** @param {string} quote */
  string(quote) {
    let end = this.at + 1;
    while (end < this.source.length && this.source[end] !== quote && this.source[end] !== '\n') {
      end += this.source[end] === '\\' ? 2 : 1;
    }
    this.push('string', this.source.slice(this.at + 1, end));
    this.skipTo(end + 1);
  }

  regex() {
    let end = this.at + 1;
    let inClass = false;
    for (; end < this.source.length && this.source[end] !== '\n'; end++) {
      const c = this.source[end];
      if (c === '\\') end++;
      else if (c === '[') inClass = true;
      else if (c === ']') inClass = false;
      else if (c === '/' && !inClass) break;
    }
    this.push('other', this.source.slice(this.at, end + 1));
    this.skipTo(end + 1);
  }

  regexMayBegin() {
    const last = this.tokens.at(-1);
    if (last === undefined) return true;
    if (last.kind === 'word') return BEFORE_REGEX.has(last.text);
    return last.kind === 'punctuation' && last.text !== ')' && last.text !== ']' && last.text !== '}';
  }

  /**
   * @param {RegExp} pattern
   * @param {Token['kind']} kind
   */
  match(pattern, kind) {
    pattern.lastIndex = this.at;
    const text = pattern.exec(this.source)?.[0];
    if (text === undefined) return false;
    this.push(kind, text);
    this.at += text.length;
    return true;
  }

  /**
   * @param {Token['kind']} kind
   * @param {string} text
   */
  push(kind, text) {
    this.tokens.push({ kind, text, line: this.line });
  }

  /** @param {number} count */
  skip(count) {
    this.skipTo(this.at + count);
  }

  /** @param {number} to the end of the source where negative */
  skipTo(to) {
    const end = to < 0 ? this.source.length : Math.min(to, this.source.length);
    for (let at = this.at; at < end; at++) if (this.source[at] === '\n') this.line++;
    this.at = end;
  }
}

/**
 * @param {string} source
 * @param {string} mark
 * @param {number} from
 */
function after(source, mark, from) {
  const at = source.indexOf(mark, from);
  return at < 0 ? -1 : at + mark.length;
}

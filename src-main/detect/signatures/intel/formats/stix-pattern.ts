/**
 * STIX patterns (STIX 2.1, part 9) that single observations can answer: comparisons of an address, name, URL or hash with a
 * value, joined by OR; by AND where it says more of the same thing (the port of an address, other hashes of a file).
 * Everything else is refused by its name: a pattern is never half understood.
 */
import { certificateHash, domainValue, readValue, urlValue, type Value } from '../values.ts';

interface Token {
  text: string;
  /** A quoted text, without its quotes. */
  quoted: boolean;
}

const TOKEN = /\s*(?:'((?:[^'\\]|\\.)*)'|([[\]()=,]|!=|<=|>=|<|>)|([^\s'[\]()=,<>!]+\.'[^']*'|[^\s'[\]()=,<>!]+))/y;
const PATTERN_MAX = 16_384;
const TERMS_MAX = 1000;

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const { length } = pattern.trimEnd();
  while (TOKEN.lastIndex < length) {
    const found = TOKEN.exec(pattern);
    if (!found) throw new PatternError('not a pattern of STIX');
    const [, quoted, mark, word] = found;
    if (quoted === undefined) tokens.push({ text: mark ?? word!, quoted: false });
    else tokens.push({ text: quoted.replaceAll(/\\(.)/g, '$1'), quoted: true });
    if (tokens.length > TERMS_MAX * 8) throw new PatternError('more comparisons than anybody writes');
  }
  return tokens;
}

/** Why a pattern is not taken. */
export class PatternError extends Error {}

interface Comparison {
  path: string;
  values: readonly string[];
}

const HASH_PATH = /^(?:file:hashes|x509-certificate:hashes|artifact:hashes)\b/;
const isCertificate = (path: string): boolean => path.startsWith('x509-certificate:hashes');
const KNOWN_PATHS = new Set([
  'ipv4-addr:value',
  'ipv6-addr:value',
  'domain-name:value',
  'url:value',
  'network-traffic:dst_ref.value',
  'network-traffic:src_ref.value',
]);
const TYPE_PATH = /^network-traffic:(?:dst|src)_ref\.type$/;
const PORT_PATH = /^network-traffic:(?:dst|src)_port$/;

class PatternReader {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(pattern: string) {
    this.tokens = tokensOf(pattern);
  }

  /** `[…] OR […]`, in brackets or not. */
  all(): Comparison[][] {
    const found = this.observations(0);
    const rest = this.tokens[this.at];
    if (rest) throw new PatternError(`${rest.text.slice(0, 40)} is not supported`);
    return found;
  }

  private observations(depth: number): Comparison[][] {
    const found = this.observation(depth);
    while (this.takes('OR')) found.push(...this.observation(depth));
    return found;
  }

  private observation(depth: number): Comparison[][] {
    if (depth > 50) throw new PatternError('deeper than anybody writes');
    if (this.takes('(')) {
      const inner = this.observations(depth + 1);
      this.needs(')');
      return inner;
    }
    this.needs('[');
    const found = this.either(depth);
    this.needs(']');
    return found;
  }

  /** Comparisons: alternatives of what has to hold together. */
  private either(depth: number): Comparison[][] {
    const found = this.both(depth);
    while (this.takes('OR')) found.push(...this.both(depth));
    if (found.length > TERMS_MAX) throw new PatternError('more comparisons than anybody writes');
    return found;
  }

  private both(depth: number): Comparison[][] {
    let found = this.term(depth);
    while (this.takes('AND')) {
      const other = this.term(depth);
      if (found.length * other.length > TERMS_MAX) throw new PatternError('more comparisons than anybody writes');
      found = found.flatMap((one) => other.map((two) => [...one, ...two]));
    }
    return found;
  }

  private term(depth: number): Comparison[][] {
    if (depth > 50) throw new PatternError('deeper than anybody writes');
    if (this.takes('(')) {
      const inner = this.either(depth + 1);
      this.needs(')');
      return inner;
    }
    return [[this.comparison()]];
  }

  private comparison(): Comparison {
    const path = this.next();
    const operator = this.next();
    const name = operator.text.toUpperCase();
    if (path.quoted || operator.quoted) throw new PatternError('not a pattern of STIX');
    if (name === 'IN') return { path: path.text, values: this.set() };
    const isPart =
      name === 'ISSUBSET' && /^(?:ipv[46]-addr:value|network-traffic:(?:dst|src)_ref\.value)$/.test(path.text);
    if (name !== '=' && !isPart) throw new PatternError(`${operator.text.slice(0, 40)} is not supported`);
    return { path: path.text, values: [this.next().text] };
  }

  private set(): string[] {
    const values: string[] = [];
    this.needs('(');
    do values.push(this.next().text);
    while (this.takes(','));
    this.needs(')');
    return values;
  }

  private next(): Token {
    const token = this.tokens[this.at++];
    if (!token) throw new PatternError('the pattern breaks off');
    return token;
  }

  private takes(text: string): boolean {
    const token = this.tokens[this.at];
    if (!token || token.quoted || token.text.toUpperCase() !== text) return false;
    this.at++;
    return true;
  }

  private needs(text: string): void {
    if (this.takes(text)) return;
    const token = this.tokens[this.at];
    throw new PatternError(token ? `${token.text.slice(0, 40)} is not supported` : 'the pattern breaks off');
  }
}

function valueOf(path: string, text: string): Value | string {
  if (HASH_PATH.test(path))
    return (isCertificate(path) && certificateHash(text)) || { observable: { kind: 'hash' }, port: 0 };
  if (path === 'domain-name:value') return domainValue(text, false);
  if (path === 'url:value') return urlValue(text);
  const value = readValue(text);
  if (typeof value !== 'string' && value.observable.kind !== 'address') return 'no address';
  return value;
}

/** What has to hold together, as one entry for each value of what is looked for. */
function entriesOf(together: readonly Comparison[]): Value[] {
  const subjects = together.filter(({ path }) => KNOWN_PATHS.has(path) || HASH_PATH.test(path));
  const unknown = together.find(
    (one) => !subjects.includes(one) && !TYPE_PATH.test(one.path) && !PORT_PATH.test(one.path),
  );
  if (unknown) throw new PatternError(`${unknown.path.slice(0, 60)} is not supported`);
  const [subject, ...more] = subjects;
  if (!subject) throw new PatternError('it names no address, name, URL or hash');
  if (more.length > 0 && !subjects.every(({ path }) => HASH_PATH.test(path))) {
    throw new PatternError('AND of several addresses, names or URLs is not supported');
  }
  const isTraffic = subject.path.startsWith('network-traffic:');
  if (together.length > subjects.length && !isTraffic) throw new PatternError('AND of several things is not supported');
  const ports = together.filter(({ path }) => PORT_PATH.test(path)).flatMap(({ values }) => values.map(Number));
  if (ports.length > 1 || ports.some((port) => !(port >= 1 && port <= 65_535))) {
    throw new PatternError('more than one port is not supported');
  }
  return subject.values.map((text) => {
    const value = valueOf(subject.path, text);
    if (typeof value === 'string') throw new PatternError(`${text.slice(0, 60)}: ${value}`);
    return ports[0] === undefined ? value : { ...value, port: ports[0] };
  });
}

/** Entries, any of which makes the pattern true. @throws PatternError */
export function readPattern(pattern: string): Value[] {
  if (pattern.length > PATTERN_MAX) throw new PatternError('a pattern longer than 16,384 characters');
  return new PatternReader(pattern).all().flatMap(entriesOf);
}

/** YAML to plain values: one document at a time, each bounded, so that a broken one costs none of the others. */
import { CST, isScalar, Lexer, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { RuleFault } from '../rules/fault.ts';
import { SIGMA_LIMITS } from './limits.ts';

/** A document's text and where it begins, from 1. */
export interface DocumentText {
  line: number;
  text: string;
}

export type YamlMap = ReadonlyMap<string, unknown>;

const HASH = 0x23;
const SPACE = 0x20;

/** A line of three dashes begins a document wherever it stands at the margin (YAML 1.2, 9.1.2). */
export function* documentsOf(text: string): Generator<DocumentText> {
  let line = 1;
  let from = 0;
  for (const { index } of text.matchAll(/^---(?=\s|$)/gm)) {
    if (index === 0) continue;
    const part = text.slice(from, index);
    yield { line, text: part };
    line += newlinesIn(part);
    from = index;
  }
  yield { line, text: text.slice(from) };
}

function newlinesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

const FLOW_OPENS: ReadonlySet<string> = new Set(['flow-map-start', 'flow-seq-start']);
const FLOW_CLOSES: ReadonlySet<string> = new Set(['flow-map-end', 'flow-seq-end']);
/** Each opens one more level on the same line. */
const BLOCK_OPENS: ReadonlySet<string> = new Set(['seq-item-ind', 'explicit-key-ind', 'map-value-ind']);

/**
 * Refuses what the parser would take very long for, or exhaust the stack with: cutting a text into words costs little and
 * grows evenly with it. @throws YamlFault
 */
function checkWords(text: string): void {
  let count = 0;
  let flow = 0;
  let block = 0;
  let line = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++count > SIGMA_LIMITS.lexemes) throw new YamlFault(`more than ${SIGMA_LIMITS.lexemes} words and marks`, line);
    const type = CST.tokenType(lexeme) ?? '';
    if (type === 'newline') {
      line++;
      // What goes on in later lines is bounded by how far they are indented.
      block = 0;
    } else if (FLOW_OPENS.has(type)) flow++;
    else if (FLOW_CLOSES.has(type)) flow = Math.max(0, flow - 1);
    else if (flow === 0 && BLOCK_OPENS.has(type)) block++;
    if (flow + block > SIGMA_LIMITS.depth) throw new YamlFault('nested too deeply', line);
  }
}

/** Keys that stand twice in a map: the parser's own look for them takes long where there are many. */
function checkKeys(document: Document): void {
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<string>();
      for (const { key } of items) {
        const name = isScalar(key) ? String(key.value) : '';
        if (isScalar(key) && keys.has(name))
          throw new YamlFault(`the key ${name.slice(0, 60)} stands twice in a map`, 0);
        keys.add(name);
      }
    },
  });
}

/** A document's map; undefined where nothing stands in it. @throws YamlFault */
export function readYaml(text: string): YamlMap | undefined {
  if (isBlank(text)) return undefined;
  if (text.length > SIGMA_LIMITS.documentCharacters)
    throw new YamlFault(`the document has more than ${SIGMA_LIMITS.documentCharacters} letters`, 0);
  checkWords(text);
  const value = parsed(text);
  if (value === null || value === undefined) return undefined;
  if (!(value instanceof Map)) throw new YamlFault('the document is no map of keys and values', 0);
  return checked(value, 0) as YamlMap;
}

function parsed(text: string): unknown {
  const lines = new LineCounter();
  const { stackTraceLimit } = Error;
  // Each fault in a text is an error of the parser's: with its place in our code, a hundred thousand of them cost seconds.
  Error.stackTraceLimit = 0;
  try {
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false, merge: false });
    const [error] = document.errors;
    if (error) throw new YamlFault(error.message.split('\n')[0] ?? '', lines.linePos(error.pos[0]).line - 1);
    checkKeys(document);
    return document.toJS({ mapAsMap: true, maxAliasCount: SIGMA_LIMITS.aliases });
  } catch (error) {
    if (error instanceof YamlFault) throw error;
    // Anchors that are repeated too often, or stand for themselves.
    throw new YamlFault(error instanceof Error ? error.message : String(error), 0);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Nothing but blanks, comments and the marker. */
function isBlank(text: string): boolean {
  let at = text.startsWith('---') ? 3 : 0;
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === HASH) {
      const end = text.indexOf('\n', at);
      if (end < 0) return true;
      at = end;
    } else if (c > SPACE) return false;
  }
  return true;
}

export class YamlFault extends RuleFault {
  /** Counted from the document's beginning, 0 the first. */
  readonly line: number;

  constructor(reason: string, line: number) {
    super('yaml', reason);
    this.name = 'YamlFault';
    this.line = line;
  }
}

/** Maps by text alone, no deeper than allowed. */
function checked(value: unknown, depth: number): unknown {
  if (depth > SIGMA_LIMITS.depth) throw new YamlFault('nested too deeply', 0);
  if (Array.isArray(value)) return value.map((one) => checked(one, depth + 1));
  if (!(value instanceof Map)) return value;
  const map = new Map<string, unknown>();
  for (const [key, one] of value) {
    if (key !== null && typeof key === 'object') throw new YamlFault('a key is no word', 0);
    map.set(String(key), checked(one, depth + 1));
  }
  return map;
}

export function isMap(value: unknown): value is YamlMap {
  return value instanceof Map;
}

/**
 * `node scripts/report-words.mjs`: the words of Sonde's own sentences, which may stand in a report that was
 * anonymised, from the sources that make sentences; to resources/words/report.txt. After sentences have changed: a word
 * that is missing there becomes a pseudonym. And the names of techniques, to resources/words/techniques.txt.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUFFERS, NUMBERS } from '../src-main/detect/signatures/rules/keywords/names.ts';
import { PACKET_BUFFERS } from '../src-main/detect/signatures/flow/packet.ts';
import { CONN_STATES } from '../src-main/meter/flows/types.ts';
import { ROOT } from './lib/project.mjs';
import { tokenize } from './lib/tokens.mjs';

const SOURCES = [
  'src-main/detect/behaviours',
  'src-main/detect/detectors',
  'src-main/detect/devices',
  'src-main/detect/explain',
  'src-main/detect/incidents',
  'src-main/detect/lab/lab-alarms.ts',
  'src-main/detect/roles',
  'src-main/detect/signatures/engine',
  'src-main/detect/signatures/intel/finding.ts',
  'src-main/detect/signatures/rules/classes.ts',
  'src-main/detect/signatures/sigma/finding.ts',
  'src-main/keep/exports/report',
  'src-main/meter/packets',
  'src-main/meter/quality',
  'src-main/run/pipeline',
  'src-shared/domain',
  'src-shared/features',
];
export const WORDS_FILE = join('resources', 'words', 'report.txt');
export const TECHNIQUES_FILE = join('resources', 'words', 'techniques.txt');

/** Where rules look, how connections end, and a class of rules with a digit: words of their formats. */
const TERMS = [...BUFFERS, ...NUMBERS.values(), ...PACKET_BUFFERS.keys(), ...CONN_STATES, 'domain-c2'].map((each) =>
  each.toLowerCase(),
);

/** What sentences have, and lists of names have not. */
const SENTENCE =
  /(?:^|\s)(?:an?|the|of|to|in|is|are|and|or|for|by|with|that|on|from|it|no|not|as|at|was|were|which)(?:\s|$)/;
const TITLE = /^[A-Z][\w’-]*(?: [\w’()-]+){0,7}$/;
/** What would stand for somebody: digits, addresses of the web, paths. */
const PLAIN = /^[\p{L}_]+(?:[-’'/][\p{L}]+)*$/u;
/** Fields of display filters. */
const FIELD =
  /\b(?:arp|dns|eth|frame|ftp|http|icmp|icmpv6|ip|ipv6|kerberos|ldap|ntp|smb|ssh|tcp|tls|udp|vlan)\.[a-z_]+(?:\.[a-z_]+)*\b/g;
/** Put together where they are used. */
const FIELDS = 'ip.src ip.dst ip.addr ipv6.src ipv6.dst ipv6.addr http.host tls.handshake.extensions_server_name'.split(
  ' ',
);
/** Names that accounts and hosts have everywhere, and makers of cards. */
const SOMEBODYS = new Set(
  (
    'admin anonymous guest localhost mysql oracle pi postgres root ubuntu www ' +
    'amazon apple cisco facebook google ikea intel microsoft mikrotik samsung ubiquiti'
  ).split(' '),
);

/** @param {string} place @returns {string[]} */
function filesOf(place) {
  if (place.endsWith('.ts')) return [place];
  return readdirSync(join(ROOT, place), { withFileTypes: true }).flatMap((entry) => {
    const path = `${place}/${entry.name}`;
    if (entry.isDirectory()) return filesOf(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

/** Lists of words are longer than sentences. */
const SENTENCE_WORDS = 60;
/** Elsewhere a single word may be a maker's name. */
const TITLED =
  /^src-shared\/(?:features|domain\/(?:incident|capture-quality|device-kinds))|^src-main\/keep\/exports\/report/;

/**
 * @param {string} text
 * @param {string} file
 * @returns {boolean}
 */
function isSaid(text, file) {
  if (text.split(' ').length > SENTENCE_WORDS) return false;
  if (TITLED.test(file)) return text.includes(' ') || TITLE.test(text);
  return SENTENCE.test(text) || (TITLE.test(text) && text.includes(' '));
}

/** A shorter one at the end of a template's piece may be half of a word. */
const WHOLE = 4;

/**
 * Words of a piece of text; `open`: its first and last ones may go on in what stands beside it.
 * @param {string} text
 * @param {boolean} open
 */
function wordsIn(text, open) {
  const said = text.replaceAll(/\\u\{?[\da-f]+\}?|\\[nrt]/gi, ' ').replaceAll('\\', '');
  const parts = said.split(/[\s“”"(){}[\],;‘]+/u);
  const whole = open ? parts.filter((word, at) => (at > 0 && at < parts.length - 1) || word.length >= WHOLE) : parts;
  return whole.map((word) => word.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '').toLowerCase());
}

/** What is counted is named in singular, and in plural where that is not made by an s. */
const COUNTS = new Set(['counted', 'plural', 'fact', 'factUnlessZero']);
const CALL = 24;

/**
 * Names of what is counted, in a call that begins at `at`.
 * @param {readonly import('./lib/tokens.mjs').Token[]} tokens
 * @param {number} at
 */
function countedWords(tokens, at) {
  const end = tokens.findIndex(({ text, kind }, i) => i > at + 1 && kind === 'punctuation' && text === ';');
  const said = tokens.slice(at, Math.min(at + CALL, end < 0 ? Infinity : end)).filter(({ kind }) => kind === 'string');
  return said.flatMap(({ text }) => [...wordsIn(text, false), ...wordsIn(`${text}s`, false)]);
}

/**
 * Words of one module's sentences.
 * @param {string} file
 * @returns {string[]}
 */
function wordsOf(file) {
  const tokens = tokenize(readFileSync(join(ROOT, file), 'utf8'));
  return tokens.flatMap(({ kind, text }, at) => {
    if (kind === 'word' && COUNTS.has(text)) return countedWords(tokens, at);
    // Other than a word, a regular expression, a number: a piece of a template.
    const piece = kind === 'other' && !/^[/\d]/.test(text);
    if (kind !== 'string' && !piece) return [];
    if (kind === 'string' && /^[a-z]+(?:-[a-z]+)+$/.test(text)) return [text];
    const fields = /==|contains/.test(text) ? (text.match(FIELD) ?? []) : [];
    return piece || isSaid(text, file) ? [...fields, ...wordsIn(text, piece)] : fields;
  });
}

/** @returns {string[]} sorted, each once */
export function reportWords() {
  const words = SOURCES.flatMap(filesOf).flatMap(wordsOf);
  const plain = words.filter((word) => (PLAIN.test(word) || word.match(FIELD)?.[0] === word) && !SOMEBODYS.has(word));
  return [...new Set([...plain, ...FIELDS, ...TERMS])].sort();
}

const TECHNIQUE = /\{\s*id: '(T\d{4}(?:\.\d{3})?)',\s*name: '([^'\n]+)'/g;
const OF_RULE = /mitre_technique_id (T\d{4}(?:\.\d{3})?), mitre_technique_name ([\w-]+)/g;

/** ATT&CK's names by id, as sources and Sonde's own rules have them: "T1046\tNetwork Service Discovery". @returns {string[]} */
export function techniqueLines() {
  const sources = ['src-shared/domain', 'src-main/detect'].flatMap(filesOf);
  const rules = readdirSync(join(ROOT, 'resources/rules')).map((name) => `resources/rules/${name}`);
  /** @type {Map<string, string>} */
  const names = new Map();
  for (const file of [...sources, ...rules]) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const [, id = '', name = ''] of text.matchAll(file.endsWith('.rules') ? OF_RULE : TECHNIQUE))
      if (!names.has(id)) names.set(id, name.replaceAll('_', ' '));
  }
  return [...names].map(([id, name]) => `${id}\t${name}`).sort();
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const words = reportWords();
  const path = join(ROOT, WORDS_FILE);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${words.join('\n')}\n`);
  const techniques = techniqueLines();
  writeFileSync(join(ROOT, TECHNIQUES_FILE), `${techniques.join('\n')}\n`);
  process.stdout.write(`${WORDS_FILE}: ${words.length} words; ${TECHNIQUES_FILE}: ${techniques.length} names\n`);
}

/**
 * Lines of a log, fit to be shown to others. What an error says may name anything: hosts, files, what somebody typed.
 * So of its words only plain ones are kept; of a stack, which names our own functions, all but folders.
 */
import { redact } from '../redact.ts';

const REMOVED = '[removed]';
const STACK = /^\s+at /;
/** The line that begins an entry: time, id, versions; all ours. */
const ENTRY = /^\d{4}-\d\d-\d\dT[\d:.]+Z [0-9a-f]{8} sonde \S+ node v\S+$/;
/** The longest stretch that is looked at, characters. */
const LINE_MAX = 4000;

/** In this order: what follows a word for a secret goes first, whatever it is. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [
    /\b([\w-]*(?:token|passw(?:or)?d|passphrase|pwd|secret|key|sig|signature|credential|authorization|cookie)s?)\b.*$/i,
    `$1 ${REMOVED}`,
  ],
  [/"[^"]*"|'[^']*'|`[^`]*`|“[^”]*”/g, REMOVED],
  [/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, REMOVED],
  [/\S+@\S+/g, REMOVED],
  // Cards as Cisco writes them.
  [/\b[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\b/gi, REMOVED],
  // Paths, of either kind; names with a dot, of hosts and of files.
  [/(?:[A-Za-z]:)?[\\/]\S+|\S+[\\/]\S+/g, REMOVED],
  [/(?<![\w.-])[\w-]+(?:\.[\w-]+)+/g, REMOVED],
];

/** A stack's place: `at function (…/file.ts:1:2)` keeps the file's own name. */
const PLACE = /(?:\w+:\/\/)?[^\s()]*[\\/]([^\s()\\/]+:\d+:\d+)/g;

export function fitToShare(line: string): string {
  const short = redact(line.slice(0, LINE_MAX));
  if (ENTRY.test(short)) return short;
  if (STACK.test(short)) return short.replace(PLACE, '$1');
  return RULES.reduce((kept, [rule, by]) => kept.replace(rule, by), short);
}

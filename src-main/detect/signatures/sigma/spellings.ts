/** Other ways to write a value, which modifiers of Sigma ask for: encoded, or with other dashes. */
import { RuleFault } from '../rules/fault.ts';
import { SIGMA_LIMITS } from './limits.ts';
import { plainPattern, plainText, type Pattern } from './pattern.ts';

/** A value, and whether its letters stand for bytes by now. */
export interface Spelling {
  pattern: Pattern;
  bytes: boolean;
}

type Encoding = (spelling: Spelling, modifier: string) => Spelling[];

/** What may stand before an option of a command line; Sigma names these five. */
const DASHES = ['-', '/', '–', '—', '―'];
const DASH = /(?<!\w)[-/](?=\w)/g;

function wide(order: 'le' | 'be' | 'marked'): Encoding {
  return ({ pattern }) => {
    const encoded = pattern.map((part) => {
      if (typeof part !== 'string') return part;
      const bytes = Buffer.from(part, 'utf16le');
      if (order === 'be') bytes.swap16();
      return bytes.toString('latin1');
    });
    return [{ pattern: order === 'marked' ? ['\xff\xfe', ...encoded] : encoded, bytes: true }];
  };
}

function bytesOf({ pattern, bytes }: Spelling, modifier: string): Buffer {
  const plain = plainText(pattern);
  if (plain === undefined) throw new RuleFault(modifier, 'a value with wildcards cannot be encoded');
  return Buffer.from(plain, bytes ? 'latin1' : 'utf8');
}

const STARTS = [0, 2, 3] as const;
const ENDS = [0, 3, 2] as const;

/** The letters that do not depend on what stands before and behind, for each of the three places (as Sigma defines it). */
function offsets(bytes: Buffer): Spelling[] {
  return STARTS.map((start, shift) => {
    const text = Buffer.concat([Buffer.alloc(shift, ' '), bytes]).toString('base64');
    const cut = ENDS[(bytes.length + shift) % 3]!;
    return { pattern: plainPattern(text.slice(start, text.length - cut)), bytes: false };
  });
}

function dashes({ pattern, bytes }: Spelling): Spelling[] {
  let all: Pattern[] = [[]];
  for (const part of pattern) {
    const ways = typeof part === 'string' ? dashesOf(part) : [part];
    all = all.flatMap((begun) => ways.map((way) => [...begun, way]));
    if (all.length > SIGMA_LIMITS.spellings) throw new RuleFault('windash', 'a value has too many dashes');
  }
  return all.map((one) => ({ pattern: one, bytes }));
}

function dashesOf(text: string): string[] {
  let all = [''];
  let from = 0;
  for (const { index } of text.matchAll(DASH)) {
    const before = text.slice(from, index);
    all = all.flatMap((begun) => DASHES.map((dash) => begun + before + dash));
    if (all.length > SIGMA_LIMITS.spellings) throw new RuleFault('windash', 'a value has too many dashes');
    from = index + 1;
  }
  return all.map((begun) => begun + text.slice(from));
}

const ENCODINGS: ReadonlyMap<string, Encoding> = new Map<string, Encoding>([
  ['wide', wide('le')],
  ['utf16le', wide('le')],
  ['utf16be', wide('be')],
  ['utf16', wide('marked')],
  [
    'base64',
    (spelling, modifier) => [{ pattern: plainPattern(bytesOf(spelling, modifier).toString('base64')), bytes: false }],
  ],
  ['base64offset', (spelling, modifier) => offsets(bytesOf(spelling, modifier))],
  ['windash', dashes],
]);

export function isEncoding(modifier: string): boolean {
  return ENCODINGS.has(modifier);
}

/** @throws RuleFault */
export function spellingsOf(pattern: Pattern, modifiers: readonly string[]): Pattern[] {
  let all: Spelling[] = [{ pattern, bytes: false }];
  for (const modifier of modifiers) {
    const encode = ENCODINGS.get(modifier);
    if (encode) all = all.flatMap((one) => encode(one, modifier));
  }
  return all.map((one) => one.pattern);
}

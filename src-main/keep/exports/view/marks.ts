/**
 * Where in a stream stands what an incident was found by: contents of its rules, and names it is about, searched for once
 * more in the bytes as they were sent. What a rule looked at after decoding (a path without escapes, a body unpacked) may
 * stand there otherwise, and is then not found.
 */
import { patternBytes } from '../../../detect/signatures/content/pattern.ts';
import { RuleFault } from '../../../detect/signatures/rules/fault.ts';
import { tokenize, unquote, type Option } from '../../../detect/signatures/rules/tokens.ts';
import type { Chunk } from './stream.ts';

export interface Wanted {
  label: string;
  bytes: Uint8Array;
  /** Capitals count as small letters. */
  fold: boolean;
  /** What it was found in ended with it: of places that overlap the last one is meant. */
  atEnd?: boolean;
}

export interface Mark {
  fromOrig: boolean;
  from: number;
  to: number;
  label: string;
}

/** Shorter contents stand everywhere. */
const LEAST = 3;
/** What is searched for, and found of each, at most. */
const WANTED_MAX = 100;
const EACH_MAX = 100;

function contentsOf(options: readonly Option[], label: string): Wanted[] {
  const found: Wanted[] = [];
  let latest: Wanted | undefined;
  for (const { name, value } of options) {
    if (name === 'nocase' && latest) latest.fold = true;
    if (name === 'endswith' && latest) latest.atEnd = true;
    if ((name !== 'content' && name !== 'uricontent') || value === undefined) continue;
    const { text, negated } = unquote(value);
    const bytes = patternBytes(name, text);
    latest = { label, bytes, fold: false };
    if (!negated && bytes.length >= LEAST) found.push(latest);
  }
  return found;
}

/** The contents of a rule; none where it cannot be read. */
export function wantedOfRule(text: string, label: string): Wanted[] {
  try {
    return contentsOf(tokenize(text).options, label);
  } catch (error) {
    if (error instanceof RuleFault) return [];
    throw error;
  }
}

/** A name as text, and as DNS writes it: each part behind its length. */
export function wantedOfName(name: string): Wanted[] {
  if (name.length < LEAST) return [];
  const parts = name.split('.').map((part) => Buffer.from(part, 'latin1'));
  const label = `name ${name}`;
  const text = { label, bytes: Buffer.from(name, 'latin1'), fold: true };
  if (parts.some((part) => part.length === 0 || part.length > 63)) return [text];
  const bytes = Buffer.concat(parts.flatMap((part) => [Buffer.of(part.length), part]));
  return [text, { label, bytes, fold: true }];
}

/** One direction as one text, a letter a byte. */
function sideText(chunks: readonly Chunk[], fromOrig: boolean): string {
  const parts = chunks.filter((chunk) => chunk.fromOrig === fromOrig).map((chunk) => chunk.bytes);
  return Buffer.concat(parts).toString('latin1');
}

const lower = (text: string): string => text.replace(/[A-Z]+/g, (part) => part.toLowerCase());

/** What was found of `wanted`, by its place in a direction; at most `max` marks. */
export function findMarks(
  chunks: readonly Chunk[],
  wanted: readonly Wanted[],
  max: number,
): { marks: Mark[]; searched: { label: string; found: number }[] } {
  const found = new Map<string, number>();
  const marks = new Map<string, Mark>();
  const sides = [true, false].map((fromOrig) => {
    const text = sideText(chunks, fromOrig);
    return { fromOrig, text, folded: lower(text) };
  });
  for (const { label, bytes, fold, atEnd } of wanted.slice(0, WANTED_MAX)) {
    const plain = Buffer.from(bytes).toString('latin1');
    const needle = fold ? lower(plain) : plain;
    for (const { fromOrig, text, folded } of sides) {
      const seen = fold ? folded : text;
      let count = 0;
      for (let at = seen.indexOf(needle); at >= 0 && count < EACH_MAX && marks.size < max; count++) {
        if (atEnd) while (seen.startsWith(needle, at + 1)) at++;
        marks.set(`${fromOrig} ${at} ${needle.length} ${label}`, { fromOrig, from: at, to: at + needle.length, label });
        at = seen.indexOf(needle, at + needle.length);
      }
      found.set(label, (found.get(label) ?? 0) + count);
    }
  }
  const inOrder = [...marks.values()].sort((a, b) => a.from - b.from || a.to - b.to);
  return { marks: inOrder, searched: [...found].map(([label, count]) => ({ label, found: count })) };
}

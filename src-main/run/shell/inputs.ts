/** Capture files that reach the program from outside: its arguments, a second start, the system's "open with". */
import { statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from '../../../src-shared/contract/schema.ts';
import { PATH_MAX } from './messages.ts';

/** As many as one import takes. */
export const FILES_MAX = 64;

/** A full path; whether a capture is there is for the import to say. */
export const absoluteFile = z
  .string()
  .min(1)
  .max(PATH_MAX)
  .refine((path) => isAbsolute(path) && !path.includes('\0'), 'is no full path');

/** What a second start hands to the first. */
const handedOver = z.strictObject({ files: z.array(absoluteFile).max(FILES_MAX), fleet: z.literal(true).optional() });

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** What is named by arguments: all of them after `--`, before it what is no switch. */
function named(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const before = end < 0 ? args : args.slice(0, end);
  return [...before.filter((arg) => arg !== '' && !arg.startsWith('-')), ...(end < 0 ? [] : args.slice(end + 1))];
}

/** File managers may give addresses instead of paths (Desktop Entry Specification, %U). */
function pathOf(arg: string, folder: string): string {
  try {
    if (/^file:\/\//i.test(arg)) return fileURLToPath(arg);
  } catch {
    // Of another machine, or no path: it is looked for by its very name, and not found.
  }
  return resolve(folder, arg);
}

/**
 * Files among a program's arguments. Switches are left out, and so is what is no file: the import says what is wrong
 * with a capture, but a stray word is none. `packaged`: without the application's folder before them.
 */
export function filesOf(argv: readonly string[], folder: string, packaged: boolean): string[] {
  const given = named(argv.slice(packaged ? 1 : 2)).filter((arg) => !arg.includes('\0'));
  const files = given.map((arg) => pathOf(arg, folder)).filter((path) => path.length <= PATH_MAX && isFile(path));
  return [...new Set(files)].slice(0, FILES_MAX);
}

export interface SecondStart {
  files: string[];
  /** It was to follow a fleet. */
  fleet: boolean;
}

/** What a second start wants, which may be any program of this user; what does not look like files is none. */
export function secondStart(data: unknown): SecondStart {
  const parsed = handedOver.safeParse(data);
  if (!parsed.success) return { files: [], fleet: false };
  const { files, fleet = false } = parsed.data;
  return { files: files.filter(isFile), fleet };
}

/** Sigma rules and lists in force, and what takes their place while a session runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Intel } from '../../../detect/signatures/intel/intel.ts';
import type { Sigma } from '../../../detect/signatures/sigma/sigma.ts';
import type { ActiveRules as Stored } from '../../../keep/store/rule-types.ts';

type StoredList = Stored['lists'][number];

/** Each in a file that is called as its number. */
export async function sigmaOf({ sigma }: Stored): Promise<Sigma> {
  const { Sigma: Rules } = await import('../../../detect/signatures/sigma/sigma.ts');
  return Rules.of(sigma.map(({ sid, text }) => ({ file: String(sid), text })));
}

/** What is gone from the folder is shown in the view, and keeps nobody from opening captures. */
function there(folder: string, { lists }: Stored): StoredList[] {
  return lists.filter(({ files }) => files.every((name) => existsSync(join(folder, name))));
}

export interface Listed {
  files: string[];
  allowed: string[];
  /** Number of a source by the path of a file of it. */
  sources: Map<string, number>;
  /** What people call a list by the path of a file of it: the copies in the data folder have names of chance. */
  names: Map<string, string>;
}

export function listedOf(folder: string, stored: Stored): Listed {
  const lists = there(folder, stored);
  const listed = (kind: StoredList['kind']): string[] =>
    lists.filter((list) => list.kind === kind).flatMap(({ files }) => files.map((name) => join(folder, name)));
  const byPath = <T>(of: (list: StoredList) => T): Map<string, T> =>
    new Map(lists.flatMap((list) => list.files.map((name): [string, T] => [join(folder, name), of(list)])));
  return {
    files: listed('list'),
    allowed: listed('allow'),
    sources: byPath(({ id }) => id),
    names: byPath(({ name }) => name),
  };
}

/** @throws SondeError where a list cannot be read */
export async function intelOf({ files, allowed, names }: Listed, now: () => number): Promise<Intel> {
  const { Intel: Lists } = await import('../../../detect/signatures/intel/intel.ts');
  return Lists.load({ files, allowed, names, now });
}

export const sameLists = (a: Listed, b: Listed): boolean =>
  a.files.join('\n') === b.files.join('\n') && a.allowed.join('\n') === b.allowed.join('\n');

export const sameSigma = ({ sigma: a }: Stored, { sigma: b }: Stored): boolean =>
  a.length === b.length && a.every(({ sid, text }, i) => sid === b[i]!.sid && text === b[i]!.text);

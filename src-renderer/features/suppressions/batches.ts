/** Suppressions in portions that one message to the program holds. */
import type { DeskClient } from '../../../src-shared/contract/index.ts';
import { inFile, type SuppressionInFile } from '../../../src-shared/contract/topics/suppression-file.ts';

/** A message holds 256 KiB; a character takes at most six bytes in it. */
const CHARACTERS = 40_000;

/** In their order. One that is larger than a portion is a portion. */
export function portions<T>(list: readonly T[], most = CHARACTERS): T[][] {
  const out: T[][] = [];
  let room = 0;
  for (const each of list) {
    const size = JSON.stringify(each).length + 1;
    if (size > room) {
      out.push([]);
      room = most;
    }
    out.at(-1)!.push(each);
    room -= size;
  }
  return out;
}

function asGiven({ scope, reason = '', author, createdAt, expiresAt, enabled }: SuppressionInFile) {
  return {
    scope,
    reason,
    expiresAt,
    enabled,
    ...(author === undefined ? {} : { author }),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}

/** How many were new. */
export async function addAll(client: DeskClient, list: readonly SuppressionInFile[]): Promise<number> {
  let added = 0;
  for (const part of portions(list.map(asGiven)))
    added += (await client.suppressions.add({ suppressions: part })).added;
  return added;
}

/** As they were: who made them, when and why included. */
export function addAgain(client: DeskClient, rows: readonly Required<SuppressionInFile>[]): Promise<number> {
  return addAll(client, rows.map(inFile));
}

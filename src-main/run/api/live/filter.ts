/** What is wrong with a BPF filter, and where, by the compiler that a capture would use. */
import type { Access } from '../../../meter/capture/access/state.ts';
import { checkFilterByHelper } from '../../../meter/capture/client/run-helper.ts';

export interface FilterVerdict {
  /** Null: it is fine, or nobody can tell before the start. */
  fault: string | null;
  at: { from: number; to: number } | null;
  checked: boolean;
}

/** LINKTYPE_ numbers of the names that `listInterfaces` gives; what is not among them is compiled as Ethernet. */
const LINKS: Readonly<Record<string, number>> = {
  ETHERNET: 1,
  PPP: 9,
  RAW: 12,
  IEEE802_11: 105,
  LINUX_SLL: 113,
  IEEE802_11_RADIOTAP: 127,
  NETLINK: 253,
};
const ETHERNET = 1;

/** A helper that is there can compile, also where it may not capture. */
function compilerOf({ helper }: Access): string | null {
  return helper.status === 'ready' || helper.status === 'no-capability' ? helper.path : null;
}

let last: Promise<unknown> = Promise.resolve();

/** One compiler at a time: a filter can keep one busy for seconds, and a capture may be going on. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = last.then(work);
  last = mine.catch(() => undefined);
  return mine;
}

/** `linkType`: of the interface that it is for. */
export async function checkFilter(access: Access, filter: string, linkType: string): Promise<FilterVerdict> {
  const text = filter.trim();
  if (text === '') return { fault: null, at: null, checked: true };
  const path = compilerOf(access);
  if (path === null) return { fault: null, at: null, checked: false };
  const compile = (part: string): Promise<string | null> =>
    inTurn(() => checkFilterByHelper(path, part, LINKS[linkType] ?? ETHERNET).catch(() => null));
  const fault = await compile(text);
  if (fault === null) return { fault: null, at: null, checked: true };
  return { fault, at: await placeOf(filter, fault, compile), checked: true };
}

/** Words of a filter that are tried one after another. */
const TRIED = 24;

/**
 * libpcap tells what is wrong but not where. A word that it quotes is looked for; else the fault lies behind the longest
 * beginning of whole words that compiles.
 */
async function placeOf(
  filter: string,
  fault: string,
  compile: (part: string) => Promise<string | null>,
): Promise<FilterVerdict['at']> {
  const quoted = /['"]([^'"]+)['"]/.exec(fault)?.[1];
  const found = quoted === undefined ? -1 : filter.indexOf(quoted);
  if (quoted !== undefined && found >= 0) return { from: found, to: found + quoted.length };
  const words = [...filter.matchAll(/\S+/g)].slice(0, TRIED);
  let good = 0;
  for (const { 0: word, index } of words) {
    const end = index + word.length;
    if (end < filter.trimEnd().length && (await compile(filter.slice(0, end))) === null) good = end;
  }
  const next = words.find(({ index }) => index >= good);
  if (!next) return null;
  return { from: next.index, to: next.index + next[0].length };
}

/** Lists of indicators from texts, and what is on them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Intel } from '../../../../src-main/detect/signatures/intel/intel.ts';
import { loadLists, type Loaded } from '../../../../src-main/detect/signatures/intel/load.ts';
import type { Hit } from '../../../../src-main/detect/signatures/intel/types.ts';
import { readValue } from '../../../../src-main/detect/signatures/intel/values.ts';

/** When entries are judged, in seconds: 2026-06-01. */
export const NOW = Date.UTC(2026, 5, 1) / 1000;

type Text = string | Uint8Array;

async function within<T>(texts: readonly Text[], use: (paths: string[]) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-intel-'));
  try {
    const paths = texts.map((text, i) => {
      const path = join(folder, `list-${i}.txt`);
      writeFileSync(path, text);
      return path;
    });
    return await use(paths);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What became of lists. */
export const load = (...texts: readonly Text[]): Promise<Loaded> =>
  within(texts, (paths) => loadLists({ files: paths, allowed: [] }, NOW));

/** Lists as a run has them; `allow`: what is allowed. */
export const intelOf = (texts: readonly Text[], allow: readonly Text[] = [], now = () => NOW * 1000): Promise<Intel> =>
  within([...texts, ...allow], (paths) =>
    Intel.load({ files: paths.slice(0, texts.length), allowed: paths.slice(texts.length), now }),
  );

export function wordsOf(address: string): Uint32Array {
  const value = readValue(address);
  if (typeof value === 'string' || value.observable.kind !== 'address') throw new Error(`${address} is no address`);
  return value.observable.words;
}

/** What is told of an address. */
export const onAddress = ({ listed }: Loaded, address: string, now = NOW): Hit[] =>
  listed.address(wordsOf(address), 0, now);

/** The one list, without what differs from run to run. */
export function summary({ lists, refused }: Loaded): Record<string, unknown> {
  const { format, source, indicators, refused: bad, expired, unseen } = lists[0]!;
  return { format, source, indicators, bad, expired, unseen, reasons: refused.map((r) => `${r.line} ${r.reason}`) };
}

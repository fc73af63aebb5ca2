/**
 * Captures that others collected because they break programs, in the evaluation data beside the checkout. Where
 * Wireshark's capinfos reads a file to its end, we count the same packets; no file takes long.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src-main/meter/packets/errors.ts';
import { isWarningCode } from '../../../src-shared/domain/warnings.ts';
import { needs } from '../../setup/skip.ts';
import { readPaths } from '../../unit/packets/helpers.ts';

const DATA = join(import.meta.dirname, '../../../../shared/data');
const FOLDERS = ['robustness', 'flow_truth/zeek', 'flow_truth/ndpi'].map((name) => join(DATA, name));
const MAX_MS = 10_000;

function hasCapinfos(): boolean {
  try {
    execFileSync('capinfos', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Packets that capinfos reads, or null when it complains. */
function expectedPackets(path: string): number | null {
  const run = spawnSync('capinfos', ['-T', '-r', '-M', '-c', path], { encoding: 'utf8' });
  const count = Number(run.stdout.trim().split('\t')[1]);
  return run.status === 0 && Number.isInteger(count) ? count : null;
}

// capinfos comes with tshark.
const missing = !existsSync(DATA) ? 'no ../shared/data' : !hasCapinfos() ? 'tshark is not installed' : '';
const present = missing === '' ? FOLDERS : [];
const files = present.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.(pcap|pcapng|cap)(\.gz)?$/.test(name))
    .map((name) => join(folder, name)),
);

describe('captures that break programs', () => {
  needs(missing === '', missing)('are there', () => {
    expect(files.length).toBeGreaterThan(100);
  });

  it.each(files.map((path) => [path.slice(DATA.length + 1), path]))(
    '%s is counted as capinfos does',
    async (_, path) => {
      const expected = expectedPackets(path);
      const started = performance.now();
      try {
        const { packets, summaries } = await readPaths([path]);
        if (expected !== null) expect(packets).toHaveLength(expected);
        for (const warning of summaries[0]!.warnings) expect(isWarningCode(warning.code)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        expect(expected).toBeNull();
      }
      expect(performance.now() - started).toBeLessThan(MAX_MS);
    },
  );
});

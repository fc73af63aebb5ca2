import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../src-main/run/api/temporary.ts';

it('removes what a killed desk left, and nothing else', () => {
  const within = mkdtempSync(join(tmpdir(), 'sonde-temporary-'));
  try {
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    const names = [`sonde-run-${ended}-AbCd12`, `sonde-run-${process.pid}-AbCd12`, 'sonde-run-x', `other-${ended}-a`];
    for (const name of names) {
      mkdirSync(join(within, name));
      writeFileSync(join(within, name, 'a.pcap'), '');
    }
    const made = temporaryFolder(within);
    expect(names.map((name) => existsSync(join(within, name)))).toEqual([false, true, true, true]);
    if (process.platform !== 'win32') expect(statSync(made).mode & 0o777).toBe(0o700);
  } finally {
    rmSync(within, { recursive: true });
  }
});

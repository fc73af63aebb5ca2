import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkTrust } from '../../../src-main/meter/capture/client/trust.ts';
import { needs, suiteNeeds } from '../../setup/skip.ts';

const onUnix = process.platform !== 'win32';
const isRoot = process.getuid?.() === 0;
let folder: string;
let helper: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-trust-'));
  mkdirSync(join(folder, 'inner'));
  helper = join(folder, 'inner', 'helper');
  writeFileSync(helper, '#!/bin/sh\n');
  chmodSync(join(folder, 'inner'), 0o755);
  chmodSync(helper, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

suiteNeeds(onUnix, 'written for Linux')('a helper', () => {
  it('is trusted where only its owner can change it, even below /tmp', async () => {
    expect(await checkTrust(helper)).toEqual({ ok: true, path: helper });
  });

  it('is not trusted where others may write to it', async () => {
    for (const mode of [0o757, 0o775]) {
      chmodSync(helper, mode);
      expect(await checkTrust(helper)).toMatchObject({
        ok: false,
        missing: false,
        why: `others may write to ${helper}`,
      });
    }
  });

  it('is not trusted where others may put another in its place', async () => {
    chmodSync(join(folder, 'inner'), 0o777);
    expect(await checkTrust(helper)).toMatchObject({ why: `others may write to ${join(folder, 'inner')}` });
    chmodSync(join(folder, 'inner'), 0o755);
    chmodSync(folder, 0o770);
    expect(await checkTrust(helper)).toMatchObject({ ok: false });
  });

  it('is not trusted with a set-user-ID bit', async () => {
    chmodSync(helper, 0o4755);
    expect(await checkTrust(helper)).toMatchObject({ why: `${helper} is set-user-ID or set-group-ID` });
  });

  it('is looked at where a link leads', async () => {
    symlinkSync(helper, join(folder, 'link'));
    expect(await checkTrust(join(folder, 'link'))).toEqual({ ok: true, path: helper });
    chmodSync(helper, 0o777);
    expect(await checkTrust(join(folder, 'link'))).toMatchObject({ ok: false });
  });

  it('is missing rather than refused where there is none', async () => {
    expect(await checkTrust(join(folder, 'nothing'))).toMatchObject({ ok: false, missing: true });
    expect(await checkTrust(join(helper, 'below'))).toMatchObject({ ok: false, missing: true });
  });

  it('is no folder', async () => {
    expect(await checkTrust(folder)).toMatchObject({ ok: false, why: `${folder} is not a file` });
  });

  needs(isRoot, 'this needs root on Linux with network namespaces')('belongs to root or to who runs it', async () => {
    chownSync(helper, 12_345, 12_345);
    expect(await checkTrust(helper)).toMatchObject({ why: `${helper} belongs to another user` });
    chownSync(helper, 0, 0);
    chownSync(join(folder, 'inner'), 12_345, 0);
    expect(await checkTrust(helper)).toMatchObject({ ok: false });
    expect(await checkTrust(helper, 12_345)).toMatchObject({ ok: true });
  });
});

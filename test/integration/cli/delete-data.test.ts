import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimDatabase } from '../../../src-main/keep/store/claim.ts';
import { dataFolder } from '../../../src-main/run/paths.ts';
import { schemaFaults } from '../serve/desk-client.ts';
import { MAIN } from './run.ts';

const SLOW = 60_000;

let home: string;
let env: NodeJS.ProcessEnv;
let data: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sonde-delete-'));
  mkdirSync(join(home, 'tmp'));
  env = {
    PATH: process.env['PATH'],
    HOME: home,
    USERPROFILE: home,
    LOCALAPPDATA: join(home, 'local'),
    APPDATA: join(home, 'roaming'),
    TMPDIR: join(home, 'tmp'),
    TEMP: join(home, 'tmp'),
  };
  data = dataFolder(process.platform, env, home);
  mkdirSync(join(data, 'baselines'), { recursive: true });
  writeFileSync(join(data, 'desk.db'), 'a database');
  writeFileSync(join(data, 'baselines', 'office.model'), 'a model');
  mkdirSync(join(home, 'tmp', 'sonde-run-99999-abcdef'));
  writeFileSync(join(home, 'mine.pcap'), 'a capture of mine');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const run = (...args: string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [MAIN, 'delete-data', ...args], { env, encoding: 'utf8' });

describe('sonde delete-data', () => {
  it(
    'lists what is kept and deletes nothing, until it is told so',
    () => {
      const looked = run('--json');
      const document = JSON.parse(looked.stdout) as { deleted: boolean; places: { path: string }[] };
      expect(schemaFaults('sonde.delete-data-1', document)).toBeNull();
      expect(document.deleted).toBe(false);
      expect(document.places.map(({ path }) => path)).toContain(data);
      expect(existsSync(join(data, 'desk.db'))).toBe(true);
      const done = run('--yes');
      expect([done.status, done.stderr]).toEqual([0, '']);
      expect(existsSync(data)).toBe(false);
      expect(readdirSync(join(home, 'tmp'))).toEqual([]);
      expect(existsSync(join(home, 'mine.pcap'))).toBe(true);
      expect(run('--yes').stdout).toBe('Nothing is kept.\n');
    },
    SLOW,
  );

  it(
    'deletes nothing while a desk has it open',
    () => {
      const held = claimDatabase(join(data, 'desk.db'));
      try {
        const ran = run('--yes');
        expect(ran.status).toBe(4);
        expect(ran.stderr).toContain('another desk has it open');
        expect(existsSync(join(data, 'baselines', 'office.model'))).toBe(true);
      } finally {
        held.release();
      }
    },
    SLOW,
  );

  it(
    'says which temporary folder a running desk uses, and leaves that one alone',
    () => {
      // This process stands for the desk.
      const used = join(home, 'tmp', `sonde-run-${process.pid}-abcdef`);
      mkdirSync(used);
      expect(run().stdout).toContain(`in use by a desk that runs (process ${process.pid})`);
      const ran = run('--yes', '--json');
      expect(ran.status).toBe(4);
      expect(ran.stderr).toContain(`a desk that runs uses it (process ${process.pid})`);
      expect(schemaFaults('sonde.delete-data-1', JSON.parse(ran.stdout))).toBeNull();
      expect(readdirSync(join(home, 'tmp'))).toEqual([`sonde-run-${process.pid}-abcdef`]);
      expect(existsSync(data)).toBe(false);
    },
    SLOW,
  );

  it(
    'follows no link out of its own folders',
    () => {
      mkdirSync(join(home, 'elsewhere'));
      writeFileSync(join(home, 'elsewhere', 'letter'), 'of mine');
      symlinkSync(join(home, 'elsewhere'), join(data, 'link'), 'junction');
      expect(run('--yes').status).toBe(0);
      expect(existsSync(join(home, 'elsewhere', 'letter'))).toBe(true);
    },
    SLOW,
  );
});

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { schemaFaults } from '../serve/desk-client.ts';
import { sonde } from './run.ts';

/** A whole process each, on a machine that does other things too. */
const SLOW = 120_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-doctor-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Told {
  checks: { id: string; state: string; message: string }[];
}

describe('sonde doctor', () => {
  it(
    'tells of every part, and ends with 0 where all work',
    async () => {
      const ran = await sonde(['doctor', '--json']);
      const document = JSON.parse(ran.stdout) as Told;
      expect(schemaFaults('sonde.doctor-1', document)).toBeNull();
      const state = (id: string): string | undefined => document.checks.find((check) => check.id === id)?.state;
      expect(state('program')).toBe('ok');
      expect(state('sqlite')).toBe('ok');
      expect(state('base-model')).toBe('ok');
      expect(ran.code).toBe(document.checks.some((check) => check.state === 'failed') ? 4 : 0);
    },
    SLOW,
  );

  it(
    'ends with 4 and the cure where the database is none',
    async () => {
      const path = join(folder, 'none.db');
      writeFileSync(path, 'this is no database, though long enough to look like one'.repeat(40));
      const ran = await sonde(['doctor', '--db', path]);
      expect(ran.code).toBe(4);
      expect(ran.stdout).toMatch(/FAILED\s+Database: .*not a database/);
      expect(ran.stdout).toContain('→ ');
      expect((await sonde(['doctor', '--db', join(folder, 'missing.db')])).code).toBe(3);
    },
    SLOW,
  );

  it(
    'writes a bundle without anything of the traffic, once',
    async () => {
      const db = join(folder, 'kept.db');
      await sonde(['triage', resourcePath('sample', 'office-hour.pcapng.gz'), '--no-models', '--db', db]);
      const out = join(folder, 'bundle.json');
      const ran = await sonde(['doctor', '--db', db, '--bundle', out]);
      expect(ran.code).toBe(0);
      const text = readFileSync(out, 'utf8');
      const document = JSON.parse(text) as { tables: Record<string, number> };
      expect(schemaFaults('sonde.diagnostics-1', document)).toBeNull();
      expect(document.tables['flows']).toBeGreaterThan(0);
      expect(document.tables['captures']).toBe(1);
      expect(text).not.toMatch(/\b10\.\d+\.\d+\.\d+\b|192\.168\./);
      expect(text).not.toContain('office-hour.pcapng');
      if (process.platform !== 'win32') expect(statSync(out).mode & 0o777).toBe(0o600);
      const again = await sonde(['doctor', '--db', db, '--bundle', out]);
      expect(again.code).toBe(4);
      expect(again.stderr).toContain('is there already');
    },
    SLOW,
  );
});

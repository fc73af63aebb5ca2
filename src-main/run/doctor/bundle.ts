/**
 * A diagnostic bundle: what a maintainer needs to know of an installation, and nothing of its traffic. One JSON
 * document, so that its owner can read it before it is sent.
 */
import { openSync, closeSync, fstatSync, readSync } from 'node:fs';
import { VERSION } from '../../../src-shared/version.ts';
import { tableSizes } from '../../keep/store/examine.ts';
import { errorLog } from '../error-log.ts';
import { redactAny } from '../redact.ts';
import { fitToShare } from './share.ts';
import type { CheckContext, Finding } from './types.ts';

/** So much of the end of the log is taken, bytes. */
const LOG_MAX = 200_000;

export interface Bundle {
  schema: 'sonde.diagnostics/1';
  version: string;
  /** ISO 8601, UTC. */
  madeAt: string;
  versions: Record<string, string>;
  checks: Finding[];
  /** Rows by table; null: there is no database, or it cannot be read. */
  tables: Record<string, number> | null;
  /** Lines of the log of errors, newest last, without addresses, secrets and home folders. */
  log: string[];
}

/** The end of a file. Empty where there is none. */
export function tailOf(path: string, most = LOG_MAX): string {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, most));
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8', 0, read);
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Lines of the log of errors, fit to be shown to others. */
export function logLines(path = errorLog()): string[] {
  return tailOf(path)
    .split('\n')
    .filter((line) => line !== '')
    .map(fitToShare);
}

function tablesOf(path: string | null): Record<string, number> | null {
  try {
    return path === null ? null : tableSizes(path);
  } catch {
    return null;
  }
}

export function bundleOf(context: CheckContext, findings: readonly Finding[], now: Date): Bundle {
  const checks = findings.map((finding) => ({
    ...finding,
    message: redactAny(finding.message),
    cure: redactAny(finding.cure),
  }));
  const versions = Object.fromEntries(Object.entries(process.versions).filter(([, value]) => value !== undefined));
  return {
    schema: 'sonde.diagnostics/1',
    version: VERSION,
    madeAt: now.toISOString(),
    versions: versions as Record<string, string>,
    checks,
    tables: tablesOf(context.database),
    log: logLines(),
  };
}

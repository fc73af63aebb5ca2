/** `--report OUT`: a report for people, as HTML or PDF by the name's ending. */
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { writeWhole } from '../../detect/whole-file.ts';
import { usageError } from './arguments.ts';
import { checkOutput, sayingWrite } from './outputs.ts';

/** @throws SondeError `usage`, `write-failed` */
export function checkReport(path: string | undefined): void {
  if (path === undefined) return;
  if (!/\.(?:html|pdf)$/.test(path))
    throw usageError(`--report ${path}: its ending names no format`, path, 'Let it end in .html or .pdf.');
  checkOutput(path);
}

async function rendered(report: TriageReport, path: string): Promise<Uint8Array> {
  const { captureReportFile } = await import('../../keep/exports/report/capture-file.ts');
  return captureReportFile(report, path.endsWith('.html') ? 'html' : 'pdf');
}

/** Writes the file, whole or not at all. @throws SondeError `disk-full` or `write-failed` */
export async function writeReport(report: TriageReport, path: string): Promise<void> {
  const content = await rendered(report, path);
  await sayingWrite(path, () => writeWhole(path, (file) => file.writeFile(content)));
}

/** The report of one capture as a file: what the desk gives out, and `sonde triage --report` writes. */
import type { TriageReport } from '../../../../src-shared/domain/report.ts';
import { anonymisedReport } from '../anonymise/report.ts';
import type { Anonymiser } from '../anonymise/words.ts';
import { reportDocument } from './build.ts';
import { reportHtml } from './html.ts';
import type { ReportFormat } from './period-file.ts';

/** The same report: the same bytes. */
export async function captureReportFile(
  report: TriageReport,
  format: ReportFormat,
  anonymiser?: Anonymiser,
): Promise<Uint8Array> {
  const document = reportDocument(anonymiser ? anonymisedReport(report, anonymiser) : report);
  // The library that sets PDF is large, and few programs need it.
  return format === 'html' ? Buffer.from(reportHtml(document)) : (await import('./pdf.ts')).reportPdf(document);
}

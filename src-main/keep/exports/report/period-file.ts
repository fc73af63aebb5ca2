/** A report of a period as a file: what the desk gives out, `sonde report` writes, and schedules send. */
import type { SuppressionInFile } from '../../../../src-shared/contract/topics/suppression-file.ts';
import { scopeText } from '../../../../src-shared/domain/suppression.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import { inForce } from '../../../detect/incidents/suppressions/engine.ts';
import type { Readers } from '../../store/readers.ts';
import { anonymisedPeriod } from '../anonymise/report.ts';
import type { Anonymiser } from '../anonymise/words.ts';
import type { PeriodFacts } from '../../store/queries/period/index.ts';
import type { AskedSilence } from '../../store/queries/period/silences.ts';
import { reportHtml } from './html.ts';
import { IN_FULL, periodDocument, type PeriodAbout } from './period.ts';
import { spanName } from './period-words.ts';

export const REPORT_FORMATS = ['html', 'pdf'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface Asked {
  /** Milliseconds since 1970, `to` exclusive. */
  from: number;
  to: number;
  /** IANA name. */
  zone: string;
  /** When it is looked at. */
  now: number;
  /** The name of this Sonde. */
  sensor: string;
  /** Of a file of settings: left out as what the database's own silence is. */
  suppressions?: readonly SuppressionInFile[];
  /** Makes it one that can be given away. */
  anonymiser?: Anonymiser | undefined;
}

const TYPES: Readonly<Record<ReportFormat, string>> = { html: 'text/html', pdf: 'application/pdf' };

export interface PeriodFile {
  name: string;
  type: string;
  data: Uint8Array;
  /** As the file tells them: of an anonymised one between pseudonyms. */
  facts: PeriodFacts;
  about: PeriodAbout;
}

/** Those that silence at `now`. */
function silencesAt(suppressions: readonly SuppressionInFile[], now: number): AskedSilence[] {
  return suppressions
    .filter((each) => inForce(each, now))
    .map(({ scope, reason = '', author = '', expiresAt }) => ({
      scope,
      reason: reason || scopeText(scope),
      author: author || 'the settings',
      expiresAt,
    }));
}

/** The same database, question and time: the same bytes. @throws RangeError for a zone that is none */
export async function periodFile(
  readers: Pick<Readers, 'ask'>,
  { from, to, zone, now, sensor, suppressions = [], anonymiser }: Asked,
  format: ReportFormat,
  signal?: Parameters<Readers['ask']>[2],
): Promise<PeriodFile> {
  const silences = silencesAt(suppressions, now);
  const original = await readers.ask('periodOf', [{ from, to, zone, inFull: IN_FULL, silences }], signal);
  const facts = anonymiser ? anonymisedPeriod(original, anonymiser) : original;
  const about: PeriodAbout = anonymiser
    ? { now, sensor: anonymiser.names.name(sensor), version: VERSION, anonymised: true }
    : { now, sensor, version: VERSION };
  const document = periodDocument(facts, about);
  // The library that sets PDF is large, and few programs need it.
  const data =
    format === 'html' ? Buffer.from(reportHtml(document)) : await (await import('./pdf.ts')).reportPdf(document);
  const name = `sonde-report${anonymiser ? '-anonymised' : ''}-${spanName(zone, { from, to })}.${format}`;
  return { name, type: TYPES[format], data, facts, about };
}

/** A continuous export while it is made. */
import { SIEM_FORMATS, type SiemExport, type SiemExportShown } from '../../../../src-shared/contract/topics/siem.ts';

export interface ExportDraft extends Omit<SiemExport, 'id' | 'name'> {
  /** Absent: a new one. */
  id?: string;
  name: string;
}

export const NEW_EXPORT: ExportDraft = {
  name: 'SIEM',
  enabled: true,
  target: '',
  format: 'ndjson',
  flows: false,
  allowPrivate: false,
  rotation: { bytes: 104_857_600, seconds: null, files: 10 },
};

export function draftOf(shown: SiemExportShown): ExportDraft {
  const { state: _, error: __, errorAt: ___, written: ____, lost: _____, ...kept } = shown;
  return kept;
}

export const isSystemLog = (target: string): boolean => /^syslog\+/i.test(target.trim());

/** CEF and LEEF go to log servers alone. */
export const formatsFor = (target: string): readonly SiemExport['format'][] =>
  isSystemLog(target) ? SIEM_FORMATS : SIEM_FORMATS.filter((format) => format !== 'cef' && format !== 'leef');

export const takesFlows = (format: SiemExport['format']): boolean => format === 'ndjson' || format === 'eve';

/** With what does not go together taken back. */
export function changed(draft: ExportDraft, part: Partial<ExportDraft>): ExportDraft {
  const next = { ...draft, ...part };
  const format = formatsFor(next.target).includes(next.format) ? next.format : 'ndjson';
  return { ...next, format, flows: next.flows && takesFlows(format) };
}

export function faultOf({ name, target }: ExportDraft): string {
  if (name.trim() === '') return 'Give it a name.';
  return target.trim() === '' ? 'Name a file or a log server.' : '';
}

/** As the program takes it. */
export const sendable = (draft: ExportDraft): ExportDraft => ({ ...draft, target: draft.target.trim() });

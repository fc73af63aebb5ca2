/** What the file of a report is to be. */
import { Checkbox, SegmentedControl } from '@mantine/core';
import type { ReportSchedule } from '../../../../src-shared/contract/topics/reports.ts';

export const FORMATS = [
  { value: 'pdf', label: 'PDF' },
  { value: 'html', label: 'HTML' },
];

export interface ReportFile {
  format: ReportSchedule['format'];
  anonymised: boolean;
}

export const USUAL_FILE: ReportFile = { format: 'pdf', anonymised: false };

export function FileFields({ file, onFile }: { file: ReportFile; onFile(file: ReportFile): void }) {
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label="Format of the file"
        value={file.format}
        onChange={(next) => onFile({ ...file, format: next as ReportFile['format'] })}
        data={FORMATS}
      />
      <Checkbox
        size="xs"
        label="Anonymised"
        title="With pseudonyms for addresses and names, so that it can be given away"
        checked={file.anonymised}
        onChange={({ currentTarget }) => onFile({ ...file, anonymised: currentTarget.checked })}
      />
    </>
  );
}

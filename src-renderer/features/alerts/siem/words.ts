/** Words of continuous exports. */
import type { SiemExport, SiemExportShown } from '../../../../src-shared/contract/topics/siem.ts';
import { isSystemLog } from './draft.ts';
import { counted } from '../../../lib/numbers.ts';

const MEGABYTE = 1024 ** 2;
const HOUR = 3600;

export const FORMAT_NAMES: Readonly<Record<SiemExport['format'], string>> = {
  ndjson: "Sonde's own, JSON lines",
  eve: 'Suricata EVE',
  ecs: 'Elastic Common Schema',
  ocsf: 'OCSF',
  cef: 'CEF',
  leef: 'LEEF',
};

function asideText({ bytes, seconds, files }: SiemExport['rotation']): string {
  const size = `${(bytes / MEGABYTE).toLocaleString('en', { maximumFractionDigits: 2 })} MB`;
  const age = seconds === null ? '' : ` or after ${counted(Math.max(1, Math.round(seconds / HOUR)), 'hour')}`;
  return `put aside beyond ${size}${age}; ${counted(files, 'file')} in all`;
}

/** What it does, in a sentence without its end. */
export function exportText({ target, format, flows, rotation }: Omit<SiemExport, 'id' | 'name'>): string {
  const what = flows ? 'Incidents and flows' : 'Incidents';
  const where = target.trim() === '' ? '…' : target.trim();
  const aside = isSystemLog(where) ? '' : `, ${asideText(rotation)}`;
  return `${what} as ${FORMAT_NAMES[format]} to ${where}${aside}`;
}

export interface Standing {
  mark: 'good' | 'bad' | 'off';
  text: string;
}

/** UDP knows no connection: nobody tells whether anything arrives. */
function workingText(target: string): string {
  if (!isSystemLog(target)) return 'Being written.';
  return /^syslog\+udp:/i.test(target.trim()) ? 'Sending; UDP does not tell what arrives.' : 'Connected.';
}

/** How it goes. */
export function exportStanding({ state, target, error }: SiemExportShown): Standing {
  switch (state) {
    case 'off':
      return { mark: 'off', text: 'Off: nothing is written.' };
    case 'waiting':
      return { mark: 'off', text: 'Waits for a live session.' };
    case 'working':
      return { mark: 'good', text: workingText(target) };
    case 'failing':
      return { mark: 'bad', text: `Failing: ${error}` };
  }
}

/** '' where there is nothing to count yet. */
export function exportCounts({ written, lost, state }: SiemExportShown): string {
  if (written === 0 && lost === 0) return '';
  const session = state === 'waiting' ? 'in the last session' : 'in this session';
  const dropped = lost > 0 ? `, ${lost.toLocaleString('en')} lost` : '';
  return `${counted(written, 'line')} written${dropped} ${session}`;
}

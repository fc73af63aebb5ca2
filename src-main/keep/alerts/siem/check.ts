/** Whether a continuous export can work at all, as far as its settings tell. */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { siemExport, type SiemExport } from '../../../../src-shared/contract/topics/siem.ts';
import { plainText } from '../../../../src-shared/domain/plain-text.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { isSurelyInside } from '../places.ts';
import { isSyslogTarget, syslogTarget } from '../syslog-export/target.ts';

/** A file whose name ends otherwise is not one of lines: what somebody relies on is not written to by a slip. */
const ENDING = /\.(json|ndjson|jsonl|log)$/i;
const WITH_FLOWS: ReadonlySet<SiemExport['format']> = new Set(['ndjson', 'eve']);
const OF_SYSLOG: ReadonlySet<SiemExport['format']> = new Set(['cef', 'leef']);

type Checked = Pick<SiemExport, 'target' | 'format' | 'flows' | 'allowPrivate'>;

/** What is wrong with it, for people; null: nothing that can be seen from here. */
export function siemFault(asked: Checked): string | null {
  const { target, format, flows } = asked;
  if (plainText(target) !== target) return 'the target holds characters that nobody can see';
  if (flows && !WITH_FLOWS.has(format)) return `${format} is a format without flows; choose ndjson or eve`;
  return isSyslogTarget(target) ? serverFault(asked) : fileFault(target, format);
}

function fileFault(target: string, format: SiemExport['format']): string | null {
  if (!isAbsolute(target)) return 'name the full path of a file, or syslog+tls://HOST:PORT';
  if (!ENDING.test(target)) return 'let the name of the file end in .json, .ndjson, .jsonl or .log';
  return OF_SYSLOG.has(format) ? `${format} goes to log servers alone; choose another format for a file` : null;
}

/** Where a file lies, whatever links its folders are; as it is written where there is no such folder yet. */
export function placeOf(target: string): string {
  const path = resolve(target);
  const rest: string[] = [basename(path)];
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      return join(realpathSync(folder), ...rest);
    } catch {
      if (folder === dirname(folder)) return path;
      rest.unshift(basename(folder));
    }
  }
}

function serverFault({ target, allowPrivate }: Checked): string | null {
  if (/[?&]format=/i.test(target)) return 'the format stands in a field of its own';
  try {
    const { host } = syslogTarget(target);
    if (allowPrivate || !isSurelyInside(host)) return null;
    return `${host} is of this machine or of a private network, where nothing is sent without allowPrivate`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Also where they come from elsewhere. */
export const soundExport = siemExport.superRefine((asked, context) => {
  const fault = siemFault(asked);
  if (fault !== null) context.addIssue({ code: 'custom', message: fault, path: ['target'] });
});

/** @throws SondeError `bad-request` */
export function checkExport(asked: Checked, where: string): void {
  const fault = siemFault(asked);
  if (fault !== null) throw new SondeError('bad-request', `${where}: ${fault}`, where, 'See docs/exports.md.');
}

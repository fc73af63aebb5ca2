/** Words of continuous exports for people. */
import { StuckError } from '../../exports/continuous/rotating-file.ts';
import { isSyslogTarget } from '../syslog-export/target.ts';

/** What becomes of an export that begins to fail (`error`), or works again. */
export function troubleText(target: string, error: Error | null, lost: number): string {
  if (error instanceof StuckError)
    return `${target} is written, but ${error.message}; it is tried again every 5 seconds`;
  const full = error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  const why = full ? 'the disk is full' : (error?.message ?? '');
  const [cannot, again] = isSyslogTarget(target)
    ? ['cannot be sent to', 'watching goes on, what can wait waits, and it is tried again']
    : ['cannot be written', 'watching goes on, and writing is tried again every 5 seconds'];
  return error
    ? `${target} ${cannot} (${why}); ${again}`
    : `${target} is written again; ${lost} ${lost === 1 ? 'line was' : 'lines were'} lost`;
}

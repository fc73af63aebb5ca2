/** The program's own log: what went wrong with the program, never what is in a capture. */
import type { NodeLogger } from 'electron-log';
import { redactAny } from '../redact.ts';

/** Bytes after which a new file is begun. */
const FILE_MAX = 1_000_000;

/**
 * Sets up the log; every line is redacted before it is written anywhere. It is electron-log's logger for Node: the one for
 * Electron would also take lines from any page.
 */
export function setUpLog(log: Pick<NodeLogger, 'hooks' | 'transports'>, file: () => string): void {
  log.transports.file.resolvePathFn = file;
  log.hooks.push((message) => ({ ...message, data: message.data.map((value: unknown) => redactAny(value)) }));
  log.transports.file.level = 'info';
  log.transports.file.maxSize = FILE_MAX;
  log.transports.console.level = 'warn';
}

/** What an import's thread is given, and what it tells. */
import type { Failure } from '../../../keep/store/protocol.ts';
import type { ReportWarning } from '../../../../src-shared/domain/report.ts';
import type { MessagePort } from '../../pipeline/threads.ts';

export interface ImportData {
  files: string[];
  name: string;
  /** Milliseconds since 1970. */
  importedAt: number;
  /** Folder where files of indicator lists are kept. */
  lists: string;
  /** Leads to the store. */
  port: MessagePort;
}

export type FromImport =
  | { type: 'begun'; capture: number }
  /** Nothing of it could be read: the capture is gone again. */
  | { type: 'removed' }
  | { type: 'progress'; bytes: number; total: number; packets: number; seconds: number }
  | { type: 'stage'; stage: 'scoring' | 'keeping' }
  | { type: 'done'; cancelled: boolean; warnings: ReportWarning[] }
  | { type: 'failed'; failure: Failure };

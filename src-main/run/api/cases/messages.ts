/** Between whoever wants a case made or opened and the thread that does it. */
import type { CaseManifest } from '../../../keep/exports/case/manifest.ts';
import type { Failure } from '../../../keep/store/protocol.ts';
import type { CaseOptions } from './make.ts';

/** `folder`: where the parts of an opened case are written; it must be new. */
export type CaseTask = { task: 'make'; options: CaseOptions } | { task: 'open'; path: string; folder: string };

export type FromCase = { type: 'done'; manifest: CaseManifest } | { type: 'failed'; failure: Failure };

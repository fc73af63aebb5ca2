/** Between whoever wants a case and the thread that makes it. */
import type { CaseManifest } from '../../../keep/exports/case/manifest.ts';
import type { Failure } from '../../../keep/store/protocol.ts';

export type FromCase = { type: 'done'; manifest: CaseManifest } | { type: 'failed'; failure: Failure };

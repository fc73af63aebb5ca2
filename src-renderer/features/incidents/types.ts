import type { Output } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';

export type IncidentAnswer = Output<(typeof contract)['incidents']['get']>;
export type IncidentBody = IncidentAnswer['incident'];

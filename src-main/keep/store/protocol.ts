/** Messages between the store's client and its worker. */
import type { MessagePort } from 'node:worker_threads';
import type { ErrorCode } from '../../../src-shared/errors.ts';
import type { StoreMethods } from './types.ts';

export const METHODS = [
  'beginCapture',
  'addFlows',
  'beginFlows',
  'endFlows',
  'removeFlows',
  'addHosts',
  'addWindows',
  'addIncidents',
  'keepIncidents',
  'dropIncidents',
  'dropOldIncidents',
  'finishCapture',
  'captures',
  'removeCapture',
  'setting',
  'setSetting',
  'swapSetting',
  'addExtras',
  'renameCapture',
  'dismissQuality',
  'noteRoles',
  'setIncidentStatus',
  'addSuppression',
  'addSuppressions',
  'setSuppressionEnabled',
  'removeSuppression',
  'removeSuppressions',
  'applySuppressions',
  'expectedIncidents',
  'saveFilter',
  'removeFilter',
  'addAudit',
  'addExperiment',
  'removeExperiment',
  'addLabModel',
  'renameLabModel',
  'removeLabModel',
  'promoteLabModel',
  'rollBackLabModel',
  'withdrawLabModel',
  'promotedModels',
  'promotedKey',
  'addRetrainRun',
  'addFeatures',
  'removeOldFeatures',
  'addModel',
  'alertChannels',
  'putAlertChannel',
  'removeAlertChannel',
  'alertRoutes',
  'damagedAlerts',
  'damagedChannels',
  'setAlertRoutes',
  'addDeliveries',
  'addReport',
  'takeDelivery',
  'settleDelivery',
  'retryDeliveries',
  'dropDeliveries',
  'holdAlerts',
  'heldChannels',
  'heldAlerts',
  'releaseHeld',
  'forgetHeld',
  'putRuleSource',
  'ruleSources',
  'setRuleSource',
  'removeRuleSource',
  'setRulesOff',
  'activeRules',
  'addRuleHits',
  'check',
] as const satisfies readonly (keyof StoreMethods)[];

export interface Request {
  /** Counts up from 1; 0 is the opening. */
  sequence: number;
  method: keyof StoreMethods | 'close';
  args: unknown[];
}

/** Lets another thread ask too, through the other end of this port. */
export interface Connect {
  connect: MessagePort;
}

export interface Failure {
  message: string;
  stack: string;
  /** Of a SondeError; '' for a bug. */
  code: ErrorCode | '';
  where: string;
  cure: string;
  /** Of an error about a stretch of a text. */
  at?: { start: number; end: number };
}

export interface Reply {
  sequence: number;
  value?: unknown;
  failure?: Failure;
}

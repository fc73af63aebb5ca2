/** Every question a reader of the database answers, by name. Each is one read-only transaction. */
import type Database from 'better-sqlite3';
import { alertQueue } from './alerts.ts';
import { captureName, listCaptures, getCapture } from './captures.ts';
import { captureReport } from './capture-report.ts';
import {
  damagedExperiments,
  experimentFiles,
  filesOfExperiment,
  getExperiment,
  listExperiments,
  nameOfExperiment,
} from './experiments.ts';
import {
  getLabModel,
  labModelBytes,
  learnableFlows,
  listLabModels,
  listPromotions,
  listRetrainRuns,
  promotedModels,
} from './lab-models.ts';
import { graphOf } from './graph.ts';
import { listDevices } from './devices.ts';
import { rolesOf } from './roles.ts';
import { getHost, hostNames, listHosts } from './hosts.ts';
import { getIncident, incidentCaptures, incidentRowOf, listIncidents } from './incidents.ts';
import { heatmapOf, mixOf, overviewOf, packetSizesOf, timelineOf, topTalkersOf } from './overview.ts';
import { fieldValues, flowPage, flowsAfter, flowTotals, getFlow } from './flows.ts';
import { alarmRate } from './alarm-rate.ts';
import { listAudit, savedFilters } from './desk.ts';
import { listSuppressions, previewSuppression, suppressionMarks } from './suppressions.ts';
import { incidentKeys, packetKeys } from './packets.ts';
import { countSilenced } from './silenced.ts';
import { listRefused, listRules, ruleClasses, rulesCut, ruleSources } from './rules.ts';
import { periodOf } from './period/index.ts';
import { compareOf } from './compare/index.ts';
import { findEverywhere } from './search/index.ts';
import { findFlows } from './search/flows.ts';

type Question = (db: Database.Database, ...args: never[]) => unknown;

export const QUERIES = {
  alertQueue,
  listCaptures,
  captureName,
  getCapture,
  captureReport,
  overviewOf,
  timelineOf,
  heatmapOf,
  mixOf,
  packetSizesOf,
  topTalkersOf,
  listIncidents,
  getIncident,
  incidentRowOf,
  incidentCaptures,
  previewSuppression,
  countSilenced,
  suppressionMarks,
  alarmRate,
  periodOf,
  listHosts,
  getHost,
  hostNames,
  listDevices,
  rolesOf,
  flowPage,
  flowTotals,
  getFlow,
  fieldValues,
  flowsAfter,
  graphOf,
  listSuppressions,
  savedFilters,
  listAudit,
  listExperiments,
  damagedExperiments,
  nameOfExperiment,
  getExperiment,
  experimentFiles,
  filesOfExperiment,
  listLabModels,
  getLabModel,
  labModelBytes,
  learnableFlows,
  promotedModels,
  listPromotions,
  listRetrainRuns,
  packetKeys,
  incidentKeys,
  ruleSources,
  listRules,
  listRefused,
  ruleClasses,
  rulesCut,
  findEverywhere,
  findFlows,
  compareOf,
} as const satisfies Readonly<Record<string, Question>>;

type Rest<F> = F extends (db: Database.Database, ...args: infer A) => unknown ? A : never;

export type QueryName = keyof typeof QUERIES;
export type QueryArgs<N extends QueryName> = Rest<(typeof QUERIES)[N]>;
export type QueryAnswer<N extends QueryName> = ReturnType<(typeof QUERIES)[N]>;

/** The contract, carried out: a handler for every call, one file a topic where there is more to it than a question. */
import type { DeskHandlers } from '../../../src-shared/contract/index.ts';
import type { Desk } from './desk.ts';
import { alertHandlers } from './topics/alerts.ts';
import { appHandlers } from './topics/app.ts';
import { captureHandlers } from './topics/captures.ts';
import { caseHandlers } from './topics/cases.ts';
import { enrichmentHandlers } from './enrichment/handlers.ts';
import { exportHandlers } from './topics/exports.ts';
import { fleetHandlers } from './topics/fleet.ts';
import { flowHandlers } from './topics/flows.ts';
import { healthHandlers } from './health/handlers.ts';
import { incidentHandlers } from './topics/incidents.ts';
import { labHandlers } from './topics/lab.ts';
import { liveHandlers } from './topics/live.ts';
import { packetHandlers } from './packets/handlers.ts';
import { roleHandlers } from './topics/roles.ts';
import { ruleHandlers } from './rules/handlers.ts';
import { modelHandlers } from './models/handlers.ts';
import { reportHandlers } from './topics/reports.ts';
import { scoringHandlers } from './topics/scoring.ts';
import { settingsHandlers } from './topics/settings.ts';
import { siemHandlers } from './topics/siem.ts';
import { suppressionHandlers } from './topics/suppressions.ts';

export function deskHandlers(desk: Desk): DeskHandlers {
  const { readers } = desk;
  return {
    alerts: alertHandlers(desk),
    app: appHandlers(desk),
    audit: { list: (input, { signal }) => readers.ask('listAudit', [input], signal) },
    captures: captureHandlers(desk),
    cases: caseHandlers(desk),
    compare: { get: (sides, { signal }) => readers.ask('compareOf', [sides], signal) },
    enrichment: enrichmentHandlers(desk),
    exports: exportHandlers(desk),
    fleet: fleetHandlers(desk),
    flows: flowHandlers(desk),
    graph: { get: ({ limit, ...selection }, { signal }) => readers.ask('graphOf', [selection, limit], signal) },
    health: healthHandlers(desk),
    hosts: {
      list: (input, { signal }) => readers.ask('listHosts', [input], signal),
      get: (input, { signal }) => readers.ask('getHost', [input], signal),
      names: (input, { signal }) => readers.ask('hostNames', [input], signal),
      known: async ({ capture }, { signal }) => ({ devices: await readers.ask('listDevices', [capture], signal) }),
    },
    incidents: incidentHandlers(desk),
    lab: labHandlers(desk),
    live: liveHandlers(desk),
    models: modelHandlers(desk),
    overview: {
      get: (input, { signal }) => readers.ask('overviewOf', [input], signal),
      timeline: (input, { signal }) => readers.ask('timelineOf', [input], signal),
      heatmap: (input, { signal }) => readers.ask('heatmapOf', [input], signal),
      mix: (input, { signal }) => readers.ask('mixOf', [input], signal),
      packetSizes: (input, { signal }) => readers.ask('packetSizesOf', [input], signal),
      topTalkers: (input, { signal }) => readers.ask('topTalkersOf', [input], signal),
    },
    packets: packetHandlers(desk),
    roles: roleHandlers(desk),
    rules: ruleHandlers(desk),
    reports: reportHandlers(desk),
    scoring: scoringHandlers(desk),
    search: {
      find: ({ text }, { signal }) => readers.ask('findEverywhere', [text], signal),
      flows: ({ text, capture }, { signal }) => readers.ask('findFlows', [text, capture], signal),
    },
    settings: settingsHandlers(desk),
    siem: siemHandlers(desk),
    suppressions: suppressionHandlers(desk),
  };
}

/** The contract: the single list of what the desk may ask, and its types. */
import { alerts } from './topics/alerts.ts';
import { app } from './topics/app.ts';
import { audit } from './topics/audit.ts';
import { captures } from './topics/captures.ts';
import { cases } from './topics/cases.ts';
import { compare } from './topics/compare.ts';
import { enrichment } from './topics/enrichment.ts';
import { exports } from './topics/exports.ts';
import { fleet } from './topics/fleet.ts';
import { flows } from './topics/flows.ts';
import { graph } from './topics/graph.ts';
import { health } from './topics/health.ts';
import { hosts } from './topics/hosts.ts';
import { incidents } from './topics/incidents.ts';
import { lab } from './topics/lab.ts';
import { live } from './topics/live.ts';
import { models } from './topics/models.ts';
import { overview } from './topics/overview.ts';
import { packets } from './topics/packets.ts';
import { roles } from './topics/roles.ts';
import { rules } from './topics/rules.ts';
import { reports } from './topics/reports.ts';
import { scoring } from './topics/scoring.ts';
import { search } from './topics/search.ts';
import { siem } from './topics/siem.ts';
import { settings } from './topics/settings.ts';
import { suppressions } from './topics/suppressions.ts';
import type { Client } from './client.ts';
import type { Handlers } from './dispatch.ts';

export const contract = {
  alerts,
  app,
  audit,
  captures,
  cases,
  compare,
  enrichment,
  exports,
  fleet,
  flows,
  graph,
  health,
  hosts,
  incidents,
  lab,
  live,
  models,
  overview,
  packets,
  roles,
  rules,
  reports,
  scoring,
  search,
  settings,
  siem,
  suppressions,
} as const;

export type DeskContract = typeof contract;
export type DeskClient = Client<DeskContract>;
export type DeskHandlers = Handlers<DeskContract>;

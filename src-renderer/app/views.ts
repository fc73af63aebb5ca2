/** The views: adding one is one folder and one line here. */
import type { ComponentType } from 'react';
import { later, type Later } from '../lib/later.ts';

export interface View {
  /** In the address. */
  name: string;
  title: string;
  /** Pressed after `g`. */
  key: string;
  /** capture: of the capture that is looked at; desk: of all. */
  of: 'capture' | 'desk';
  component: ComponentType;
  fetch: Later['fetch'];
}

export const VIEWS: readonly View[] = [
  {
    name: 'overview',
    title: 'Overview',
    key: 'o',
    of: 'capture',
    ...later(() => import('../features/overview/Overview.tsx')),
  },
  {
    name: 'incidents',
    title: 'Incidents',
    key: 'i',
    of: 'capture',
    ...later(() => import('../features/incidents/Incidents.tsx')),
  },
  {
    name: 'hosts',
    title: 'Hosts',
    key: 'h',
    of: 'capture',
    ...later(() => import('../features/hosts/Hosts.tsx')),
  },
  {
    name: 'flows',
    title: 'Flows',
    key: 'f',
    of: 'capture',
    ...later(() => import('../features/flows/Flows.tsx')),
  },
  {
    name: 'packets',
    title: 'Packets',
    key: 'p',
    of: 'capture',
    ...later(() => import('../features/packets/Packets.tsx')),
  },
  {
    name: 'graph',
    title: 'Graph',
    key: 'g',
    of: 'capture',
    ...later(() => import('../features/graph/Graph.tsx')),
  },
  { name: 'open', title: 'Open', key: 'c', of: 'desk', ...later(() => import('../features/open/Open.tsx')) },
  { name: 'live', title: 'Live', key: 'l', of: 'desk', ...later(() => import('../features/live/Live.tsx')) },
  { name: 'fleet', title: 'Fleet', key: 't', of: 'desk', ...later(() => import('../features/fleet/Fleet.tsx')) },
  {
    name: 'rules',
    title: 'Rules & lists',
    key: 'r',
    of: 'desk',
    ...later(() => import('../features/rules/Rules.tsx')),
  },
  { name: 'lab', title: 'Lab', key: 'b', of: 'desk', ...later(() => import('../features/lab/Lab.tsx')) },
  {
    name: 'alerts',
    title: 'Alerts',
    key: 'n',
    of: 'desk',
    ...later(() => import('../features/alerts/Alerts.tsx')),
  },
  {
    name: 'history',
    title: 'Alert history',
    key: 'a',
    of: 'desk',
    ...later(() => import('../features/history/History.tsx')),
  },
  {
    name: 'compare',
    title: 'Compare',
    key: 'd',
    of: 'desk',
    ...later(() => import('../features/compare/Compare.tsx')),
  },
  {
    name: 'settings',
    title: 'Settings',
    key: 's',
    of: 'desk',
    ...later(() => import('../features/settings/Settings.tsx')),
  },
  { name: 'help', title: 'Help', key: 'e', of: 'desk', ...later(() => import('../features/help/Help.tsx')) },
  { name: 'audit', title: 'Audit', key: 'u', of: 'desk', ...later(() => import('../features/audit/Audit.tsx')) },
];

export const HOME = 'open';

export function viewNamed(name: string, capture: number | null): View | undefined {
  return VIEWS.find((view) => view.name === name && (view.of === 'capture') === (capture !== null));
}

/** Fetches the code of all views, one after another, so that the first visit of each waits for nothing. */
export async function fetchViews(): Promise<void> {
  // Where one cannot be had, it says so itself when it is shown.
  for (const view of VIEWS) await view.fetch().catch(() => undefined);
}

/** The views: adding one is one folder and one line here. */
import { lazy, type ComponentType } from 'react';

export interface View {
  /** In the address. */
  name: string;
  title: string;
  /** Pressed after `g`. */
  key: string;
  /** capture: of the capture that is looked at; desk: of all. */
  of: 'capture' | 'desk';
  component: ComponentType;
}

const page = (load: () => Promise<{ default: ComponentType }>): ComponentType => lazy(load);

export const VIEWS: readonly View[] = [
  {
    name: 'overview',
    title: 'Overview',
    key: 'o',
    of: 'capture',
    component: page(() => import('../features/overview/Overview.tsx')),
  },
  {
    name: 'incidents',
    title: 'Incidents',
    key: 'i',
    of: 'capture',
    component: page(() => import('../features/incidents/Incidents.tsx')),
  },
  {
    name: 'hosts',
    title: 'Hosts',
    key: 'h',
    of: 'capture',
    component: page(() => import('../features/hosts/Hosts.tsx')),
  },
  {
    name: 'flows',
    title: 'Flows',
    key: 'f',
    of: 'capture',
    component: page(() => import('../features/flows/Flows.tsx')),
  },
  {
    name: 'graph',
    title: 'Graph',
    key: 'g',
    of: 'capture',
    component: page(() => import('../features/graph/Graph.tsx')),
  },
  { name: 'open', title: 'Open', key: 'c', of: 'desk', component: page(() => import('../features/open/Open.tsx')) },
  { name: 'live', title: 'Live', key: 'l', of: 'desk', component: page(() => import('../features/live/Live.tsx')) },
  {
    name: 'history',
    title: 'Alert history',
    key: 'a',
    of: 'desk',
    component: page(() => import('../features/history/History.tsx')),
  },
  {
    name: 'settings',
    title: 'Settings',
    key: 's',
    of: 'desk',
    component: page(() => import('../features/settings/Settings.tsx')),
  },
  { name: 'audit', title: 'Audit', key: 'u', of: 'desk', component: page(() => import('../features/audit/Audit.tsx')) },
];

export const HOME = 'open';

export function viewNamed(name: string, capture: number | null): View | undefined {
  return VIEWS.find((view) => view.name === name && (view.of === 'capture') === (capture !== null));
}

/** What the views of the alerts ask. */
import { useAsk } from '../../lib/desk.tsx';

const ALERTS = { topics: ['alerts'] } as const;

/** Channels, routes and policy. */
export function useAlerts() {
  return useAsk('alerts', (client, signal) => client.alerts.get({}, { signal }), ALERTS);
}

export function useQueue() {
  return useAsk('alert queue', (client, signal) => client.alerts.queue({}, { signal }), ALERTS);
}

export function useKinds() {
  return useAsk('alert kinds', (client, signal) => client.alerts.kinds({}, { signal }));
}

/** Continuous exports, and how they go. */
export function useExports() {
  return useAsk('exports', (client, signal) => client.siem.list({}, { signal }), ALERTS);
}

/** Scheduled reports, and the channels that can carry one. */
export function useReports() {
  return useAsk('reports', (client, signal) => client.reports.list({}, { signal }), ALERTS);
}

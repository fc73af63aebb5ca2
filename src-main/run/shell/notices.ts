/** What the system shows while the desk is not looked at: a notification when an import has ended, a mark in the tray. */
import type { FromEngine } from './messages.ts';
import type { Work } from './progress.ts';

type Finished = Extract<FromEngine, { type: 'finished' }>;
type Working = Extract<FromEngine, { type: 'working' }>;

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

export interface Notice {
  title: string;
  body: string;
  /** Where a click leads. */
  place: string;
}

const incidentPlace = (capture: number, uid: string): string => `/c/${capture}/incidents/${encodeURIComponent(uid)}`;

/** Where a click on an alert leads; null: to the desk as it is. */
export function placeOfAlert({ incident }: Extract<FromEngine, { type: 'alert' }>): string | null {
  return incident && incidentPlace(incident.capture, incident.uid);
}

/** Null where there is nothing to tell: the desk is being looked at. */
export function noticeOf({ name, capture, incidents, first, failed }: Finished, looking: boolean): Notice | null {
  if (looking) return null;
  if (failed !== null || capture === null) {
    return { title: `${name} could not be read`, body: failed ?? '', place: '/open' };
  }
  if (!first) return { title: `${name}: nothing stands out`, body: '', place: `/c/${capture}/overview` };
  const others = incidents > 1 ? ` And ${plural(incidents - 1, 'other')}.` : '';
  const place = incidentPlace(capture, first.uid);
  return {
    title: `${name}: ${plural(incidents, 'incident')}`,
    body: `${capital(first.severity)}: ${first.title}.${others}`,
    place,
  };
}

/** What is said of imports while they are under way; null: there are none. */
export function workOf({ names, share }: Working): Work | null {
  if (names.length === 0) return null;
  const what = names.length === 1 ? names[0]! : plural(names.length, 'capture');
  return { text: share === null ? `Sonde reads ${what}` : `Sonde reads ${what}: ${Math.floor(share * 100)} %`, share };
}

/** Whether this browser may show notifications, and what they look like; the desktop's window shows its own. */
import type { Output } from '../../src-shared/contract/define.ts';
import type { contract } from '../../src-shared/contract/index.ts';
import { go, viewAddress } from './place.tsx';
import { isDesktop } from './shell.ts';

/** none: they cannot be had here at all. */
export type NoticePermission = NotificationPermission | 'none';

type Notice = Output<typeof contract.alerts.notices>;

const listeners = new Set<() => void>();

export function subscribeToPermission(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Browsers offer them to pages of this machine or by https only. */
export function noticePermission(): NoticePermission {
  if (isDesktop() || typeof Notification === 'undefined' || !isSecureContext) return 'none';
  return Notification.permission;
}

/** The browser asks; only after a click does it do so at all. */
export async function askPermission(): Promise<void> {
  await Notification.requestPermission();
  for (const listener of listeners) listener();
}

/** `tag`: a repetition takes the first one's place, also where several windows show it. */
export function showNotice({ key, title, body, incident }: Notice): void {
  const shown = new Notification(title, { body, tag: key });
  shown.addEventListener('click', () => {
    window.focus();
    if (incident) go(viewAddress('incidents', [incident.uid], {}, incident.capture));
    shown.close();
  });
}

/** A notification on the desktop: by the window's own program or a page of the desk, else by the system's notify-send. */
import { access, constants } from 'node:fs/promises';
import { plainText } from '../../../../src-shared/domain/plain-text.ts';
import { saidBy, shorten } from '../http/words.ts';
import { DeliveryError, type Alert, type Answer, type ChannelKind, type SendContext } from '../types.ts';
import { run } from './common/program.ts';
import { headline, plainLines } from './common/summary.ts';

/** What is shown. `key`: the same in repetitions, so that a second one can take the first one's place. */
export interface DesktopNotice {
  readonly key: string;
  readonly title: string;
  readonly body: string;
  readonly severity: Alert['severity'];
  /** Of the incident it is about, where it is about one. */
  readonly incident?: string;
}
/** False: nobody is there who could show it; the system's own program is asked then. @throws where showing fails */
export type ShowNotice = (notice: DesktopNotice) => Promise<boolean> | boolean;

/** Characters that fit where notifications are shown. */
const TITLE_MAX = 120;
const BODY_MAX = 400;
const NOTIFY_SEND = ['/usr/bin/notify-send', '/usr/local/bin/notify-send'];
const NOTIFY_MS = 5000;
/** Where the desktop of who started this program is found. */
const SESSION = ['DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'DISPLAY', 'WAYLAND_DISPLAY', 'HOME', 'XAUTHORITY'];

let shown: ShowNotice | null = null;

/** From now on notifications are shown by this; null: there is nothing any more that could. */
export function showNoticesBy(show: ShowNotice | null): void {
  shown = show;
}

export function noticeOf(alert: Alert): DesktopNotice {
  return {
    key: alert.key,
    title: shorten(headline(alert), TITLE_MAX),
    body: shorten(plainLines(alert.text), BODY_MAX),
    severity: alert.severity,
    ...(alert.incident ? { incident: alert.incident.uid } : {}),
  };
}

const canRun = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** The session of a desktop, as variables; null: there is none here. */
function sessionOf(environment: NodeJS.ProcessEnv): Record<string, string> | null {
  const found = SESSION.flatMap((name) => {
    const value = environment[name];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  const names = new Set(found.map(([name]) => name));
  const there = names.has('DBUS_SESSION_BUS_ADDRESS') || names.has('DISPLAY') || names.has('WAYLAND_DISPLAY');
  return there ? Object.fromEntries(found) : null;
}

/** Its body may hold markup: what others chose for names must not become any. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** @throws DeliveryError */
async function notifySend({ title, body, severity }: DesktopNotice, signal: AbortSignal): Promise<Answer> {
  const environment = sessionOf(process.env);
  const programs = await Promise.all(NOTIFY_SEND.map(canRun));
  const program = NOTIFY_SEND[programs.indexOf(true)];
  if (environment === null || program === undefined)
    throw new DeliveryError('there is no desktop here that could show a notification', false);
  const urgency = severity === 'critical' ? 'critical' : severity === 'warning' ? 'normal' : 'low';
  const { code, output } = await run({
    program,
    arguments: ['--app-name=Sonde', `--urgency=${urgency}`, '--', plainText(title), escaped(body)],
    input: '',
    environment,
    limit: NOTIFY_MS,
    signal,
  });
  if (code === 0) return { words: 'shown' };
  throw new DeliveryError(`notify-send failed (${code}): ${saidBy(output, [])}`, true);
}

async function send(alert: Alert, _settings: object, { signal }: SendContext): Promise<Answer> {
  const notice = noticeOf(alert);
  if (shown === null) return notifySend(notice, signal);
  let isShown: boolean;
  try {
    isShown = await shown(notice);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DeliveryError(`the notification could not be shown: ${saidBy(why, [])}`, true, undefined, {
      cause: error,
    });
  }
  return isShown ? { words: 'handed to the desktop' } : notifySend(notice, signal);
}

export const desktop: ChannelKind = {
  id: 'desktop',
  title: 'Desktop',
  hint: 'A notification on the screen of this machine.',
  fields: [],
  send,
};

import { writeFileSync } from 'node:fs';
import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import type { ReportSchedule, ReportScheduleShown } from '../../../../src-shared/contract/topics/reports.ts';
import { clockText, systemZone, zoneNamed } from '../../../../src-shared/domain/calendar.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { carries } from '../../../keep/alerts/reports/check.ts';
import { zoneFault } from '../../../keep/alerts/zoned.ts';
import { captureReportFile } from '../../../keep/exports/report/capture-file.ts';
import { periodFile } from '../../../keep/exports/report/period-file.ts';
import { readSchedules } from '../alerts/desk-reports.ts';
import { anonymiserOf } from '../../anonymiser.ts';
import type { Desk } from '../desk.ts';
import { safeName, uploadedName } from '../files.ts';

type ReportHandlers = DeskHandlers['reports'];

/** @throws SondeError `bad-request` */
function checkedZone(zone: string): string {
  const fault = zoneFault(zone);
  if (fault === null) return zoneNamed(zone);
  throw new SondeError('bad-request', fault, 'timeZone', 'Write for example Europe/Berlin.');
}

async function shown(desk: Desk, schedule: ReportSchedule): Promise<ReportScheduleShown> {
  const standing = await desk.reports.schedules.standing(schedule);
  return { ...schedule, name: schedule.name ?? schedule.id, ...standing };
}

type Made = Awaited<ReturnType<ReportHandlers['make']>>;
type About = Parameters<ReportHandlers['make']>[1];

/** `what`: of what it tells, for the audit log. */
async function placed(
  desk: Desk,
  file: { name: string; data: Uint8Array; incidents: number },
  what: { object: string; format: string; anonymised: boolean },
  { caller }: About,
): Promise<Made> {
  const held = desk.downloads.place(file.name);
  try {
    writeFileSync(held.path, file.data);
    const detail = `${file.incidents} incidents as ${what.format}${what.anonymised ? ', anonymised' : ''}`;
    await desk.audit(caller.user, 'export', what.object, detail);
    return { download: held.id, name: held.name, bytes: file.data.length, incidents: file.incidents };
  } catch (error) {
    desk.downloads.remove(held.id);
    throw error;
  }
}

async function made(desk: Desk, input: Parameters<ReportHandlers['make']>[0], about: About): Promise<Made> {
  const { from, to, timeZone, format, anonymised } = input;
  const zone = checkedZone(timeZone);
  const anonymiser = anonymised ? anonymiserOf(desk.file) : undefined;
  const asked = { from, to, zone, now: desk.now(), sensor: desk.alerts.service.sensor, anonymiser };
  const { name, data, facts } = await periodFile(desk.readers, asked, format, about.signal);
  const object = `report ${clockText(zone, from)} to ${clockText(zone, to)}`;
  return placed(desk, { name, data, incidents: facts.total }, { object, format, anonymised }, about);
}

const ENDINGS = /(\.(pcapng|pcap|cap|dmp))?(\.(gz|zst))?$/i;

/** What it is called tells nobody's name where it is to be given away. */
function nameOf(capture: { id: number; name: string }, format: string, anonymised: boolean): string {
  const stem = anonymised ? '' : safeName(capture.name).replace(ENDINGS, '');
  return `sonde-report${anonymised ? '-anonymised' : ''}-${stem || `capture-${capture.id}`}.${format}`;
}

async function madeOfCapture(
  desk: Desk,
  { capture, format, anonymised }: Parameters<ReportHandlers['makeOfCapture']>[0],
  about: About,
): Promise<Made> {
  const anonymiser = anonymised ? anonymiserOf(desk.file) : undefined;
  const kept = await desk.readers.ask('captureReport', [capture], about.signal);
  const captureName = (await desk.readers.ask('captureName', [capture], about.signal)) ?? '';
  // Uploads are stored under names of ours.
  const inputs = kept.inputs.map((input) => ({ ...input, path: uploadedName(input.path) ?? input.path }));
  const data = await captureReportFile({ ...kept, inputs }, format, anonymiser);
  const name = nameOf({ id: capture, name: captureName }, format, anonymised);
  const incidents = kept.incidents.length;
  return placed(desk, { name, data, incidents }, { object: `report of ${captureName}`, format, anonymised }, about);
}

export function reportHandlers(desk: Desk): ReportHandlers {
  const { alerts, reports, store } = desk;
  const noted = (user: string, name: string, detail: string): Promise<void> =>
    desk.audit(user, 'settings', `report ${name}`, detail);
  return {
    make: (input, about) => made(desk, input, about),
    makeOfCapture: (input, about) => madeOfCapture(desk, input, about),
    list: async () => {
      const [schedules, channels] = await Promise.all([readSchedules(store), store.alertChannels()]);
      const able = channels.filter(({ kind }) => carries(alerts.kinds, kind));
      return {
        schedules: await Promise.all(schedules.map((each) => shown(desk, each))),
        channels: able.map(({ id, name, enabled }) => ({ id, name, enabled })),
        timeZone: systemZone(),
      };
    },
    set: (change, { caller }) =>
      alerts.inTurn(async () => {
        checkedZone(change.timeZone);
        const schedule = await reports.set(change);
        await reports.reload();
        const { every, hour, channels, enabled, format } = schedule;
        const told = [
          change.id === undefined ? 'made' : 'changed',
          enabled ? 'on' : 'off',
          `every ${every} at ${hour}`,
        ];
        await noted(caller.user, change.name, [...told, `as ${format}`, `to ${channels.join(', ')}`].join('; '));
        return shown(desk, schedule);
      }),
    remove: ({ id }, { caller }) =>
      alerts.inTurn(async () => {
        const name = await reports.remove(id);
        await reports.reload();
        await noted(caller.user, name, 'removed');
        return {};
      }),
    send: async ({ id }, { caller }) => {
      const schedule = await reports.named(id);
      const sent = await reports.schedules.send(schedule);
      await noted(caller.user, schedule.name ?? id, `sent to ${sent.channels} channels`);
      return sent;
    },
  };
}

import { writeFileSync } from 'node:fs';
import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import type { ReportSchedule, ReportScheduleShown } from '../../../../src-shared/contract/topics/reports.ts';
import { clockText, systemZone, zoneNamed } from '../../../../src-shared/domain/calendar.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { carries } from '../../../keep/alerts/reports/check.ts';
import { zoneFault } from '../../../keep/alerts/zoned.ts';
import { pseudonymKey, pseudonymKeyFile } from '../../../keep/exports/anonymise/key-file.ts';
import { periodFile } from '../../../keep/exports/report/period-file.ts';
import { readSchedules } from '../alerts/desk-reports.ts';
import { openAnonymiser } from '../../anonymiser.ts';
import type { Desk } from '../desk.ts';

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

async function made(
  desk: Desk,
  { from, to, timeZone, format, anonymised }: Parameters<ReportHandlers['make']>[0],
  { caller, signal }: Parameters<ReportHandlers['make']>[1],
): Promise<Awaited<ReturnType<ReportHandlers['make']>>> {
  const zone = checkedZone(timeZone);
  const anonymiser = anonymised ? openAnonymiser(pseudonymKey(pseudonymKeyFile(desk.file))) : undefined;
  const asked = { from, to, zone, now: desk.now(), sensor: desk.alerts.service.sensor, anonymiser };
  const { name, data, facts } = await periodFile(desk.readers, asked, format, signal);
  const held = desk.downloads.place(name);
  try {
    writeFileSync(held.path, data);
    const period = `report ${clockText(zone, from)} to ${clockText(zone, to)}`;
    await desk.audit(
      caller.user,
      'export',
      period,
      `${facts.total} incidents as ${format}${anonymised ? ', anonymised' : ''}`,
    );
    return { download: held.id, name: held.name, bytes: data.length, incidents: facts.total };
  } catch (error) {
    desk.downloads.remove(held.id);
    throw error;
  }
}

export function reportHandlers(desk: Desk): ReportHandlers {
  const { alerts, reports, store } = desk;
  const noted = (user: string, name: string, detail: string): Promise<void> =>
    desk.audit(user, 'settings', `report ${name}`, detail);
  return {
    make: (input, about) => made(desk, input, about),
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

/** Hours and days in a time zone. */
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    const zone = timeZone === 'system' ? {} : { timeZone };
    const parts = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    format = new Intl.DateTimeFormat('en-US', { ...zone, ...parts });
    formats.set(timeZone, format);
  }
  return format;
}

export interface ZonedTime {
  /** 1: Monday … 7: Sunday. */
  day: number;
  /** Since midnight. */
  minute: number;
}

/** `timeZone`: IANA name, or 'system'. @throws RangeError where there is no such zone */
export function zonedTime(at: number, timeZone: string): ZonedTime {
  const parts = formatOf(timeZone).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((each) => each.type === type)?.value ?? '';
  return { day: WEEKDAYS.indexOf(part('weekday')) + 1, minute: Number(part('hour')) * 60 + Number(part('minute')) };
}

/** What is wrong with the name of a zone; null: nothing. */
export function zoneFault(timeZone: string): string | null {
  try {
    formatOf(timeZone);
    return null;
  } catch {
    return `there is no time zone ${timeZone}; write for example Europe/Berlin`;
  }
}

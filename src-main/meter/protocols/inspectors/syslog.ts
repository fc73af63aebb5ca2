/** Syslog (RFC 3164, RFC 5424): a priority, then a version or a month; over TCP perhaps its length before it (RFC 6587). */
import { latin1, printable } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { range } from '../first.ts';
import { once } from '../once.ts';

const MESSAGE = /^<(\d{1,3})>(?:1 |(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d |\d+: )/;

/** The length of a message, and a blank. */
const COUNT = /^[1-9]\d{0,4} (?=<)/;

const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'];
const SHOWN = 256;
const PAYLOADS = 4;
/** Bytes in which a message with its length shows what it is. */
const COUNTED = 24;
/** Host and program behind a date of either form. */
const OLDER = /^<\d{1,3}>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ([\w.:-]{1,64}) ([^\s:[]{1,48})/;
const NEWER = /^<\d{1,3}>1 \S{1,40} (\S{1,64}) (\S{1,48}) /;

function message(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const shown = latin1(data, at, end, SHOWN).replace(COUNT, '');
  const priority = /^<(\d{1,3})>/.exec(shown)?.[1];
  // The rest of a message that began in the payload before.
  if (priority === undefined) return;
  flow.also('syslog.severity', SEVERITIES[Number(priority) & 7] ?? '');
  const [, host = '', program = ''] = NEWER.exec(shown) ?? OLDER.exec(shown) ?? [];
  if (host !== '-') flow.also('syslog.host', printable(host));
  if (program !== '-') flow.also('syslog.program', printable(program));
}

/** Whether messages stand one behind the other, each as long as it says. */
function counted(data: Uint8Array, at: number, end: number): boolean {
  const head = latin1(data, at, end, COUNTED);
  const count = COUNT.exec(head)?.[0] ?? '';
  if (count === '' || !MESSAGE.test(head.slice(count.length))) return false;
  const next = at + count.length + Number(count);
  return next >= end || /^[1-9]\d{0,4}(?: |$)/.test(latin1(data, next, end, 6));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] !== 0x3c) return p.tcp && counted(data, at, end) ? YES : NO;
  const shown = latin1(data, at, end, 16);
  if (MESSAGE.test(shown)) return YES;
  return (p.respPort === 514 || p.origPort === 514) && /^<\d{1,3}>/.test(shown) ? YES : NO;
}

export const syslog: Inspector = {
  id: 'syslog',
  over: 'both',
  ports: [514],
  first: [...range(0x31, 0x39), 0x3c],
  service: 'syslog',
  app: 'Syslog',
  probe,
  open: once(message, PAYLOADS),
};

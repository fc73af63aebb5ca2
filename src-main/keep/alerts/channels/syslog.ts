/** Messages to a log server or a SIEM. */
import { authorityOf } from '../http/authority.ts';
import type { Alert, Answer, ChannelKind, ChannelSettings, Field, SendContext } from '../types.ts';
import { unfaulted } from './common/asking.ts';
import { ALLOW_PRIVATE, CA_FILE, choice, serverFields, titles } from './common/fields.ts';
import { numberOf, switchOf, textOf } from './common/settings.ts';
import { BODIES, counted, syslogMessage } from './syslog/message.ts';
import { byStream, byUdp } from './syslog/transports.ts';

/** Ports, and bytes of a message where the settings do not say: what receivers take (RFC 5426 3.2), and rsyslog's. */
const PORTS = { udp: 514, tcp: 514, tls: 6514 } as const;
const BYTES = { udp: 2048, tcp: 8192, tls: 8192 } as const;
type Transport = keyof typeof PORTS;
/** RFC 5424 table 1, those for local use, and two that alerts are filed under. */
const FACILITIES: Readonly<Record<string, number>> = {
  daemon: 3,
  authpriv: 10,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
};
const FACILITY = 'local4';

const FIELDS: readonly Field[] = [
  ...serverFields('Log server', '514, and 6514 with TLS.'),
  choice('transport', 'Transport', 'tls', { udp: 'UDP: may be lost on the way', tcp: 'TCP', tls: 'TLS' }),
  choice('body', 'Form of the message', 'text', titles(BODIES)),
  choice('facility', 'Facility', FACILITY, Object.keys(FACILITIES)),
  {
    name: 'maxBytes',
    label: 'Longest message, bytes',
    help: 'What is longer is shortened. 2048 by UDP and 8192 otherwise, where nothing is set.',
    type: 'number',
    min: 1024,
    max: 65_000,
  },
  CA_FILE,
  ALLOW_PRIVATE,
];

const transportOf = (settings: ChannelSettings): Transport => {
  const transport = textOf(settings, 'transport', 'tls');
  return transport === 'udp' || transport === 'tcp' ? transport : 'tls';
};

function fault(settings: ChannelSettings): string | null {
  if (!/^[\w.:-]+$/.test(textOf(settings, 'host'))) return 'Enter the name or address of the log server.';
  if (!BODIES.some(({ id }) => id === textOf(settings, 'body', 'text'))) return 'The form of the message is unknown.';
  if (!Object.hasOwn(FACILITIES, textOf(settings, 'facility', FACILITY))) return 'The facility is unknown.';
  return null;
}

async function send(alert: Alert, settings: ChannelSettings, { signal }: SendContext): Promise<Answer> {
  unfaulted(fault(settings));
  const transport = transportOf(settings);
  const body = BODIES.find(({ id }) => id === textOf(settings, 'body', 'text')) ?? BODIES[0]!;
  const facility = FACILITIES[textOf(settings, 'facility', FACILITY)] ?? 20;
  const message = syslogMessage(alert, body, facility, numberOf(settings, 'maxBytes', BYTES[transport]));
  const ca = await authorityOf(textOf(settings, 'ca'), signal);
  const way = {
    host: textOf(settings, 'host'),
    port: numberOf(settings, 'port', PORTS[transport]),
    allowPrivate: switchOf(settings, 'allowPrivate'),
    signal,
    ...(ca === undefined ? {} : { ca }),
  };
  if (transport === 'udp') return byUdp(message, way);
  return byStream(counted(message), way, transport === 'tls');
}

export const syslog: ChannelKind = {
  id: 'syslog',
  title: 'Syslog',
  hint: 'Messages to a log server or SIEM, by UDP, TCP or TLS.',
  fields: FIELDS,
  fault,
  send,
};

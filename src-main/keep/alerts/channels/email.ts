/** Letters by SMTP, encrypted unless set otherwise (RFC 5321, RFC 8314). */
import type { Socket } from 'node:net';
import type { SentMessageInfo, Options } from 'nodemailer/lib/smtp-transport/index.js';
import { authorityOf } from '../http/authority.ts';
import { dial, placeOf, trouble } from '../http/dial.ts';
import {
  DeliveryError,
  type Alert,
  type Answer,
  type ChannelKind,
  type ChannelSettings,
  type Field,
  type SendContext,
} from '../types.ts';
import { unfaulted } from './common/asking.ts';
import { ALLOW_PRIVATE, CA_FILE, choice, secretField, serverFields, textField } from './common/fields.ts';
import { letterOf } from './common/mail.ts';
import { linesOf, numberOf, switchOf, textOf, wordsFor } from './common/settings.ts';

const RECIPIENTS_MAX = 50;
const PORTS = { starttls: 587, tls: 465, none: 25 } as const;
type Security = keyof typeof PORTS;

const FIELDS: readonly Field[] = [
  ...serverFields('Mail server', '587 with STARTTLS, 465 with TLS, 25 without.'),
  choice('security', 'Encryption', 'starttls', {
    starttls: 'STARTTLS, required',
    tls: 'TLS from the start',
    none: 'None: everybody on the way can read it',
  }),
  textField('user', 'User name', 320),
  secretField('password', 'Password', 1024),
  textField('from', 'Sender', 320, { help: 'An address.', required: true }),
  { name: 'to', label: 'Recipients', help: 'One address a line.', type: 'lines', required: true, maxLength: 8192 },
  CA_FILE,
  ALLOW_PRIVATE,
];

const securityOf = (settings: ChannelSettings): Security => {
  const security = textOf(settings, 'security', 'starttls');
  return security === 'tls' || security === 'none' ? security : 'starttls';
};

/** One address, nothing else: no name, no list, nothing that could become a header. */
const isAddress = (text: string): boolean => /^[^\s@<>,;:"()[\]\\]{1,64}@[A-Za-z0-9.-]{1,253}$/.test(text);

function fault(settings: ChannelSettings): string | null {
  const to = linesOf(settings, 'to');
  if (!/^[\w.:-]+$/.test(textOf(settings, 'host'))) return 'Enter the name or address of the mail server.';
  if (!isAddress(textOf(settings, 'from'))) return 'The sender is one address, such as sonde@example.com.';
  if (to.length === 0 || to.length > RECIPIENTS_MAX) return `Enter 1 to ${RECIPIENTS_MAX} recipients.`;
  const wrong = to.findIndex((address) => !isAddress(address));
  if (wrong >= 0) return `Recipient ${wrong + 1} is not an address.`;
  const [user, password] = [textOf(settings, 'user'), textOf(settings, 'password')];
  if (user !== '' && securityOf(settings) === 'none') return 'A password is not sent without encryption.';
  if ((user === '') !== (password === '')) return 'Enter both user name and password, or neither.';
  return null;
}

function transportOf(settings: ChannelSettings, connection: Socket, ca: string | undefined): Options {
  const security = securityOf(settings);
  const host = textOf(settings, 'host');
  const [user, pass] = [textOf(settings, 'user'), textOf(settings, 'password')];
  return {
    host,
    connection,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
    ...(user === '' ? {} : { auth: { user, pass } }),
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  };
}

const isReply = (error: unknown): error is Error & { responseCode: number } =>
  error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number';

/** What the server refused, and whether it may take it later: 4xx says so, 5xx does not (RFC 5321 4.2.1). */
function refusal(error: unknown, settings: ChannelSettings, place: string, signal: AbortSignal): DeliveryError {
  const from = error instanceof Error ? error.message : String(error);
  const words = wordsFor(`${place}: ${from}`, settings, FIELDS);
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (!signal.aborted && code === 'ETLS') {
    // Also what somebody on the way can make of a server that offers it: not given up for that.
    return new DeliveryError(`STARTTLS cannot be had, so nothing was sent (${words})`, true);
  }
  if (!signal.aborted && isReply(error)) return new DeliveryError(words, error.responseCode < 500);
  if (!signal.aborted && code === 'EAUTH') return new DeliveryError(words, false);
  const found = trouble(error, place, signal);
  // The error of the library is not kept: it may hold what was sent.
  return new DeliveryError(wordsFor(found.message, settings, FIELDS), found.retry);
}

async function deliver(alert: Alert, settings: ChannelSettings, options: Options): Promise<SentMessageInfo> {
  const { createTransport } = await import('nodemailer');
  const from = textOf(settings, 'from');
  const letter = letterOf(alert, from.slice(from.indexOf('@') + 1));
  const { subject, text, html, messageId, thread } = letter;
  return createTransport(options).sendMail({
    from: { name: 'Sonde', address: from },
    to: [...linesOf(settings, 'to')],
    subject,
    text,
    html,
    messageId,
    date: new Date(alert.at),
    ...(thread === undefined ? {} : { references: thread, inReplyTo: thread }),
    ...(alert.severity === 'critical' ? { priority: 'high' } : {}),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Sonde-Key': alert.key },
    attachments: (alert.attachments ?? []).map(({ name, type, data }) => ({
      filename: name,
      contentType: type,
      content: Buffer.from(data),
    })),
  });
}

async function send(alert: Alert, settings: ChannelSettings, { signal }: SendContext): Promise<Answer> {
  unfaulted(fault(settings));
  const host = textOf(settings, 'host');
  const security = securityOf(settings);
  const port = numberOf(settings, 'port', PORTS[security]);
  const place = placeOf(host, port);
  const ca = await authorityOf(textOf(settings, 'ca'), signal);
  const trust = ca === undefined ? {} : { ca };
  const allowPrivate = switchOf(settings, 'allowPrivate');
  const tls = security === 'tls' ? { tls: trust } : {};
  const socket = await dial({ host, port, allowPrivate, signal, ...tls });
  try {
    const options = { ...transportOf(settings, socket, ca), secured: security === 'tls' };
    const { response, rejected } = await deliver(alert, settings, options);
    const left = rejected.length === 0 ? '' : ` (refused for ${rejected.length} of the recipients)`;
    return { words: wordsFor(`${response}${left}`, settings, FIELDS) };
  } catch (error) {
    throw refusal(error, settings, place, signal);
  } finally {
    socket.destroy();
  }
}

export const email: ChannelKind = {
  id: 'email',
  title: 'E-mail',
  hint: 'Letters through a mail server, with reports attached.',
  fields: FIELDS,
  attaches: true,
  fault,
  send,
};

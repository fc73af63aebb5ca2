/** A request to a server of one's choice; also Slack, Teams and Discord, which take messages that way. */
import { createHmac } from 'node:crypto';
import { proxyFault } from '../http/proxy.ts';
import { addressFault, type Reply } from '../http/request.ts';
import { judged } from '../http/verdict.ts';
import type { Alert, Answer, ChannelKind, ChannelSettings, Field, SendContext } from '../types.ts';
import { ask, unfaulted } from './common/asking.ts';
import {
  addressField,
  ALLOW_PRIVATE,
  AUTHORIZATION,
  CA_FILE,
  choice,
  HEADERS,
  PROXY,
  secretField,
  titles,
} from './common/fields.ts';
import { headersFault, headersOf } from './common/headers.ts';
import { secretsOf, textOf } from './common/settings.ts';
import { SHAPES } from './shapes/registry.ts';

const FIELDS: readonly Field[] = [
  addressField('url', 'Address', { help: 'Where alerts are posted to.' }),
  secretField('urlSecret', 'Secret address', 2048, {
    help: 'Instead of the address, where it is a secret itself: those of Slack, Teams and Discord are.',
  }),
  choice('shape', 'Form of the message', 'sonde', titles(SHAPES)),
  secretField('signingSecret', 'Signing secret', 1024, {
    help: 'Both sides know it; by it the receiver can tell that a message is from here (docs/channels.md).',
  }),
  AUTHORIZATION,
  HEADERS,
  ...PROXY,
  CA_FILE,
  ALLOW_PRIVATE,
];

/** The settings' address; '' where there is none. */
const addressOf = (settings: ChannelSettings): string => textOf(settings, 'urlSecret') || textOf(settings, 'url');

function fault(settings: ChannelSettings): string | null {
  const address = addressOf(settings);
  if (address === '') return 'Enter an address, or a secret address.';
  if (textOf(settings, 'urlSecret') !== '' && textOf(settings, 'url') !== '')
    return 'Enter the address or the secret address, not both.';
  if (!SHAPES.some(({ id }) => id === textOf(settings, 'shape', 'sonde'))) return 'The form of the message is unknown.';
  return addressFault(address) ?? headersFault(settings) ?? proxyFault(textOf(settings, 'proxy'));
}

/**
 * `t=SECONDS,v1=HEX`: HMAC-SHA-256 under the secret over the seconds since 1970, a full stop and the body's bytes. The
 * time is within what is signed, so that a message that was overheard cannot be repeated later.
 */
export function signature(secret: string, seconds: number, body: string): string {
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`, 'utf8').digest('hex');
  return `t=${seconds},v1=${digest}`;
}

/** Discord says in its body how long to wait, in seconds. */
function pauseOf({ status, text }: Reply): { pause?: number } {
  if (status !== 429) return {};
  const seconds = /"retry_after"\s*:\s*(\d{1,6}(?:\.\d{1,6})?)/.exec(text)?.[1];
  return seconds === undefined ? {} : { pause: Math.ceil(Number(seconds) * 1000) };
}

async function send(alert: Alert, settings: ChannelSettings, context: SendContext): Promise<Answer> {
  unfaulted(fault(settings));
  const shape = SHAPES.find(({ id }) => id === textOf(settings, 'shape', 'sonde'));
  const body = JSON.stringify(shape?.body(alert));
  const secret = textOf(settings, 'signingSecret');
  const seconds = Math.floor(context.now() / 1000);
  const headers = {
    ...headersOf(settings),
    'Content-Type': 'application/json',
    'Idempotency-Key': alert.key,
    ...(secret === '' ? {} : { 'Sonde-Signature': signature(secret, seconds, body) }),
  };
  const reply = await ask({ url: addressOf(settings), method: 'POST', headers, body }, settings, context);
  return judged(reply, { secrets: secretsOf(settings, FIELDS), now: context.now(), ...pauseOf(reply) });
}

export const webhook: ChannelKind = {
  id: 'webhook',
  title: 'Webhook',
  hint: 'A message to a web address: your own server, Slack, Microsoft Teams or Discord.',
  fields: FIELDS,
  fault,
  send,
};

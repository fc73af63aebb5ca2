/** Short messages through whatever gateway one has: a request whose address and body are a template. */
import { addressFault } from '../http/request.ts';
import { judged } from '../http/verdict.ts';
import { shorten } from '../http/words.ts';
import { proxyFault } from '../http/proxy.ts';
import {
  DeliveryError,
  type Alert,
  type Answer,
  type ChannelKind,
  type ChannelSettings,
  type Field,
  type SendContext,
} from '../types.ts';
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
  textField,
} from './common/fields.ts';
import { headersFault, headersOf } from './common/headers.ts';
import { linesOf, numberOf, secretsOf, textOf } from './common/settings.ts';
import { headline } from './common/summary.ts';
import { escapeFor, filled, PLACEHOLDERS, placeholderFault, type Escape, type Values } from './common/template.ts';

/** Two messages of GSM's 7 bits joined to one. */
const LENGTH = 306;
const METHODS = ['POST', 'PUT', 'GET'] as const;
type Method = (typeof METHODS)[number];
type Form = 'json' | 'form' | 'text';
const TYPES: Readonly<Record<Form, string>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain; charset=utf-8',
};

const FIELDS: readonly Field[] = [
  addressField('url', 'Address of the gateway', {
    help: `May hold placeholders after the host: ${PLACEHOLDERS.map((name) => `{{${name}}}`).join(' ')}.`,
    required: true,
  }),
  choice('method', 'Method', 'POST', METHODS),
  choice('form', 'Form of the body', 'json', {
    json: 'JSON',
    form: 'Form (name=value&…)',
    text: 'Plain text',
  }),
  {
    name: 'body',
    label: 'Body',
    help: 'With placeholders, for example {"to": "{{to}}", "text": "{{message}}"}.',
    type: 'lines',
    maxLength: 8192,
  },
  textField('to', 'Number', 200, { help: 'What {{to}} stands for.' }),
  secretField('secret', 'Key of the gateway', 1024, { help: 'What {{secret}} stands for.' }),
  AUTHORIZATION,
  HEADERS,
  {
    name: 'length',
    label: 'Longest message',
    help: 'Characters of {{message}}.',
    type: 'number',
    default: LENGTH,
    min: 20,
    max: 1600,
  },
  {
    name: 'expect',
    label: 'Word of success',
    help: 'Where the gateway answers errors as if they were none: what its answer holds when it took the message.',
    type: 'text',
    maxLength: 200,
  },
  ...PROXY,
  CA_FILE,
  ALLOW_PRIVATE,
];

const methodOf = (settings: ChannelSettings): Method =>
  METHODS.find((method) => method === textOf(settings, 'method')) ?? 'POST';

const formOf = (settings: ChannelSettings): Form => {
  const form = textOf(settings, 'form', 'json');
  return form === 'form' || form === 'text' ? form : 'json';
};

/** Two fillings with nothing in common: what differs between them is not fixed by the template. */
const SAMPLES: readonly Values[] = ['a', '"\\\n&=/#@ b'].map(
  (text) => Object.fromEntries(PLACEHOLDERS.map((name) => [name, text])) as unknown as Values,
);

function templateFault(settings: ChannelSettings): string | null {
  const body = linesOf(settings, 'body').join('\n');
  const url = textOf(settings, 'url');
  const unknown = placeholderFault(url) ?? placeholderFault(body);
  if (unknown !== null) return unknown;
  const addresses = SAMPLES.map((values) => filled(url, values, escapeFor('form')));
  const fault = addressFault(addresses[0] ?? '');
  if (fault !== null) return fault;
  if (new Set(addresses.map((address) => (URL.canParse(address) ? new URL(address).origin : ''))).size !== 1)
    return 'Placeholders may stand after the host only.';
  if (methodOf(settings) === 'GET') return body === '' ? null : 'A GET has no body: put the message into the address.';
  if (body === '') return 'Enter a body.';
  if (formOf(settings) !== 'json') return null;
  const texts = SAMPLES.map((values) => filled(body, values, escapeFor('json')));
  return texts.every(isJson) ? null : 'The body is not JSON: placeholders stand within quotation marks.';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const fault = (settings: ChannelSettings): string | null =>
  templateFault(settings) ?? headersFault(settings) ?? proxyFault(textOf(settings, 'proxy'));

function valuesOf(alert: Alert, settings: ChannelSettings): Values {
  const message = [headline(alert), alert.text].filter(Boolean).join('. ').replace(/\s+/g, ' ');
  return {
    message: shorten(message, numberOf(settings, 'length', LENGTH)),
    title: alert.title,
    text: alert.text,
    severity: alert.severity,
    reason: alert.reason,
    sensor: alert.sensor,
    key: alert.key,
    at: alert.at,
    to: textOf(settings, 'to'),
    secret: textOf(settings, 'secret'),
  };
}

async function send(alert: Alert, settings: ChannelSettings, context: SendContext): Promise<Answer> {
  unfaulted(fault(settings));
  const values = valuesOf(alert, settings);
  const [method, form] = [methodOf(settings), formOf(settings)];
  const escape: Escape = escapeFor(form);
  const url = filled(textOf(settings, 'url'), values, escapeFor('form'));
  const body = method === 'GET' ? {} : { body: filled(linesOf(settings, 'body').join('\n'), values, escape) };
  const type = method === 'GET' ? {} : { 'Content-Type': TYPES[form] };
  const headers = { ...type, ...headersOf(settings), 'Idempotency-Key': alert.key };
  const reply = await ask({ url, method, headers, ...body }, settings, context);
  const answer = judged(reply, { secrets: secretsOf(settings, FIELDS), now: context.now() });
  const expected = textOf(settings, 'expect');
  if (reply.text.includes(expected)) return answer;
  throw new DeliveryError(`the gateway did not take it: ${answer.words}`, true);
}

export const sms: ChannelKind = {
  id: 'sms',
  title: 'SMS',
  hint: 'Text messages through the web address of a gateway.',
  fields: FIELDS,
  fault,
  send,
};

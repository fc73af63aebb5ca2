/** A bot of Telegram writes to a chat (core.telegram.org/bots/api: sendMessage, sendDocument). */
import { proxyFault } from '../http/proxy.ts';
import { addressFault, type Reply } from '../http/request.ts';
import { judged } from '../http/verdict.ts';
import { shorten } from '../http/words.ts';
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
import { addressField, ALLOW_PRIVATE, CA_FILE, PROXY, secretField, textField } from './common/fields.ts';
import { multipart } from './common/multipart.ts';
import { numberOf, secretsOf, switchOf, textOf } from './common/settings.ts';
import { messageText } from './common/summary.ts';

/** Characters of a message, and of the text below a file. */
const TEXT_MAX = 4096;
const CAPTION_MAX = 1024;
const API = 'https://api.telegram.org';

const FIELDS: readonly Field[] = [
  secretField('token', 'Token of the bot', 256, { help: 'BotFather gives it when the bot is made.', required: true }),
  textField('chat', 'Chat', 64, {
    help: 'The number of the chat, or @name of a channel. The bot must be in it.',
    required: true,
  }),
  { name: 'thread', label: 'Topic', help: 'Number of a topic in a group with topics.', type: 'number', min: 1 },
  { name: 'silent', label: 'Without a sound', type: 'switch', default: false },
  addressField('api', 'Server', { help: 'Of the Bot API, where it is not Telegram’s own.', default: API }),
  ...PROXY,
  CA_FILE,
  ALLOW_PRIVATE,
];

function fault(settings: ChannelSettings): string | null {
  if (!/^\d{3,20}:[\w-]{20,200}$/.test(textOf(settings, 'token')))
    return 'The token is a number, a colon and a row of letters, as BotFather gives it.';
  if (!/^(-?\d{1,20}|@\w{4,60})$/.test(textOf(settings, 'chat')))
    return 'The chat is a number such as -1001234567890, or @name.';
  const server = textOf(settings, 'api', API);
  if (URL.canParse(server) && new URL(server).search !== '') return 'The server’s address has no question mark.';
  return addressFault(server) ?? proxyFault(textOf(settings, 'proxy'));
}

interface Said {
  ok?: boolean;
  description?: string;
  result?: { message_id?: number };
  parameters?: { retry_after?: number };
}

function parsed({ text }: Reply): Said {
  try {
    const said: unknown = JSON.parse(text);
    return typeof said === 'object' && said !== null ? said : {};
  } catch {
    return {};
  }
}

/** @throws DeliveryError */
function answerOf(reply: Reply, settings: ChannelSettings, now: number): Answer {
  const said = parsed(reply);
  const seconds = said.parameters?.retry_after;
  const pause = typeof seconds === 'number' && seconds >= 0 ? { pause: Math.min(seconds, 86_400) * 1000 } : {};
  const words = typeof said.description === 'string' ? said.description : reply.text;
  const number = said.result?.message_id;
  const done = typeof number === 'number' ? `ok, message ${number}` : words;
  const text = said.ok === true ? done : words;
  const answer = judged({ ...reply, text }, { secrets: secretsOf(settings, FIELDS), now, ...pause });
  // What accepts without saying so is another kind of server.
  if (said.ok === true || !reply.whole) return answer;
  throw new DeliveryError(`not an answer of a Bot API: ${answer.words}`, false);
}

const where = (settings: ChannelSettings): Record<string, string | number | boolean> => ({
  chat_id: textOf(settings, 'chat'),
  ...(numberOf(settings, 'thread', 0) > 0 ? { message_thread_id: numberOf(settings, 'thread', 0) } : {}),
  ...(switchOf(settings, 'silent') ? { disable_notification: true } : {}),
});

async function call(
  method: string,
  content: { type: string; body: string | Uint8Array },
  settings: ChannelSettings,
  context: SendContext,
): Promise<Answer> {
  const base = textOf(settings, 'api', API).replace(/\/+$/, '');
  const url = `${base}/bot${textOf(settings, 'token')}/${method}`;
  const headers = { 'Content-Type': content.type };
  const reply = await ask({ url, method: 'POST', headers, body: content.body }, settings, context);
  return answerOf(reply, settings, context.now());
}

/** The first file carries the text, so that one file is one request; a repetition repeats all. */
async function send(alert: Alert, settings: ChannelSettings, context: SendContext): Promise<Answer> {
  unfaulted(fault(settings));
  const [first, ...others] = alert.attachments ?? [];
  if (!first) {
    const text = messageText(alert, TEXT_MAX);
    const body = JSON.stringify({ ...where(settings), text, link_preview_options: { is_disabled: true } });
    return call('sendMessage', { type: 'application/json', body }, settings, context);
  }
  const caption = shorten(messageText(alert, TEXT_MAX), CAPTION_MAX);
  let answer = await call(
    'sendDocument',
    multipart({ ...where(settings), caption }, 'document', first),
    settings,
    context,
  );
  for (const each of others)
    answer = await call('sendDocument', multipart(where(settings), 'document', each), settings, context);
  return answer;
}

export const telegram: ChannelKind = {
  id: 'telegram',
  title: 'Telegram',
  hint: 'A bot of yours writes to a chat, a group or a channel.',
  fields: FIELDS,
  attaches: true,
  fault,
  send,
};

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { telegram } from '../../../src-main/keep/alerts/channels/telegram.ts';
import type { Alert, ChannelSettings } from '../../../src-main/keep/alerts/types.ts';
import { ALERT, nasty, within } from '../../unit/alerts/channels-example.ts';
import { web, type Handler, type Web } from './channels-servers.ts';

const TOKEN = '123456:ABCdefGHIjklMNOpqrSTUvwxYZ012345678';
let server: Web;
let answer: Handler;
let messages = 0;

const json = (status: number, value: object): Handler => {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(value));
  };
};

/** As the Bot API answers: by token, method and what is in the request. */
const double: Handler = (request, response, socket) => {
  const [, token, method] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url) ?? [];
  const says = (status: number, value: object): void => json(status, value)(request, response, socket);
  const no = (status: number, description: string): void =>
    says(status, { ok: false, error_code: status, description });
  if (token !== TOKEN) return no(401, 'Unauthorized');
  const text = request.body.toString('utf8');
  if (method === 'sendMessage') {
    const given = JSON.parse(text) as { chat_id?: string; text?: string };
    if (given.chat_id !== '-1001') return no(400, 'Bad Request: chat not found');
    if ((given.text?.length ?? 0) === 0) return no(400, 'Bad Request: message text is empty');
    if ((given.text?.length ?? 0) > 4096) return no(400, 'Bad Request: message is too long');
  } else if (method !== 'sendDocument') return no(404, 'Not Found');
  messages++;
  says(200, { ok: true, result: { message_id: messages, chat: { id: -1001 } } });
};

beforeAll(async () => {
  server = await web((request, response, socket) => answer(request, response, socket));
});
afterAll(() => server.close());
beforeEach(() => {
  answer = double;
  messages = 0;
  server.seen.length = 0;
});

const settings = (more: ChannelSettings = {}): ChannelSettings => ({
  token: TOKEN,
  chat: '-1001',
  api: `http://127.0.0.1:${server.port}/`,
  allowPrivate: true,
  ...more,
});
const send = (alert: Alert, more?: ChannelSettings): Promise<{ words: string }> =>
  telegram.send(alert, settings(more), within());
const failure = (more?: ChannelSettings): Promise<unknown> => send(ALERT, more).catch((error: unknown) => error);
const body = (index = 0): Record<string, unknown> =>
  JSON.parse(server.seen[index]?.body.toString('utf8') ?? '{}') as Record<string, unknown>;

describe('a bot of Telegram', { timeout: 60_000 }, () => {
  it('writes plain text to the chat, without previews of links', async () => {
    expect(await send(ALERT, { thread: 7, silent: true })).toEqual({ words: '200 ok, message 1' });
    expect(body()).toEqual({
      chat_id: '-1001',
      message_thread_id: 7,
      disable_notification: true,
      link_preview_options: { is_disabled: true },
      text: expect.stringMatching(/^Critical: Password guessing against 10\.0\.0\.5\n\nNine logins failed/),
    });
  });

  it('writes what is too long in what fits', async () => {
    await send(nasty());
    expect(String(body()['text']).length).toBeLessThanOrEqual(4096);
    expect(body()['parse_mode']).toBeUndefined();
  });

  it('waits as long as it is told to', async () => {
    const description = 'Too Many Requests: retry after 35';
    answer = json(429, { ok: false, error_code: 429, description, parameters: { retry_after: 35 } });
    expect(await failure()).toMatchObject({ retry: true, retryAfterMs: 35_000, message: `429 ${description}` });
  });

  it('gives up where the token or the chat is wrong, and says so without the token', async () => {
    const other = '999999:ABCdefGHIjklMNOpqrSTUvwxYZ012345678';
    expect(await failure({ token: other })).toMatchObject({ retry: false, message: '401 Unauthorized' });
    expect(await failure({ chat: '-2' })).toMatchObject({ retry: false, message: '400 Bad Request: chat not found' });
    answer = (request, response, socket) =>
      json(502, { ok: false, description: `no way to ${request.url}` })(request, response, socket);
    const error = (await failure()) as Error;
    expect(error).toMatchObject({ retry: true });
    expect(error.message + String(error.stack)).not.toContain('ABCdefGHI');
  });

  it('is not taken in by a server that is none of Telegram', async () => {
    answer = (_request, response) => void response.writeHead(200).end('<html>welcome</html>');
    expect(await failure()).toMatchObject({
      retry: false,
      message: expect.stringContaining('not an answer of a Bot API'),
    });
    answer = (_request, response) => void response.writeHead(200).end('[1]');
    expect(await failure()).toMatchObject({ retry: false });
  });

  it('sends a report as one request, its text below the file', async () => {
    const data = Buffer.from([0, 1, 2, 255, 13, 10, 45, 45]);
    const file = { name: 'week.pdf', type: 'application/pdf', data };
    await send({ ...ALERT, reason: 'report', attachments: [file] });
    expect(server.seen).toHaveLength(1);
    const [seen] = server.seen;
    expect(seen?.url).toBe(`/bot${TOKEN}/sendDocument`);
    // As another program reads it.
    const type = String(seen?.headers['content-type']);
    const form = await new Response(new Uint8Array(seen?.body ?? []), { headers: { 'Content-Type': type } }).formData();
    expect(form.get('chat_id')).toBe('-1001');
    expect(form.get('caption') as string).toMatch(/^Password guessing against /);
    const sent = form.get('document') as File;
    expect([sent.name, sent.type]).toEqual(['week.pdf', 'application/pdf']);
    expect(Buffer.from(await sent.arrayBuffer()).equals(data)).toBe(true);
  });

  it('sends several files after one another', async () => {
    const file = (name: string): { name: string; type: string; data: Uint8Array } => ({
      name,
      type: 'text/html',
      data: Buffer.from(name),
    });
    expect(await send({ ...ALERT, attachments: [file('a.html'), file('b.html')] })).toEqual({
      words: '200 ok, message 2',
    });
    expect(server.seen).toHaveLength(2);
    expect(server.seen[1]?.body.toString('utf8')).not.toContain('name="caption"');
  });
});

import { describe, expect, it } from 'vitest';
import { command } from '../../../src-main/keep/alerts/channels/command.ts';
import {
  escapeFor,
  filled,
  placeholderFault,
  type Values,
} from '../../../src-main/keep/alerts/channels/common/template.ts';
import { secretsOf } from '../../../src-main/keep/alerts/channels/common/settings.ts';
import { email } from '../../../src-main/keep/alerts/channels/email.ts';
import { CHANNEL_KINDS, channelKind } from '../../../src-main/keep/alerts/channels/registry.ts';
import { sms } from '../../../src-main/keep/alerts/channels/sms.ts';
import { syslog } from '../../../src-main/keep/alerts/channels/syslog.ts';
import { telegram } from '../../../src-main/keep/alerts/channels/telegram.ts';
import { webhook } from '../../../src-main/keep/alerts/channels/webhook.ts';
import type { ChannelKind, ChannelSettings } from '../../../src-main/keep/alerts/types.ts';
import { ALERT, within } from './channels-example.ts';

const TOKEN = '123456:ABCdefGHIjklMNOpqrSTUvwxYZ012345678';
const SOUND: Readonly<Record<string, ChannelSettings>> = {
  webhook: { url: 'https://example.com/hook' },
  telegram: { token: TOKEN, chat: '-1001234567890' },
  email: { host: 'mail.example.com', from: 'sonde@example.com', to: ['a@example.com'] },
  syslog: { host: 'log.example.com' },
  sms: { url: 'https://sms.example.com/send', body: ['{"text": "{{message}}"}'] },
  command: { allowCommand: true, program: '/usr/bin/true' },
  desktop: {},
};

describe('kinds of channels', () => {
  it('are found by their ids', () => {
    expect(CHANNEL_KINDS.map(({ id }) => id).sort()).toEqual(Object.keys(SOUND).sort());
    for (const kind of CHANNEL_KINDS) expect(channelKind(kind.id)).toBe(kind);
    expect(channelKind('__proto__')).toBeUndefined();
  });

  it.each(CHANNEL_KINDS)('$id: fields that a form can be drawn from', ({ fields }) => {
    expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length);
    for (const field of fields) {
      expect(field.name).toMatch(/^[a-z][A-Za-z]{0,39}$/);
      expect(field.label).not.toBe('');
      const choices = (field.options ?? []).map(({ value }) => value);
      expect(field.type === 'choice').toBe(choices.length > 0);
      if (field.type === 'choice') expect(choices).toContain(field.default);
      if (field.type === 'secret') expect(field.default).toBeUndefined();
      if (['text', 'secret', 'url', 'host', 'lines', 'headers'].includes(field.type))
        expect(field.maxLength).toBeGreaterThan(0);
    }
  });

  it.each(CHANNEL_KINDS)('$id: is content with the least it needs', (kind) => {
    expect(kind.fault?.(SOUND[kind.id]!) ?? null).toBeNull();
  });

  it.each(CHANNEL_KINDS.filter(({ id }) => id !== 'desktop'))(
    '$id: sends nothing with settings that are wrong',
    async (kind) => {
      await expect(kind.send(ALERT, {}, within())).rejects.toMatchObject({ name: 'DeliveryError', retry: false });
    },
  );

  it('allow nothing of their own accord', () => {
    const allowing = CHANNEL_KINDS.flatMap(({ fields }) => fields).filter(({ name }) => name.startsWith('allow'));
    expect(allowing.length).toBeGreaterThan(4);
    for (const field of allowing) expect(field.default).toBe(false);
  });
});

describe('what settings are told to be wrong', () => {
  const told = (kind: ChannelKind, more: ChannelSettings): string => kind.fault?.({ ...SOUND[kind.id], ...more }) ?? '';

  it.each<[ChannelKind, ChannelSettings, string]>([
    [webhook, { url: 'ftp://x' }, 'https://'],
    [webhook, { urlSecret: 'https://example.com/s' }, 'not both'],
    [webhook, { url: '' }, 'Enter an address'],
    [webhook, { shape: 'irc' }, 'unknown'],
    [webhook, { headers: ['X-A: b', 'nonsense'] }, 'Header 2'],
    [webhook, { headers: ['X-A: b\r\nX-B: c'] }, 'Header 1'],
    [webhook, { headers: ['authorization: Basic abc'] }, 'secret'],
    [webhook, { headers: ['Content-Length: 3'] }, 'set by Sonde'],
    [webhook, { authorization: 'Bearer x\r\ny: z' }, 'characters'],
    [webhook, { proxy: 'socks5://x' }, 'proxy'],
    [telegram, { token: 'abc' }, 'BotFather'],
    [telegram, { token: `${TOKEN}/../x` }, 'BotFather'],
    [telegram, { chat: 'me' }, 'chat'],
    [telegram, { api: 'https://x/?a=b' }, 'question mark'],
    [email, { host: 'a b' }, 'mail server'],
    [email, { from: 'Sonde <a@example.com>' }, 'one address'],
    [email, { to: ['a@example.com', 'b@example.com\r\nBcc: c@example.com'] }, 'Recipient 2'],
    [email, { to: [] }, 'recipients'],
    [email, { to: Array.from({ length: 51 }, () => 'a@example.com') }, '50'],
    [email, { user: 'a', password: 'b', security: 'none' }, 'without encryption'],
    [email, { user: 'a' }, 'both'],
    [syslog, { host: 'a/b' }, 'log server'],
    [syslog, { body: 'xml' }, 'unknown'],
    [syslog, { facility: 'toString' }, 'unknown'],
    [sms, { body: ['{"text": {{message}}}'] }, 'quotation marks'],
    [sms, { body: ['{"text": "{{nmber}}"}'] }, 'nmber'],
    [sms, { url: 'https://{{to}}.example.com/' }, 'after the host'],
    [sms, { url: 'https://sms.example.com:{{to}}/' }, 'address'],
    [sms, { url: 'https://{{secret}}@sms.example.com/' }, 'address'],
    [sms, { method: 'GET' }, 'no body'],
    [sms, { body: [] }, 'Enter a body'],
    [command, { allowCommand: false }, 'allow'],
    [command, { program: 'true' }, 'full path'],
    [command, { arguments: ['a\0b'] }, 'zero'],
  ])('$id %#', (kind, more, words) => expect(told(kind, more)).toContain(words));

  it('never repeats a secret', () => {
    const secrets = {
      urlSecret: 'nonsense-secret-1',
      authorization: 'nonsense-secret-2\n',
      token: 'nonsense-secret-3',
    };
    for (const kind of CHANNEL_KINDS) expect(told(kind, { ...secrets, url: '' })).not.toContain('nonsense-secret');
  });
});

describe('secrets of settings', () => {
  it('are known with the parts of them that are as secret', () => {
    const settings = {
      urlSecret: 'https://hooks.example.com/services/T0000/abcdefghijkl?k=v12345',
      authorization: 'Bearer tok-en',
    };
    const found = secretsOf(settings, webhook.fields);
    for (const part of ['abcdefghijkl', 'v12345', 'tok-en', '/services/T0000/abcdefghijkl'])
      expect(found).toContain(part);
    expect(found).not.toContain('services');
  });
});

describe('templates', () => {
  const values = { message: '"\\\n{{secret}}', to: '+41 & 7', secret: 's' } as unknown as Values;
  it('escape for where values go, and read a value never again', () => {
    expect(filled('{"a": "{{message}}"}', values, escapeFor('json'))).toBe('{"a": "\\"\\\\\\n{{secret}}"}');
    expect(filled('to={{ to }}&x=1', values, escapeFor('form'))).toBe('to=%2B41%20%26%207&x=1');
    expect(filled('{{to}}', values, escapeFor('text'))).toBe('+41 & 7');
  });
  it('survive halves of characters', () => {
    expect(filled('{{to}}', { ...values, to: 'a\ud83d' }, escapeFor('form'))).toBe('a%EF%BF%BD');
    expect(JSON.parse(`"${filled('{{to}}', { ...values, to: 'a\ud83d' }, escapeFor('json'))}"`)).toBe('a\ufffd');
  });
  it('name what they do not know', () => {
    expect(placeholderFault('{{message}} {{constructor}}')).toContain('{{constructor}}');
    expect(placeholderFault('{message} }} {{')).toBeNull();
  });
});

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { alertJson, shortJson } from '../../../src-main/keep/alerts/channels/common/body.ts';
import { letterOf } from '../../../src-main/keep/alerts/channels/common/mail.ts';
import { multipart } from '../../../src-main/keep/alerts/channels/common/multipart.ts';
import { messageText } from '../../../src-main/keep/alerts/channels/common/summary.ts';
import { discordBody } from '../../../src-main/keep/alerts/channels/shapes/discord.ts';
import { slackBody } from '../../../src-main/keep/alerts/channels/shapes/slack.ts';
import { teamsBody } from '../../../src-main/keep/alerts/channels/shapes/teams.ts';
import { cefBody } from '../../../src-main/keep/alerts/channels/syslog/cef.ts';
import { leefBody } from '../../../src-main/keep/alerts/channels/syslog/leef.ts';
import { BODIES, counted, syslogMessage } from '../../../src-main/keep/alerts/channels/syslog/message.ts';
import { signature } from '../../../src-main/keep/alerts/channels/webhook.ts';
import type { Alert } from '../../../src-main/keep/alerts/types.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { VERSION } from '../../../src-shared/version.ts';
import { ALERT, DIGEST, INCIDENT, NASTY, nasty } from './channels-example.ts';

const schema = JSON.parse(readFileSync(resourcePath('schemas', 'sonde.alert-1.schema.json'), 'utf8')) as object;
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
(addFormats as unknown as (target: Ajv) => void)(ajv);
const validate = ajv.compile(schema);
const faults = (text: string): unknown => (validate(JSON.parse(text)) ? [] : validate.errors);
const bytes = (text: string): number => Buffer.byteLength(text);
const REPORT: Alert = {
  ...ALERT,
  reason: 'report',
  attachments: [{ name: 'week.html', type: 'text/html', data: Buffer.from('<p>week</p>') }],
};

describe('the JSON of an alert', () => {
  it.each([
    ['an incident', ALERT],
    ['a digest', DIGEST],
    ['a report', REPORT],
    ['the worst', nasty()],
  ])('of %s follows its schema', (_name, alert) => expect(faults(alertJson(alert))).toEqual([]));

  it('has an end: what the schema does not know is told', () => {
    expect(validate({ ...ALERT, more: 1 })).toBe(false);
    expect(validate({ ...ALERT, incident: { ...INCIDENT, uid: 'x' } })).toBe(false);
  });

  it('names attachments without their content', () => {
    expect(JSON.parse(alertJson(REPORT))).toMatchObject({
      attachments: [{ name: 'week.html', type: 'text/html', bytes: 11 }],
    });
  });

  it.each([1024, 2048, 4096, 8192, 65_000])('fits into %i bytes and still follows the schema', (max) => {
    for (const alert of [ALERT, DIGEST, nasty(), { ...nasty(50_000), sensor: 'office' }]) {
      const text = shortJson(alert, max);
      expect(bytes(text)).toBeLessThanOrEqual(max);
      expect(faults(text)).toEqual([]);
    }
  });

  it.each([
    ['halves of characters', '\ud83d'],
    ['control characters', '\u0001'],
    ['quotation marks', '"'],
  ])('fits where its texts are %s, in a message of syslog too', (_name, unit) => {
    const long = unit.repeat(2000);
    const bad = { ...nasty(), sensor: long, title: long, text: long };
    const alerts = [bad, { ...DIGEST, sensor: long, title: long, text: long }];
    const json = BODIES.find(({ id }) => id === 'json');
    if (!json) throw new Error('there is no JSON');
    for (const alert of alerts) {
      const text = shortJson(alert, 620);
      expect(bytes(text)).toBeLessThanOrEqual(620);
      expect(faults(text)).toEqual([]);
      expect(syslogMessage(alert, json, 20, 1024).length).toBeLessThanOrEqual(1024);
    }
  });

  it('loses nothing where there is room', () => expect(shortJson(ALERT, 65_000)).toBe(alertJson(ALERT)));

  it('keeps totals when lists are cut', () => {
    const cut = JSON.parse(shortJson(nasty(200), 4096)) as Alert;
    expect(cut.incident?.sources.length).toBeLessThan(1000);
    expect(cut.incident?.sourcesTotal).toBe(5000);
  });
});

describe('a signature', () => {
  it('is HMAC-SHA-256 over the time, a full stop and the body', () => {
    const expected = createHmac('sha256', 'whsec').update('1773134531.{"a":"é"}').digest('hex');
    expect(signature('whsec', 1_773_134_531, '{"a":"é"}')).toBe(`t=1773134531,v1=${expected}`);
  });
});

interface Text {
  text: string;
}
describe('the shape of Slack', () => {
  const of = (alert: Alert): { text: string; blocks: { type: string; text?: Text; fields?: Text[] }[] } =>
    slackBody(alert) as never;
  it('has a header, a text and the facts', () => {
    const { text, blocks } = of(ALERT);
    expect(text).toBe('Critical: Password guessing against 10.0.0.5');
    expect(blocks.map(({ type }) => type)).toEqual(['header', 'section', 'section']);
    expect(blocks[2]?.fields?.map(({ text }) => text)).toContain('From: 203.0.113.9');
  });
  it('stays within its limits, and nothing in it is a link or a mention', () => {
    const { text, blocks } = of(nasty());
    expect(text.length).toBeLessThanOrEqual(3000);
    expect(text).not.toMatch(/<|>|&(?!amp;|lt;|gt;)/);
    expect(blocks[0]?.text?.text.length).toBeLessThanOrEqual(150);
    expect(blocks[1]?.text?.text.length).toBeLessThanOrEqual(3000);
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const { fields = [], text } of blocks) {
      expect(fields.length).toBeLessThanOrEqual(10);
      for (const each of [...fields, ...(text ? [text] : [])]) {
        expect(each).toMatchObject({ type: 'plain_text' });
        expect(each.text.length).toBeLessThanOrEqual(3000);
      }
      for (const each of fields) expect(each.text.length).toBeLessThanOrEqual(2000);
    }
  });
});

describe('the shape of Teams', () => {
  it('is an Adaptive Card in a message', () => {
    expect(teamsBody(ALERT)).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: { type: 'AdaptiveCard', version: '1.4', body: [{ type: 'TextBlock', color: 'Attention' }, {}, {}] },
        },
      ],
    });
  });
  it('stays below 28 KiB, and names of others are no links', () => {
    const text = JSON.stringify(teamsBody(nasty()));
    expect(bytes(text)).toBeLessThan(28 * 1024);
    expect(text).not.toMatch(/[^\\]\]\(http/);
    expect(
      bytes(JSON.stringify(teamsBody({ ...nasty(), title: '漢'.repeat(9999), text: '漢'.repeat(9999) }))),
    ).toBeLessThan(28 * 1024);
  });
});

describe('the shape of Discord', () => {
  interface Embed {
    title: string;
    description: string;
    fields: { name: string; value: string }[];
    footer: Text;
  }
  const of = (alert: Alert): { allowed_mentions: unknown; embeds: Embed[] } => discordBody(alert) as never;
  it('mentions nobody', () => expect(of(ALERT).allowed_mentions).toEqual({ parse: [] }));
  it.each([ALERT, DIGEST, nasty(), { ...nasty(), title: '*'.repeat(999), text: '*'.repeat(9999) }])(
    'stays within its limits (%#)',
    (alert) => {
      const [embed, ...others] = of(alert).embeds;
      expect(others).toEqual([]);
      if (!embed) throw new Error('no embed');
      const { title, description, fields, footer } = embed;
      expect(title.length).toBeLessThanOrEqual(256);
      expect(description.length).toBeLessThanOrEqual(4096);
      expect(fields.length).toBeLessThanOrEqual(25);
      for (const { name, value } of fields) {
        expect(name.length).toBeLessThanOrEqual(256);
        expect(value.length).toBeLessThanOrEqual(1024);
        expect(name.length * value.length).toBeGreaterThan(0);
      }
      const all = [title, description, footer.text, ...fields.flatMap(({ name, value }) => [name, value])];
      expect(all.join('').length).toBeLessThanOrEqual(6000);
    },
  );
});

describe('CEF', () => {
  it('is what the format asks for, to the letter', () => {
    const name = 'Password guessing against 10.0.0.5';
    expect(cefBody(ALERT, 2000)).toBe(
      `CEF:0|Sonde|Sonde|${VERSION}|brute-force|${name}|9|rt=1773134531250 start=1773134520000 end=1773134530500 ` +
        'src=203.0.113.9 dst=10.0.0.5 dpt=22 cat=brute-force reason=opened externalId=key-0001 dvchost=office cnt=9 ' +
        `cs1=${INCIDENT.uid} cs1Label=incident cn1=1 cn1Label=sources cn2=2 cn2Label=targets ` +
        'msg=Nine logins failed within ten seconds.',
    );
  });
  it('escapes bars and backslashes in its head, equals signs, backslashes and line ends in values', () => {
    const title = 'a|b\\c=d\ne';
    const body = cefBody({ ...ALERT, title, incident: { ...INCIDENT, summary: 'k=v \\ |\r\nnext' } }, 4000);
    expect(body).toContain('|a\\|b\\\\c=d?e|9|');
    expect(body.endsWith('msg=k\\=v \\\\ |\\nnext')).toBe(true);
  });
  it('names IPv6 addresses in the fields that are for them', () => {
    const body = cefBody({ ...ALERT, incident: { ...INCIDENT, sources: ['2001:db8::1'] } }, 4000);
    expect(body).toContain('c6a2=2001:db8::1 c6a2Label=Source IPv6 Address dst=10.0.0.5');
    expect(body).not.toContain(' src=');
  });
  it('can be taken apart again, whatever is in it', () => {
    const head = cefBody(nasty(), 8000);
    const parts = head.split(/(?<!\\)(?:\\\\)*\|/);
    expect(parts.length).toBeGreaterThanOrEqual(8);
    const extension = parts.slice(7).join('|');
    // Each unescaped equals sign ends one of our own names.
    const names = [...extension.matchAll(/(?:^| )(\w+)(?<!\\)=/g)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('externalId');
    expect(head).not.toMatch(/[\n\r\u0000\u001b]/);
  });
});

describe('LEEF', () => {
  it('is what the format asks for, to the letter', () => {
    expect(leefBody(ALERT, 2000)).toBe(
      `LEEF:2.0|Sonde|Sonde|${VERSION}|brute-force|^|devTime=1773134531250^cat=brute-force^sev=9^src=203.0.113.9^dst=10.0.0.5` +
        `^dstPort=22^reason=opened^key=key-0001^sensor=office^incident=${INCIDENT.uid}^sources=1^targets=2` +
        '^start=1773134520000^end=1773134530500^title=Password guessing against 10.0.0.5' +
        '^msg=Nine logins failed within ten seconds.',
    );
  });
  it('has no delimiter but its own, and one line', () => {
    const body = leefBody(nasty(), 8000);
    const [version, , , , , delimiter, ...attributes] = body.split('|');
    expect([version, delimiter]).toEqual(['LEEF:2.0', '^']);
    const names = attributes
      .join('|')
      .split('^')
      .map((each) => each.split('=', 1)[0]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['devTime', 'sev', 'key', 'msg']));
    expect(body).not.toMatch(/[\n\r\u0000]/);
  });
});

describe('a message of syslog', () => {
  const of = (alert: Alert, id: string, max = 8192): string =>
    syslogMessage(
      alert,
      BODIES.find((body) => body.id === id)!,
      20,
      max,
    ).toString('utf8');

  it('has the head of RFC 5424', () => {
    expect(of(ALERT, 'text')).toBe(
      `<162>1 2026-03-10T09:22:11.250Z office sonde - opened [origin software="Sonde" swVersion="${VERSION}"] \ufeff` +
        'Critical: Password guessing against 10.0.0.5 | Nine logins failed within ten seconds. From: 203.0.113.9 [key key-0001]',
    );
    expect(of({ ...ALERT, severity: 'info' }, 'json')).toMatch(/^<166>1 /);
    expect(of({ ...ALERT, severity: 'warning' }, 'cef')).toMatch(/^<164>1 .* CEF:0\|/);
  });
  it('lets no sensor, reason or time break that head', () => {
    const message = of({ ...nasty(), sensor: 'my office\n<1>', at: 'yesterday' }, 'text');
    expect(message).toMatch(/^<162>1 - my-office-<1> sonde - opened \[origin /);
    expect(of({ ...ALERT, sensor: '' }, 'text')).toMatch(/^<162>1 \S+ - sonde - opened /);
  });
  it.each(BODIES.map(({ id }) => id))('as %s fits into what a receiver takes, and has one line', (id) => {
    for (const max of [1024, 2048, 8192]) {
      for (const alert of [ALERT, DIGEST, nasty(), { ...nasty(), title: '漢'.repeat(999) }]) {
        const message = of(alert, id, max);
        expect(bytes(message)).toBeLessThanOrEqual(max);
        expect(message).not.toMatch(/[\n\r]/);
        expect(message).toContain(alert.key);
      }
    }
  });
  it('stands behind its length in bytes', () => {
    expect(counted(Buffer.from('<1>1 é')).toString('utf8')).toBe('7 <1>1 é');
  });
});

describe('a letter', () => {
  it('has the same id whenever it is sent, and refers to the incident', () => {
    const [first, second] = [letterOf(ALERT, 'example.com'), letterOf({ ...ALERT }, 'example.com')];
    expect(first).toEqual(second);
    expect(first.messageId).toMatch(/^<[0-9a-f]{40}@example\.com>$/);
    const later = letterOf({ ...ALERT, key: 'key-0002' }, 'example.com');
    expect(later.messageId).not.toBe(first.messageId);
    expect(later.thread).toBe(first.thread);
  });
  it('has HTML in which nothing of others is markup', () => {
    const { html, subject } = letterOf(nasty(), 'example.com');
    expect(html).not.toMatch(/<script|<!channel/);
    expect(html).toContain('&lt;script&gt;');
    expect(subject).not.toMatch(/[\r\n]/);
    expect(subject.length).toBeLessThanOrEqual(200);
  });
});

describe('text for people', () => {
  it('is whole and short enough', () => {
    expect(messageText(ALERT, 4096)).toBe(
      'Critical: Password guessing against 10.0.0.5\n\nNine logins failed within ten seconds.\nFrom: 203.0.113.9\n\nReported by office',
    );
    expect(messageText(nasty(), 4096)).toHaveLength(4096);
  });
});

describe('a form with a file', () => {
  it('keeps names of others within their quotation marks', () => {
    const file = { name: `a"; x="${NASTY}`, type: 'text/html\r\nX: y', data: Buffer.from([0, 255]) };
    const { type, body } = multipart({ chat_id: '1' }, 'document', file);
    const text = Buffer.from(body).toString('latin1');
    const boundary = /boundary=(.*)$/.exec(type)?.[1] ?? '';
    expect(text.split(`--${boundary}`)).toHaveLength(4);
    expect(text.split('\r\n').filter((line) => line.startsWith('Content-Disposition:'))).toHaveLength(2);
    expect(text).toContain('Content-Type: application/octet-stream\r\n\r\n\0\xff\r\n');
  });
});

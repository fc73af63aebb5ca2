/** An alert as a letter: subject, text, HTML, and ids by which repetitions and letters on one incident are known. */
import { createHash } from 'node:crypto';
import { shorten } from '../../http/words.ts';
import type { Alert } from '../../types.ts';
import { factsOf, headline, messageText, paragraph } from './summary.ts';

/** RFC 5322 asks for lines below 998; what people see of a subject is far less. */
const SUBJECT_MAX = 200;
const TEXT_MAX = 100_000;
const COLOUR = { info: '#3b5bdb', warning: '#b35c00', critical: '#c92a2a' } as const;

export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  /** The id that all letters on one incident refer to, so that mail programs show them together. */
  readonly thread?: string;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function htmlOf(alert: Alert): string {
  const cell = 'padding:2px 12px 2px 0;vertical-align:top;text-align:left';
  const rows = factsOf(alert).map(
    ({ name, value }) =>
      `<tr><th style="${cell};font-weight:600">${escaped(name)}</th><td style="${cell}">${escaped(value)}</td></tr>`,
  );
  const text = escaped(paragraph(alert)).replaceAll('\n', '<br>\n');
  return [
    '<!doctype html><html lang="en"><body style="font-family:system-ui,sans-serif;font-size:15px;line-height:1.45">',
    `<h1 style="font-size:18px;color:${COLOUR[alert.severity]}">${escaped(headline(alert))}</h1>`,
    `<p>${text}</p>`,
    `<table style="border-collapse:collapse">${rows.join('\n')}</table>`,
    '</body></html>\n',
  ].join('\n');
}

/** `domain`: that of the sender. The same alert gives the same id, whenever it is sent. */
export function letterOf(alert: Alert, domain: string): Letter {
  const id = (text: string): string => `<${createHash('sha256').update(text).digest('hex').slice(0, 40)}@${domain}>`;
  return {
    subject: shorten(headline(alert), SUBJECT_MAX),
    text: `${messageText(alert, TEXT_MAX)}\n`,
    html: htmlOf(alert),
    messageId: id(`alert ${alert.key}`),
    ...(alert.incident ? { thread: id(`incident ${alert.incident.uid}`) } : {}),
  };
}

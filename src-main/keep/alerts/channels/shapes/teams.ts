/**
 * Microsoft Teams: an Adaptive Card in a message, as the workflow "when a Teams webhook request is received" takes it
 * (learn.microsoft.com, incoming webhooks and workflows).
 */
import { shorten } from '../../http/words.ts';
import type { Alert } from '../../types.ts';
import { factsOf, headline, paragraph } from '../common/summary.ts';

/** A message may have 28 KiB; texts of this length together stay well below, also where each character takes more bytes. */
const TITLE_MAX = 250;
const TEXT_MAX = 2500;
const FACT_MAX = 400;

const COLOUR = { info: 'Accent', warning: 'Warning', critical: 'Attention' } as const;

/** Cards read Markdown: what others chose for names must not become a link. */
const escaped = (text: string): string => text.replace(/[\\`*_[\]()<>]/g, '\\$&');

export function teamsBody(alert: Alert): object {
  const facts = factsOf(alert).map(({ name, value }) => ({ title: name, value: escaped(shorten(value, FACT_MAX)) }));
  const body = [
    {
      type: 'TextBlock',
      text: escaped(shorten(headline(alert), TITLE_MAX)),
      size: 'Large',
      weight: 'Bolder',
      color: COLOUR[alert.severity],
      wrap: true,
    },
    { type: 'TextBlock', text: escaped(shorten(paragraph(alert), TEXT_MAX)), wrap: true },
    { type: 'FactSet', facts },
  ];
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: body.filter((block) => block.text !== ''),
        },
      },
    ],
  };
}

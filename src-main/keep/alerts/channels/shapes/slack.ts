/** Slack's incoming webhooks: a text for notifications, and blocks (docs.slack.dev, Block Kit). */
import { shorten } from '../../http/words.ts';
import type { Alert } from '../../types.ts';
import { factsOf, headline, paragraph } from '../common/summary.ts';

/** Characters of a header block, of a section's text and of one of its fields; fields of a section. */
const HEADER_MAX = 150;
const SECTION_MAX = 3000;
const FIELD_MAX = 2000;
const FIELDS_MAX = 10;

/** The three characters that control Slack's markup. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Cut before it is escaped would be too long after; cut after could end within an entity. */
function bounded(text: string, max: number): string {
  let kept = shorten(text, max);
  while (escaped(kept).length > max) kept = shorten(kept, kept.length - 16);
  return escaped(kept);
}

/** Plain text only: what others chose for names cannot become a link or a mention. */
const plain = (text: string, max: number): object => ({ type: 'plain_text', text: shorten(text, max), emoji: false });

export function slackBody(alert: Alert): object {
  const title = headline(alert);
  const text = paragraph(alert);
  const fields = factsOf(alert).map(({ name, value }) => plain(`${name}: ${value}`, FIELD_MAX));
  return {
    text: bounded(title, SECTION_MAX),
    blocks: [
      { type: 'header', text: plain(title, HEADER_MAX) },
      ...(text === '' ? [] : [{ type: 'section', text: plain(text, SECTION_MAX) }]),
      ...(fields.length === 0 ? [] : [{ type: 'section', fields: fields.slice(0, FIELDS_MAX) }]),
    ],
  };
}

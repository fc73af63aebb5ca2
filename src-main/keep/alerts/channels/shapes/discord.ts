/** Discord's webhooks: one embed, nobody mentioned (docs.discord.com, Execute Webhook and embed limits). */
import { shorten } from '../../http/words.ts';
import type { Alert } from '../../types.ts';
import { factsOf, headline, paragraph } from '../common/summary.ts';

/** Characters of a title, a description, a field's name and value (of a footer, 2048 could be had); and of all of them together. */
const TITLE_MAX = 256;
const DESCRIPTION_MAX = 4096;
const NAME_MAX = 256;
const VALUE_MAX = 1024;
const FOOTER_MAX = 200;
const FIELDS_MAX = 25;
const TOGETHER_MAX = 6000;

const COLOUR = { info: 0x4c6ef5, warning: 0xf08c00, critical: 0xe03131 } as const;

/** Discord reads Markdown: what others chose for names must not become a link or a mention. */
const escaped = (text: string): string => text.replace(/[\\`*_[\]()<>#|~:@]/g, '\\$&');

/** Escaped and within a limit, never ending within an escape. */
function bounded(text: string, max: number): string {
  let kept = shorten(text, max);
  while (escaped(kept).length > max) kept = shorten(kept, Math.max(0, kept.length - 16));
  return escaped(kept);
}

export function discordBody(alert: Alert): object {
  const title = bounded(headline(alert), TITLE_MAX);
  const fields = factsOf(alert)
    .slice(0, FIELDS_MAX)
    .map(({ name, value }) => ({ name: bounded(name, NAME_MAX), value: bounded(value, VALUE_MAX), inline: false }));
  const footer = shorten(alert.key, FOOTER_MAX);
  const taken = fields.reduce((sum, { name, value }) => sum + name.length + value.length, title.length + footer.length);
  const room = Math.max(0, Math.min(DESCRIPTION_MAX, TOGETHER_MAX - taken));
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title,
        description: bounded(paragraph(alert), room),
        color: COLOUR[alert.severity],
        timestamp: alert.at,
        fields,
        footer: { text: footer },
      },
    ],
  };
}

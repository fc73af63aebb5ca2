/** Templates with `{{name}}`: values are escaped for where they go, so that no text of others changes what is sent. */

export const PLACEHOLDERS = [
  'message',
  'title',
  'text',
  'severity',
  'reason',
  'sensor',
  'key',
  'at',
  'to',
  'secret',
] as const;
export type Values = Readonly<Record<(typeof PLACEHOLDERS)[number], string>>;
export type Escape = (text: string) => string;

const PLACE = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** For within a string of JSON, for a part of a form or of an address, or for plain text. */
export function escapeFor(form: 'json' | 'form' | 'text'): Escape {
  if (form === 'json') return (text) => JSON.stringify(text.toWellFormed()).slice(1, -1);
  if (form === 'form') return (text) => encodeURIComponent(text.toWellFormed());
  return (text) => text;
}

const isPlaceholder = (name: string): name is keyof Values => (PLACEHOLDERS as readonly string[]).includes(name);

/** What is wrong with a template; null: nothing. */
export function placeholderFault(template: string): string | null {
  const unknown = [...template.matchAll(PLACE)].map(([, name = '']) => name).find((name) => !isPlaceholder(name));
  if (unknown === undefined) return null;
  return `{{${unknown}}} stands for nothing: there are ${PLACEHOLDERS.join(', ')}.`;
}

/** Values are put in once: what they hold is never read as a placeholder again. */
export function filled(template: string, values: Values, escape: Escape): string {
  return template.replace(PLACE, (whole, name: string) => (isPlaceholder(name) ? escape(values[name]) : whole));
}

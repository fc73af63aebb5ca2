/** Messages as sentences: they begin small, for a shell prints them behind its program's name. */
/** A file, a folder, a field of flows or an address: what it looks like when no blank is in it. */
const NAME = /^\S*[./\\_\d]\S/;
/** What stands in front of the names of uploads on disk. */
const STORED = /^[0-9a-f]{32}-/;

/** Whether the message begins with what it is about: such a name is written as it is. */
function beginsWithName(text: string, where: string): boolean {
  if (NAME.test(text)) return true;
  const last = where.slice(Math.max(where.lastIndexOf('/'), where.lastIndexOf('\\')) + 1);
  return [where, last, last.replace(STORED, '')].some(
    (name) => name !== '' && text.startsWith(name) && /^[:,]/.test(text.slice(name.length)),
  );
}

/** With a capital, unless it begins with a name, and a full stop. */
export function sentenceOf({ message, where = '' }: { message: string; where?: string }): string {
  const begun = beginsWithName(message, where) ? message : message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

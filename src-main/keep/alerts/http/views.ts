/** What a text says when the ways of writing that programs use for what they were sent are undone. */

type Undo = (text: string) => string;

/** How many of them may lie over one another, such as Base64 in JSON in a web page. */
const LAYERS = 3;

const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  sol: '/',
  bsol: '\\',
  colon: ':',
  equals: '=',
  plus: '+',
  num: '#',
  percnt: '%',
  commat: '@',
  excl: '!',
  quest: '?',
  lowbar: '_',
  dollar: '$',
  semi: ';',
  comma: ',',
  period: '.',
  lpar: '(',
  rpar: ')',
  lsqb: '[',
  rsqb: ']',
  lcub: '{',
  rcub: '}',
  vert: '|',
  ast: '*',
  grave: '`',
  nbsp: ' ',
};

/** Of JSON and of program texts: `\/`, `\u002f`, `\x2f`, `\"`. */
const escapes: Undo = (text) =>
  text.replace(
    /\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|([^ux]))/gi,
    (_all, four?: string, two?: string, one: string = '') => {
      const code = four ?? two;
      return code === undefined ? (LETTERS[one] ?? one) : String.fromCharCode(Number.parseInt(code, 16));
    },
  );

/** Of HTML and XML: `&amp;`, `&#47;`, `&#x2F;`. */
const entities: Undo = (text) =>
  text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));?/gi,
    (all: string, ten?: string, hex?: string, name: string = '') => {
      const code = ten === undefined ? Number.parseInt(hex ?? '', 16) : Number(ten);
      if (Number.isNaN(code)) return ENTITIES[name.toLowerCase()] ?? all;
      return code > 0x10ffff ? all : String.fromCodePoint(code);
    },
  );

const bytesOf = (digits: string): string => Buffer.from(digits, 'hex').toString('utf8');
/** Of addresses, in either case of the digits. */
const percents: Undo = (text) => text.replace(/(?:%[0-9a-f]{2})+/gi, (all) => bytesOf(all.replaceAll('%', '')));
const blanks: Undo = (text) => text.replaceAll('+', ' ');

const found = (text: string, what: RegExp, read: (run: string) => string[]): string =>
  [...text.matchAll(what)].flatMap(([run]) => read(run)).join('\n');

const hexadecimal: Undo = (text) => found(text, /(?:[0-9a-f]{2}){4,}/gi, (run) => [bytesOf(run)]);
/** Either alphabet. Where in a run it begins is unknown, so it is read from each of the four places. */
const base64: Undo = (text) =>
  found(text, /[\w+/-]{5,}/g, (run) =>
    [0, 1, 2, 3].map((start) => Buffer.from(run.slice(start), 'base64').toString('utf8')),
  );
/** Base64 that was broken into lines. */
const brokenBase64: Undo = (text) => base64(text.replace(/\s+/g, ''));

const UNDOING: readonly Undo[] = [escapes, entities, percents, blanks, hexadecimal, base64, brokenBase64];

/** The text itself first, then what it says with one or more layers undone; each once. */
export function* viewsOf(text: string): Generator<string> {
  const seen = new Set([text]);
  yield text;
  let layer = [text];
  for (let depth = 0; depth < LAYERS; depth++) {
    const next: string[] = [];
    for (const view of layer.flatMap((each) => UNDOING.map((undo) => undo(each)))) {
      if (view === '' || seen.has(view)) continue;
      seen.add(view);
      next.push(view);
      yield view;
    }
    layer = next;
  }
}

/**
 * Secrets in text that a sender wrote: addresses of the web, names of programs, questions, banners. What is kept or shown
 * of it goes without them. All facts of a flow and all findings pass through here (`FlowContext.fact`, `makeFinding`).
 */

/** What stands for a secret. */
const HIDDEN = '…';

/** `user:password@` before a host; the secret may hold an "@" itself. Other schemes name an account where the secret would be. */
const USER_INFO =
  /(\/\/|(?<![^\s"'=&?])(?!(?:sips?|mailto|xmpp|acct):))([^/@\s:]{0,128}):(?:[^/\s]{1,256}|(?<=\/\/[^/@\s:]{0,128}:)(?!\d{1,5}(?:[/?#]|$))[^\s?#&]{1,256})@/gi;
/** The same within another address, encoded once or twice. */
const ENCODED_INFO =
  /(%(?:25)?2f%(?:25)?2f)((?:(?!%(?:25)?(?:2f|3a|40))[^/@\s:&]){0,128})(%(?:25)?3a|:)(?:(?!%(?:25)?2f)[^/\s&]){1,256}(%(?:25)?40|@)/gi;
const SPEAKS_OF_INFO = /%(?:25)?2f%(?:25)?2f/i;
/** An element whose name may say that its text is secret. */
const ELEMENT = /<([\w:.-]{1,64})((?:\s[^<>]{0,128})?>)([^<]+)/g;

/** Between a name and its value: an equals sign, encoded once or twice; a colon after a quoted name, or before a blank. */
const BETWEEN = /=|%(?:25)?3d|(?:["']|%2[27])\s{0,8}(?::|%3a)\s{0,8}|: {1,8}/gi;

/** By the code of a character: which kind of secret it may be a sign of. */
const AT = 1;
const BLANK = 2;
const SLASH = 4;
/** Always there between a name and its value but for … */
const EQUALS = 8;
/** … a colon, with a blank behind it. */
const COLON = 16;
const PERCENT = 32;
const PLUS = 64;
const ANGLE = 128;
const SIGNS = new Uint8Array(128);
for (const [bit, characters] of [
  [AT, '@'],
  [BLANK, ' '],
  [SLASH, '/'],
  [EQUALS, '=%"\''],
  [COLON, ':'],
  [PERCENT, '%'],
  [PLUS, '+'],
  [ANGLE, '<'],
] as const)
  for (const character of characters) SIGNS[character.charCodeAt(0)]! |= bit;

/** The signs in a text. */
function signsIn(text: string): number {
  let signs = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 128) signs |= SIGNS[code]!;
  }
  return signs;
}

/** What ends a name towards its front; and by the code of a character, whether it does. */
const FRONT = /[?&;/#\s"'{}<>,=|]/;
const isFront = Uint8Array.from({ length: 128 }, (_, code) => (FRONT.test(String.fromCharCode(code)) ? 1 : 0));
/** Characters of a name that are looked at. */
const NAME_MAX = 64;

/** Anywhere in a name, whatever stands around it, signs and digits left out. */
const SPEAKING =
  /passw(?:or[dt]|d)|passphrase|passcode|kennwort|wachtwoord|geheim|motdepasse|contrase|samlre(?:sponse|quest)|assertion|secret|token|credential|signature|jwt|bearer|oauth|csrf|xsrf|sess(?:ion)?id|(?:api|app|access|auth|private|secret|shared|session|license|encryption|account|wlan|wifi|wpa|wep|network)key/;
/** At the end of a name's last word, and words that end so by chance. */
const ENDING =
  /(?:passe?|pwd|pswd|psw|pw|mdp|clave|senha|parola|[m2]fa|haslo|auth|sid|cookie|otp|pin|pincode|sig|session|stok|psk|cvv|hmac)$/;
const HARMLESS = /(?:enclave|autoclave|esclave|conclave|compass|bypass|overpass|underpass|trespass|surpass|spin)$/;
/** Words that may follow the one that speaks. */
const TAIL =
  /^(?:id|v?\d+|[a-z]|value|hash|new|old|md5|enc|hex|code|repeat|confirm|confirmation|again|check|retype|verify|current|box|field|input|key|number|text|txt|str)$/;
/** Names that mean a password and nothing else, all words taken together; short ones stand alone or last. */
const PASSWORD_WORDS =
  /(?:passw(?:or[dt]|d)|passphrase|passcode|kennwort|wachtwoord|geheimwort|motdepasse|contrase(?:na)?)\d*$/;
const PASSWORD_SHORT =
  /^(?:user|login|log|my|new|old|db|txt)?(?:passe?|pwd|pswd|psw|pw|mdp|clave|senha|parola|haslo|pin|pincode)$/;
/** What begins a name that only speaks of passwords. */
const ABOUT = /^(?:forgot|forgotten|lost|reset|show|hide|has|no|need|remember|change|min|max|is)$/;
/** A name that is a password's where another stands in the same text: of accounts, as InfluxDB and Subsonic call them. */
const BESIDE_ACCOUNT = 'p';
const ACCOUNT = /(?:^|[?&]|%(?:25)?(?:3f|26))u(?:=|%(?:25)?3d)/i;
/** No password beside an account's name, but the number of a page. */
const PAGE = /^\d{0,4}$/;
const PIN = /pin\d*$/i;
const SHORT_NUMBER = /^\d{1,3}$/;
/** What a field of JSON says of a password instead of one. */
const NO_PASSWORD = /^(?:null|true|false|[{[])/;
/** Names that say little: their value is hidden where it is no ordinary word or small number. */
const AMBIGUOUS = /^(?:key|code|private|ticket)$/;

/** A step of a path after which a secret stands, where that is long and holds a digit. */
const STEP =
  /(\/(?:[\w-]{0,20}(?:reset|verify|confirm|activate|invite|token|password|magic)[\w-]{0,20})\/)(?=[^/?#\s]{0,255}\d)[^/?#\s]{16,}/gi;
const SPEAKS_OF_STEP = /[Rr]eset|[Vv]erif|[Cc]onfirm|[Aa]ctivat|[Ii]nvit|[Tt]oken|[Pp]assw|[Mm]agic/;
/** No shorter path has such a step and what follows it. */
const STEP_LEAST = 23;
/** Schemes of authorization, and tokens that show what they are (RFC 7519). */
const SCHEME = /\b([Bb]earer|[Bb]asic|BEARER|BASIC) [\w.~+/=-]{4,}/g;
/** Encoded; a word of ordinary text may follow a plus sign. */
const ENCODED_SCHEME = /\b([Bb]earer|[Bb]asic|BEARER|BASIC)(%(?:25)?20|\+)(?=[\w.~/=%-]*?[\dA-Z])[\w.~/=%-]{4,}/g;
const SPEAKS_OF_SCHEME = /[Bb](?:earer|asic)[ %+]|B(?:EARER|ASIC)[ %+]/;
/** Letters of the shortest. */
const TOKEN_LEAST = 12;
const WEB_TOKEN = /(?<![\w-])eyJ[\w-]{8,}\.[\w.-]*/g;

/** Percent-encoding taken away, once; what is no code stays. */
function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The name that ends before `end`, not before `from`, as its sender means it. */
function nameBefore(text: string, from: number, end: number): string {
  let at = end;
  const least = Math.max(from, end - NAME_MAX);
  while (at > least && isFront[text.charCodeAt(at - 1)] !== 1) at--;
  const raw = text.slice(at, end);
  if (!raw.includes('%')) return raw;
  const parts = decoded(decoded(raw)).split(FRONT);
  return parts.findLast((part) => part !== '') ?? '';
}

const NOT = 0;
const PERHAPS = 1;
const BESIDE = 2;
const SECRET = 3;
const PASSWORD = 4;

function judge(name: string): number {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const only = words.length === 1 ? words[0]! : '';
  if (name.toLowerCase() === BESIDE_ACCOUNT) return BESIDE;
  if (AMBIGUOUS.test(only)) return PERHAPS;
  while (words.length > 1 && TAIL.test(words.at(-1)!)) words.pop();
  const last = (words.at(-1) ?? '').replace(/\d+$/, '');
  const speaks = SPEAKING.test(name.toLowerCase().replace(/[^a-z]/g, ''));
  if (!speaks && (!ENDING.test(last) || HARMLESS.test(last))) return NOT;
  const password = PASSWORD_WORDS.test(words.join('')) || PASSWORD_SHORT.test(last);
  return password && !ABOUT.test(words[0] ?? '') ? PASSWORD : SECRET;
}

/** Names recur, so what was found of the latest is kept. */
const judged = new Map<string, number>();
const JUDGED_MAX = 1024;

function judgement(name: string): number {
  let known = judged.get(name);
  if (known === undefined) {
    known = judge(name);
    if (judged.size >= JUDGED_MAX) judged.clear();
    judged.set(name, known);
  }
  return known;
}

/** Where the quote ends a text; one behind a backslash does not. */
function closing(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) return at;
  }
  return text.length;
}

/** Where the value at `at` ends. `query`: it is a part of a query, where a slash ends nothing. */
function valueEnd(text: string, at: number, query: boolean, encoded: boolean): number {
  const quote = text.charAt(at);
  if (quote === '"' || quote === "'") return closing(text, at + 1, quote);
  if (text.startsWith('\\"', at)) {
    const end = text.indexOf('\\"', at + 2);
    return end < 0 ? text.length : end;
  }
  if (encoded) {
    const end = firstAt(text, at, query ? /[&\s]|%(?:25)?(?:26|22)/gi : /[&;/\s]|%(?:25)?(?:26|22)/gi);
    if (end > at || text.charAt(at) !== '%') return end;
  }
  return firstAt(text, at, query ? /[&\s]/g : /[&;/\s]/g);
}

/** Where the expression, which has the flag `g`, is found from `at` on; the text's end where it is not. */
function firstAt(text: string, at: number, expression: RegExp): number {
  expression.lastIndex = at;
  return expression.exec(text)?.index ?? text.length;
}

function hideElement(whole: string, name: string, rest: string): string {
  return judgement(name) >= SECRET ? `<${name}${rest}${HIDDEN}` : whole;
}

const NOT_LOOKED = -2;

/** Hides the values of parameters, fields and options whose names say that they are secret. */
function hideValues(text: string): string {
  // Where the query begins, -1 where there is none; looked for once it matters.
  let mark = NOT_LOOKED;
  let account: boolean | undefined;
  let shown = '';
  let from = 0;
  BETWEEN.lastIndex = 0;
  for (let found = BETWEEN.exec(text); found; found = BETWEEN.exec(text)) {
    const { index } = found;
    const at = index + found[0].length;
    const verdict = judgement(nameBefore(text, from, index));
    if (verdict === NOT || at >= text.length || text.startsWith(HIDDEN, at)) continue;
    if (verdict === BESIDE && !(account ??= ACCOUNT.test(text))) continue;
    if (mark === NOT_LOOKED) mark = text.search(/\?|%(?:25)?3f/i);
    const inPath = text.startsWith('/') && (mark < 0 || index < mark);
    const end = valueEnd(text, at, !inPath, found[0].startsWith('%'));
    if (end <= at || (verdict === PERHAPS && !isOpaque(text.slice(at, end)))) continue;
    const opening = /["']/.test(text.charAt(at)) ? 1 : 0;
    shown += text.slice(from, at + opening) + HIDDEN;
    from = end;
    BETWEEN.lastIndex = end;
  }
  return from === 0 ? text : shown + text.slice(from);
}

/** No word and no small number: six characters with a digit, or sixteen of any kind. */
function isOpaque(value: string): boolean {
  return value.length >= 16 || (value.length >= 6 && /\d/.test(value));
}

/** Whether the value is none that a password has: `bare` ones of JSON may be no text, and pages and pins of a chip are counted. */
function isNone(name: string, value: string, bare: boolean): boolean {
  if (bare && NO_PASSWORD.test(value)) return true;
  return name.length === 1 ? PAGE.test(value) : SHORT_NUMBER.test(value) && PIN.test(name);
}

/** What stands in every name of a password, or may stand for it: letters in percent-encoding. */
const SPEAKS_OF_PASSWORD =
  /pass|pwd|psw|pw|pin|mdp|clave|senha|parola|haslo|wort|woord|contrase|(?<![a-z\d_])p(?:=|%)|%(?:25)?(?:4[1-9a-f]|5[\da]|6[1-9a-f]|7[\da])/i;

/**
 * The first password among named values: of a query, a form, JSON. '' where its field is empty; null: there is none.
 * Linear, as `withoutSecrets`.
 */
export function passwordIn(text: string): string | null {
  if (!SPEAKS_OF_PASSWORD.test(text)) return null;
  let account: boolean | undefined;
  let from = 0;
  BETWEEN.lastIndex = 0;
  for (let found = BETWEEN.exec(text); found; found = BETWEEN.exec(text)) {
    const { index } = found;
    const name = nameBefore(text, from, index);
    const verdict = judgement(name);
    if (verdict !== PASSWORD && (verdict !== BESIDE || !(account ??= ACCOUNT.test(text)))) continue;
    const at = index + found[0].length;
    const end = valueEnd(text, at, true, found[0].startsWith('%'));
    const quoted = /["']/.test(text.charAt(at));
    const value = text.slice(quoted ? at + 1 : at, end);
    if (!isNone(name, value, !quoted && found[0].includes(':'))) return value;
    from = end;
    BETWEEN.lastIndex = end;
  }
  return null;
}

const INFO = /^[a-z][a-z\d+.-]{0,15}:\/\/([^/@\s:?#]{0,128}):[^/\s?#@][^/\s?#]{0,255}@/i;

/** The account that an address names before its host, with a password; null where it holds none. */
export function accountInAddress(address: string): string | null {
  return INFO.exec(address)?.[1] ?? null;
}

/**
 * The text with secrets replaced by "…". Linear in the length of the text; done twice it changes nothing more. Most texts
 * hold no sign of any, which is what is looked at first.
 */
export function withoutSecrets(text: string): string {
  const signs = signsIn(text);
  let plain = text;
  if (signs & AT) plain = plain.replace(USER_INFO, `$1$2:${HIDDEN}@`);
  if (signs & PERCENT && SPEAKS_OF_INFO.test(plain)) plain = plain.replace(ENCODED_INFO, `$1$2$3${HIDDEN}$4`);
  if (signs & (BLANK | PERCENT | PLUS) && SPEAKS_OF_SCHEME.test(plain))
    plain = plain.replace(SCHEME, `$1 ${HIDDEN}`).replace(ENCODED_SCHEME, `$1$2${HIDDEN}`);
  if (signs & ANGLE) plain = plain.replace(ELEMENT, hideElement);
  if (plain.length >= TOKEN_LEAST && plain.includes('eyJ')) plain = plain.replace(WEB_TOKEN, HIDDEN);
  if (signs & SLASH && plain.length >= STEP_LEAST && SPEAKS_OF_STEP.test(plain))
    plain = plain.replace(STEP, `$1${HIDDEN}`);
  const named = signs & EQUALS || (signs & (COLON | BLANK)) === (COLON | BLANK);
  return named ? hideValues(plain) : plain;
}

/** What attacks on web applications look like once every layer of encoding is taken off. */
import { withoutLookups } from './lookups.ts';
import { Sequence } from './sequence.ts';

export interface Pattern {
  family: string;
  /** 10: nobody sends this by accident. Less: adds up. */
  weight: number;
  /** Takes time linear in the text, whatever its sender wrote: neighbours that repeat have no character in common. */
  expression: RegExp | Sequence;
  /** Looked for in the target and body (default), the agent and other headers, or the path only. */
  where?: 'agent' | 'path' | 'anywhere' | 'query' | 'lookups';
}

/** Bytes of a request looked at after decoding. */
const LIMIT = 4096;

/** A comment of SQL, which stands where a space would; what may stand between two words, and beside an operator. */
const COMMENT = String.raw`\/\*(?:[^*]|\*(?!\/)){0,200}\*\/`;
const COMMENTS_MAX = 128;
const BETWEEN = String.raw`(?=[\s+(/])[\s+(]*(?:${COMMENT}[\s+(]*){0,${COMMENTS_MAX}}`;
const SPACE = String.raw`\s*(?:${COMMENT}\s*){0,${COMMENTS_MAX}}`;

/** May stand between two parts, but is never there. */
const NOTHING = /(?!)/g;

export const PATTERNS: readonly Pattern[] = [
  // SQL injection
  {
    family: 'SQL injection',
    weight: 10,
    expression: new RegExp(String.raw`\bunion\b${BETWEEN}(?:all\b${BETWEEN}|distinct\b\s+)?select\b`, 'i'),
  },
  {
    family: 'SQL injection',
    weight: 6,
    expression: new RegExp(
      `['"\`)]${SPACE}(?:or|and|xor|\\|\\||&&)${SPACE}` +
        String.raw`(?:\(\s*)?(['"]?)[\w%.-]{1,20}\1\s*(?:=|<>|!=|>|<|\blike\b|\brlike\b)\s*\(?\s*['"]?[\w%.-]{0,20}`,
      'i',
    ),
  },
  { family: 'SQL injection', weight: 6, expression: /(?:^|[=&?\s])-?\d+\s+(?:or|and)\s+\d+\s*=\s*\d+/i },
  {
    family: 'SQL injection',
    weight: 10,
    expression:
      /\b(?:information_schema|sysobjects|pg_catalog|sqlite_master|mysql\.user|all_tables)\b|\bxp_cmdshell\b/i,
    where: 'query',
  },
  {
    family: 'SQL injection',
    weight: 10,
    expression:
      /\b(?:sleep|benchmark|pg_sleep|waitfor\s+delay|dbms_pipe\.receive_message|extractvalue|updatexml|load_file|into\s+(?:out|dump)file)\b\s*[('"]/i,
    where: 'query',
  },
  {
    family: 'SQL injection',
    weight: 5,
    expression: /['"]\s*(?:;|--|#|\/\*)\s*(?:$|&|drop|select|insert|update|delete|exec)/i,
    where: 'query',
  },
  {
    family: 'SQL injection',
    weight: 8,
    expression: /;\s*(?:drop|truncate|alter)\s+table\b|;\s*(?:insert\s+into|delete\s+from|update\s+\w+\s+set)\b/i,
    where: 'query',
  },
  { family: 'SQL injection', weight: 6, expression: /\b(?:order|group)\s+by\s+\d+\s*(?:--|#|\/\*)/i, where: 'query' },
  { family: 'SQL injection', weight: 2, expression: /\bselect\b[^&]{1,120}\bfrom\b\s+\w/i, where: 'query' },
  // A lone quote at the end of a parameter probes for errors.
  { family: 'SQL injection', weight: 3, expression: /[?&][\w[\]]{1,40}=[\w.-]{0,24}['"](?:&|$)/ },
  // Path traversal and files
  {
    family: 'path traversal',
    weight: 10,
    expression: new Sequence(/(?<!\.\.[/\\])(?:\.\.[/\\]){2}/g).next(
      /(?:etc[/\\](?:passwd|shadow|hosts|group)|boot\.ini|win\.ini|windows[/\\]|web-inf|proc[/\\]self|\.ssh|id_rsa)/gi,
    ),
    where: 'anywhere',
  },
  {
    family: 'path traversal',
    weight: 7,
    expression: /(?:\.\.[/\\]){3}|\.\.;\/|(?:\.\.(?:%2f|%5c|%c0%af|%u2215)){2}/i,
    where: 'anywhere',
  },
  {
    family: 'path traversal',
    weight: 7,
    expression: /(?:=|:\/\/|\/)(?:\/|\.\.\/)?etc\/(?:passwd|shadow)\b|\bc:[/\\](?:windows[/\\]|boot\.ini)/i,
    where: 'anywhere',
  },
  {
    family: 'file inclusion',
    weight: 9,
    expression: /=(?:php:\/\/(?:filter|input)|data:\/\/text|expect:\/\/|phar:\/\/|zip:\/\/)/i,
  },
  {
    family: 'file inclusion',
    weight: 5,
    expression:
      /[?&](?:page|file|include|inc|path|template|tpl|dir|document)=(?:https?|ftp):\/\/[^&]*(?:\.txt|\.php|\?|$)/i,
  },
  // Script injection
  {
    family: 'script injection',
    weight: 10,
    expression: new Sequence(/<\s*script\b/gi)
      .next(/>/g, undefined, />/g)
      .next(/alert|prompt|confirm|document\.|eval|fetch|String\.fromCharCode/gi),
  },
  {
    family: 'script injection',
    weight: 6,
    expression: new Sequence(/[?&=]/g)
      .next(/<\s*(?:script|iframe|svg|img|body|object|embed|details)\b/gi, 200, /&/g)
      .next(/\bon\w{3,20}\s*=|src\s*=|>/gi, 200, />/g),
    where: 'query',
  },
  {
    family: 'script injection',
    weight: 6,
    expression: /=\s*javascript:|["']\s*on(?:error|load|mouseover|focus|click)\s*=\s*["']?\w+\(/i,
    where: 'query',
  },
  // Command injection
  {
    family: 'command injection',
    weight: 10,
    expression:
      /(?:(?:[;|&`]|\$\(|%0a)\s*|\n[^\S\n]*)(?:\/(?:usr\/)?bin\/)?(?:cat\s+\/|wget\s+\S|curl\s+\S|nc\s+-|ncat\s|bash\s+-|sh\s+-|id(?:\s*[;|&`)]|$)|whoami|uname\s+-|chmod\s+[+0-7]|rm\s+-rf|ping\s+-[cn]\s|python\d?\s+-c|perl\s+-e|tftp\s+-|busybox\s|powershell|certutil|ifconfig\b|ipconfig\b|net\s+user)/i,
    where: 'query',
  },
  {
    family: 'command injection',
    weight: 10,
    expression:
      /(?:cd\s+\/(?:tmp|var|dev|mnt|root)\s*(?:;|&&|\|\|)|\/tmp\/[\w.-]+\s*;|wget\s+(?:-?\w+\s*|-\s*)?https?:\/\/|wget\$\{IFS\}|\$\{IFS\}|busybox\s+(?:wget|tftp))/i,
    where: 'anywhere',
  },
  {
    family: 'command injection',
    weight: 9,
    expression:
      /\b(?:system|passthru|shell_exec|proc_open|popen|assert|eval|call_user_func(?:_array)?|invokefunction)\b\s*(?:\(|&|=).{0,80}(?:\bphpinfo|base64_decode|\$_(?:post|get|request)|whoami|\bmd5\b|vars\[)/i,
    where: 'anywhere',
  },
  {
    family: 'command injection',
    weight: 9,
    expression: /\bcmd(?:\.exe)?(?:\s|\+|\/|\?)+\/c\b|\bpowershell(?:\.exe)?\s+-(?:e|enc|nop|w)\w*/i,
    where: 'anywhere',
  },
  // Log4Shell, Shellshock, template and expression injection
  {
    family: 'Log4Shell (CVE-2021-44228)',
    weight: 10,
    expression: new Sequence(/\$\{\s*jndi/gi).next(/ldaps?|rmi|dns|iiop|nis|corba|\$\{|\/\//gi, 80, /\}/g),
    where: 'lookups',
  },
  {
    family: 'Log4Shell (CVE-2021-44228)',
    weight: 10,
    expression: new Sequence(/\$\{/g)
      .next(/lower|upper|env|date|::-?/gi, 40, /\}/g)
      .next(/[jndi}]/gi, 100, NOTHING)
      .next(/ldaps?|rmi|dns|iiop|nis|corba|\$\{|\/\//gi, 80, /\}/g),
    where: 'anywhere',
  },
  {
    family: 'Shellshock (CVE-2014-6271)',
    weight: 10,
    expression: /\(\s*\)\s*\{\s*(?:(?::|\w+)\s*)?(?:;\s*)?\}\s*;/,
    where: 'anywhere',
  },
  {
    family: 'expression injection',
    weight: 10,
    expression: new Sequence(/%\{/g).next(
      /#_memberAccess|@ognl|#context|java\.lang\.|ProcessBuilder|getRuntime/gi,
      200,
    ),
    where: 'anywhere',
  },
  {
    family: 'expression injection',
    weight: 10,
    expression: new Sequence(/\$\{/g).next(/getRuntime|ProcessBuilder|T\(java\.lang/gi, 80),
    where: 'anywhere',
  },
  {
    family: 'expression injection',
    weight: 10,
    expression: /class\.module\.classLoader/i,
    where: 'anywhere',
  },
  {
    family: 'template injection',
    weight: 8,
    expression: new Sequence(/\{\{/g)
      .next(/__class__|__mro__|__subclasses__|config\.|constructor|\d\s*\*\s*['"]?\d/g, 100)
      .next(/\}\}/g, 100),
    where: 'query',
  },
  {
    family: 'template injection',
    weight: 8,
    expression: new Sequence(/<%=\s*/g).next(/%>/g, 60),
    where: 'query',
  },
  // Web shells and known back doors
  {
    family: 'a web shell',
    weight: 10,
    expression: new Sequence(
      /\/(?:c99|r57|b374k|wso|alfa|weevely|china(?:chopper)?|antsword|shell|cmd|webshell|backdoor|k8cmd|jspspy|aspxspy)\d*\.(?:php\d?|jspx?|aspx?|cgi)\b/gi,
    ).next(/[?&=]/g),
    where: 'anywhere',
  },
  {
    family: 'a web shell',
    weight: 8,
    expression: new Sequence(/\.(?:php\d?|jspx?|aspx?)\?/gi).next(
      /(?<=[?&])(?:cmd|exec|command|c|shell)=(?:whoami|id\b|ls\b|dir\b|cat\b|net\b|ipconfig|ifconfig|uname|pwd|wget|curl)/gi,
    ),
    where: 'anywhere',
  },
  {
    family: 'a web shell',
    weight: 10,
    expression:
      /(?:@?eval|assert)\s*\(\s*(?:base64_decode\s*\(|\$_(?:post|request|get)\b)|Response\.Write\(.{0,40}eval\(Request/i,
    where: 'anywhere',
  },
  {
    family: 'upload of a script',
    weight: 8,
    expression: new Sequence(
      /filename\s*=\s*"[^"]{0,120}\.(?:php\d?|phtml|jspx?|aspx?|cer|asa)(?:\.|;|%00)?[^"]{0,8}"/gi,
    ).next(/<\?php|<%@?|Runtime\.getRuntime|eval\(/gi, 400, NOTHING),
    where: 'anywhere',
  },
  // Exploits of known products, by the one path nobody else asks for
  {
    family: 'an exploit of a known product',
    weight: 10,
    expression:
      /\/(?:cgi-bin\/(?:\.%2e|\.\.|%%32)|_ignition\/execute-solution|vendor\/phpunit\/.{0,60}eval-stdin\.php|mgmt\/tm\/util\/bash|tmui\/login\.jsp\/\.\.;|autodiscover\/autodiscover\.json\?.{0,80}(?:powershell|mapi|@)|wls-wsat\/CoordinatorPortType|_async\/AsyncResponseService|HNAP1\/?.{0,10}`|GponForm\/diag_Form|boaform\/admin\/formPing|ctrlt\/DeviceUpgrade|setup\.cgi\?next_file=.{0,60}cmd=|board\.cgi\?cmd=|shell\?cd\+|soap\.cgi\?service=|solr\/.{0,60}\/config|invoker\/JMXInvokerServlet|jmx-console\/HtmlAdaptor|actuator\/gateway\/routes|api\/jsonws\/invoke|owa\/auth\/[a-z0-9]+\.(?:js|aspx)\?.{0,40}(?:cmd|exec)|dana-na\/\.\.|vpns?\/\.\.|remote\/fgt_lang\?lang=\/\.\.|index\.php\?s=\/?index\/\\?think)/i,
    where: 'anywhere',
  },
  {
    family: 'an exploit of a known product',
    weight: 9,
    expression: /\brO0AB[A-Za-z0-9+/]{20}|\baced0005[0-9a-f]{16}|\u00ac\u00ed\u0000\u0005/,
    where: 'anywhere',
  },
  // XML external entities, request forgery
  {
    family: 'XML entity injection',
    weight: 9,
    expression: new Sequence(/<!(?:doctype|entity)/gi).next(
      /\bsystem\s+["'](?:file|https?|php|expect|gopher|ftp):/gi,
      200,
      />/g,
    ),
    where: 'anywhere',
  },
  {
    family: 'request forgery',
    weight: 8,
    expression: /=(?:https?:\/\/)?(?:169\.254\.169\.254|metadata\.google\.internal)\b|=(?:gopher|dict|file):\/\//i,
  },
  // Directory and file probing by itself is a scan, not an intrusion; secrets asked for by name come close.
  {
    family: 'search for secrets',
    weight: 3,
    expression:
      /\/(?:\.env|\.git\/(?:config|head)|\.aws\/credentials|wp-config\.php(?:\.bak|~|\.old)|\.htpasswd|\.svn\/entries|id_rsa)\b/i,
    where: 'path',
  },
  {
    family: 'attack tool',
    weight: 6,
    expression:
      /sqlmap|nikto|havij|acunetix|netsparker|wpscan|dirbuster|gobuster|masscan|nmap scripting|zgrab|nuclei|w3af|commix|xsser|fimap|openvas|nessus|arachni|hydra|jaeles/i,
    where: 'agent',
  },
];

export interface Verdict {
  /** Sum of the heaviest pattern of each family; tools add to what they do. */
  score: number;
  families: string[];
}

const HARMLESS: Verdict = { score: 0, families: [] };
/** Characters of which at least one is in every attack: most requests stop here. */
const HINT =
  /['"`<>;|${}()\\]|\.\.|%[0-9a-f]{2}|HNAP|Gpon|ctrlt|soap|actuator|jsonws|owa|dana-na|vpns?\/|fgt_lang|ignition|tmui|mgmt|\b(?:or|and|union|select)\b|etc\/|\/\.|php:|\.cgi|\/c(?:gi|md)|shell|eval|Z?rO0AB|=(?:https?|file|dict|gopher|data)|\u00ac\u00ed|invoke|wls|solr|think|boaform|autodiscover|wp-config|id_rsa|cmd=|exec=/i;

/** The same for agents and hosts, in which brackets and semicolons are ordinary. */
const HEADER_HINT =
  /[$%]\{|\(\s*\)\s*\{|[<>`'"|]|\.\.|%[0-9a-f]{2}|sqlmap|nikto|havij|acunetix|netsparker|wpscan|buster|masscan|nmap|zgrab|nuclei|w3af|commix|xsser|fimap|openvas|nessus|arachni|hydra|jaeles/i;

/** The same once decoded: what is left of encodings by then is ordinary text. */
const DECODED_HINT =
  /['"`<>;|${}()\\]|\.\.|\b(?:or|and|union|select)\b|etc\/|\/\.|php:|\.cgi|\/c(?:gi|md)|shell|eval|O0AB|=(?:https?|file|dict|gopher|data)|\u00ac\u00ed|invoke|wls|solr|think|boaform|autodiscover|wp-config|id_rsa|cmd=|exec=|HNAP|Gpon|ctrlt|soap|actuator|jsonws|owa|dana-na|vpns?\/|fgt_lang|ignition|tmui|mgmt/i;

/** Takes off percent, plus, HTML entity and %u encodings, at most three layers deep. */
export function decodeLayers(text: string): string {
  let now = text.length > LIMIT ? text.slice(0, LIMIT) : text;
  for (let layer = 0; layer < 3; layer++) {
    const next = now
      .replaceAll('+', layer === 0 ? ' ' : '+')
      .replaceAll(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replaceAll(/&#x?([0-9a-f]{1,5});?/gi, (all: string, digits: string) => entity(all, digits))
      .replaceAll(
        /&(lt|gt|quot|amp);/gi,
        (_, name: string) => ({ lt: '<', gt: '>', quot: '"', amp: '&' })[name.toLowerCase()] ?? '',
      );
    if (next === now) break;
    now = next;
  }
  return now.replaceAll('\0', '');
}

function entity(all: string, digits: string): string {
  const code = Number.parseInt(digits, /^&#x/i.test(all) ? 16 : 10);
  return code > 0 && code < 0x110000 ? String.fromCodePoint(code) : all;
}

/** Scores one request; 0 for nearly all. The cost is one hint search for ordinary ones, 45 searches for the rest. */
export function judgeRequest(uri: string, body: string, agent: string, host: string, method: string): Verdict {
  const mark = uri.indexOf('?');
  const path = mark < 0 ? uri : uri.slice(0, mark);
  if (!HINT.test(uri) && !HEADER_HINT.test(agent) && !HEADER_HINT.test(host) && (body === '' || !HINT.test(body)))
    return HARMLESS;
  const plainUri = decodeLayers(uri);
  const plainBody = isText(body) ? decodeLayers(body) : '';
  const odd = HEADER_HINT.test(agent) || HEADER_HINT.test(host);
  if (!odd && !DECODED_HINT.test(plainUri) && (plainBody === '' || !DECODED_HINT.test(plainBody))) return HARMLESS;
  const query = `${mark < 0 ? '' : decodeLayers(uri.slice(mark))}\n${plainBody}`;
  const all = `${plainUri}\n${plainBody}`;
  const anywhere = `${all}\n${agent}\n${host}\n${method}`;
  const texts = { all, agent, path, query, anywhere, lookups: withoutLookups(anywhere) };
  const best = new Map<string, number>();
  for (const pattern of PATTERNS) {
    const text = texts[pattern.where ?? 'all'];
    if ((best.get(pattern.family) ?? 0) >= pattern.weight || !pattern.expression.test(text)) continue;
    best.set(pattern.family, pattern.weight);
  }
  if (best.size === 0) return HARMLESS;
  let score = 0;
  for (const weight of best.values()) score += weight;
  return { score, families: [...best.keys()] };
}

/** Whether a body is worth looking at as text: binary uploads match anything. */
function isText(body: string): boolean {
  if (body === '') return false;
  let odd = 0;
  const length = Math.min(body.length, 256);
  for (let i = 0; i < length; i++) {
    const code = body.charCodeAt(i);
    if (code < 9 || (code > 13 && code < 32) || code > 126) odd++;
  }
  return odd * 10 <= length;
}

/**
 * Control channels that speak no known protocol, and what break-ins look like on the wire: shells handed over a bare
 * connection, commands given to known back doors, remote-control programs reporting for duty, bots in chat rooms,
 * certificates of control servers.
 *
 * Signs (a sign is decided at once; confidence in brackets):
 *   the output of `id`, a Windows or Unix prompt, or a shell command from the side that was called back   C2 0.85
 *   a back door's opening (vsftpd ":)", UnrealIRCd "AB;", ProFTPD "ACIDBITCHEZ") with a command      intrusion 0.9
 *   a first message of system facts (system, user, versions) between separators on an unknown protocol    C2 0.75
 *   commands for bots in a chat channel (.ddos, !scan, .download)                                         C2 0.75
 *   certificates with the names that control servers put into theirs                                      C2 0.9
 *   short messages of one size on a schedule within one long connection of an unknown protocol            C2 0.5
 * Ordinary: text protocols that inspectors know; system facts over agents of management inside the network keep to
 * their ports and have names of products.
 */
import type { FlowBatch } from '../../meter/flows/types.ts';
import { withoutSecrets } from '../../meter/protocols/secrets.ts';
import type { PayloadMessage, ProtocolMessage, TlsMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import type { IncidentKind, Severity, Technique } from '../../../src-shared/domain/incident.ts';
import { BoundedMap, BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook } from './common/casebook.ts';
import { fact, factUnlessZero, later, makeFinding, timeOf } from './common/finding.ts';
import { Sequence } from './common/sequence.ts';
import { within } from './common/words.ts';

interface Sign {
  id: string;
  kind: IncidentKind;
  severity?: Severity;
  confidence: number;
  /** "A … B" */
  does: string;
  why: string;
  technique: readonly Technique[];
  /** The side that does it: who opened the flow, or who answered. */
  actor: 'orig' | 'resp' | 'sender' | 'receiver';
}

const SHELL: Sign = {
  id: 'shell',
  kind: 'command-and-control',
  confidence: 0.85,
  does: 'is controlled through a bare command shell by',
  why: 'Commands of a shell and their output cross the connection unencrypted and without any protocol: one side runs a shell for the other.',
  technique: [
    { id: 'T1059', name: 'Command and Scripting Interpreter' },
    { id: 'T1095', name: 'Non-Application Layer Protocol' },
  ],
  actor: 'orig',
};
const BACKDOOR: Sign = {
  id: 'backdoor',
  kind: 'intrusion-attempt',
  confidence: 0.9,
  does: 'used a back door of a server program on',
  why: 'The bytes sent open a back door that was once hidden in the program; nothing else sends them.',
  technique: [{ id: 'T1190', name: 'Exploit Public-Facing Application' }],
  actor: 'sender',
};
const CODE: Sign = {
  id: 'shellcode',
  kind: 'intrusion-attempt',
  confidence: 0.75,
  does: 'sent machine code or commands in place of data to',
  why: 'Runs of filler instructions or a command to fetch and run a program are no data of any service.',
  technique: [{ id: 'T1210', name: 'Exploitation of Remote Services' }],
  actor: 'sender',
};
const CHECK_IN: Sign = {
  id: 'check-in',
  kind: 'command-and-control',
  confidence: 0.75,
  does: 'reports facts about its system and user, in no known protocol, to',
  why: 'Remote-control programs introduce the machine they run on with such a list.',
  technique: [
    { id: 'T1219', name: 'Remote Access Software' },
    { id: 'T1095', name: 'Non-Application Layer Protocol' },
  ],
  actor: 'sender',
};
const BOT: Sign = {
  id: 'bot',
  kind: 'command-and-control',
  confidence: 0.75,
  does: 'takes part in a chat channel that commands bots at',
  why: 'Messages of the channel are orders to attack, scan, download or spread.',
  technique: [{ id: 'T1071', name: 'Application Layer Protocol' }],
  actor: 'orig',
};
const CERTIFICATE: Sign = {
  id: 'certificate',
  kind: 'command-and-control',
  confidence: 0.9,
  does: 'talks to a server with the certificate of a remote-control program:',
  why: 'The names in the certificate are the ones such programs are shipped with.',
  technique: [{ id: 'T1573.002', name: 'Encrypted Channel: Asymmetric Cryptography' }],
  actor: 'orig',
};
const HEARTBEAT: Sign = {
  id: 'heartbeat',
  kind: 'command-and-control',
  severity: 'warning',
  confidence: 0.5,
  does: 'keeps a long connection of an unknown protocol alive, at regular intervals, with',
  why: 'Small messages at equal distances in an unknown protocol keep a control channel open; some products do the same.',
  technique: [{ id: 'T1095', name: 'Non-Application Layer Protocol' }],
  actor: 'orig',
};

const BLIND_HEARTBEAT: Sign = { ...HEARTBEAT, severity: 'info', confidence: 0.4 };

const OUTPUT =
  /\buid=\d+\([\w.$-]+\) gid=\d+|Microsoft Windows \[Version \d|\(c\) (?:\d{4} )?Microsoft Corp|^[A-Z]:\\[\w\\ .-]*>|\bbash-\d\.\d+[$#] |: no job control in this shell|: can't access tty|\bPS [A-Z]:\\[\w\\ .-]*> ?$|^Linux \S+ \d+\.\d+\.\S+ .*(?:GNU\/Linux|i686|x86_64)/m;
const COMMAND =
  /^(?:whoami|id|uname -a|ifconfig|ipconfig(?: \/all)?|hostname|pwd|ls(?: -\w+)?|dir|systeminfo|net user.*|netstat -\w+|cat \/etc\/\w+|ps (?:aux|-ef)|python\d? -c .*|\/bin\/(?:ba)?sh(?: -i)?|cmd(?:\.exe)?|echo [A-Za-z0-9]{8,24}|tftp -i \S+ GET .*|start \S+\.exe)\r?\n/i;
const BACK_DOORS = /^AB;\s*\S|^HELP ACIDBITCHEZ|^USER \S*:\)\s*\r?\n|^DEBUGMMMMMM/;
const CODE_SHAPES: readonly (RegExp | Sequence)[] = [
  /\x90{24}|\/bin\/sh\x00/,
  new Sequence(/(?<!A)A{200,}[^A]/g).next(/\/bin\/sh|cmd/g, 200),
  new Sequence(/(?:wget|curl|tftp) (?:-\S+ )*/g)
    .next(/\d{1,3}(?:\.\d{1,3}){3}/g, undefined, /\s/g)
    .next(/ ?(?:;|&&|\|)/g, undefined, /\s/g),
];
const CHAT = /^(?::\S+ )?(?:PASS|NICK|USER|JOIN|PRIVMSG|NOTICE|PING|MODE|TOPIC|[0-9]{3}) /m;
const BOT_ORDER = new Sequence(/(?:PRIVMSG|TOPIC|332) /gi).next(
  /:\s*[.!@$*]\s?(?:ddos|udp|syn|tcp|http|scan|adv(?:scan)?|asc|download|dl|update|exec|login|auth|spread|flood|kill|visit|wget|keylog|sysinfo|uninstall|rarworm|ntscan)\b/gi,
  undefined,
  /[:\r\n]/g,
);
/** Facts about a system, of which a check-in names several kinds. */
const SYSTEM =
  /\b(?:Win(?:dows)?\s?(?:XP|Vista|7|8(?:\.1)?|10|11|2000|2003|2008|2012|2016|2019|Server)|WIN_?(?:XP|7|8|10)|Microsoft Windows|Windows NT|Linux \d\.\d|MacOS|Mac OS X|Android \d)/i;
const USER = /\b(?:Admin(?:istrator)?|SYSTEM|User|root)\b|\\\w|[\w-]@[\w-]/;
const MACHINE =
  /\b(?:WIN-[A-Z0-9]{8,}|DESKTOP-[A-Z0-9]{5,}|LAPTOP-[A-Z0-9]{5,}|\d{2,5} ?MB|\d+(?:\.\d+)? ?GHz|Intel|AMD|x64|x86|64[- ]bit|32[- ]bit)\b|\w-{1,8}(?:PC|LAPTOP)\b/i;
const SEPARATOR = /\|'\||\|\|?|#{1,3}|\x00|\x1e|\x1f|;|\^|~~|<>|\\t/g;
const MAGIC =
  /^(?:Gh0st|HTTPS\x00|KrisR|cb1st|lv\||ll\||inf\||\d+\x00(?:ll|lv|inf)\||myversion\||#BOT#|KEEPALIVE\d|GetMyInfo|BotInfo|SH\|\d|new_infection|I'm here|MANSON|X\x0000\d\||login\|.{0,40}\|.{0,40}\|)/;
const CONTROL_CERTIFICATE =
  /AsyncRAT|Quasar (?:Server|RAT)|DcRat|VenomRAT|BitRAT|Orcus|Major Cobalt Strike|CN=cobaltstrike|Sliver|multiplayer\b.{0,64}operators|MetasploitSelfSignedCA|Pupy|Havoc|Mythic|Covenant|EmpireC2|PoshC2|NanoCore|LimeRAT|WarZone|XWorm|CN=CS01\b|Gozi|CN=localhost, *OU=none/i;
/** Products that describe systems to their servers, by the words in their messages. */
const PRODUCT =
  /zabbix|nagios|ossec|wazuh|puppet|saltstack|teamviewer|anydesk|vnc|citrix|vmware|splunk|snmp|ssdp|upnp|samba|printer|dnssd/i;

/** All that payloads and certificates are compared with. Takes time linear in the text, whatever its sender wrote. */
export const SHAPES: readonly (RegExp | Sequence)[] = [
  ...[BACK_DOORS, ...CODE_SHAPES, OUTPUT, COMMAND, CHAT, BOT_ORDER],
  ...[SYSTEM, USER, MACHINE, MAGIC, CONTROL_CERTIFICATE, PRODUCT],
];

/** Unknown-protocol connections with messages in step. */
const HEARTBEAT_MESSAGES = 10;
const HEARTBEAT_SECONDS = 100;
const HEARTBEAT_BYTES = 64;

/** Controlled connections last for hours: so long is one remembered. */
const CONTROL_SECONDS = 86_400;

export class Control extends Case {
  readonly sign: Sign;
  readonly actor: number;
  readonly other: number;
  readonly ports = new BoundedSet<number>(32);
  sample = '';
  /** Output of a shell came from the actor (above 0), or from the other side (below). */
  lean = 0;
  /** The end of a connection with the sign was seen. */
  ended = false;

  constructor(time: PacketTime, sign: Sign, actor: number, other: number) {
    super(time);
    this.sign = sign;
    this.actor = actor;
    this.other = other;
  }
}

export class RawControl implements Behaviour {
  readonly id = 'behaviour:raw-control';
  private readonly cases = new CaseBook<Control>({ ceiling: 10_000, lifetime: CONTROL_SECONDS });
  /** Case of a connection that is still open. */
  private readonly open = new BoundedMap<number, string>({ ceiling: 20_000, lifetime: CONTROL_SECONDS });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) this.look(message);
    for (let row = 0; row < seen.flows.count; row++) this.flow(seen.flows, row, context);
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private look(message: ProtocolMessage): void {
    if (message.kind === 'payload') this.payload(message);
    else if (message.kind === 'tls') this.certificate(message);
    else if (message.kind === 'login' && message.protocol === 'ftp' && message.user.endsWith(':)'))
      this.note(message, BACKDOOR, message.user);
  }

  private payload(message: PayloadMessage): void {
    const text = message.text;
    if (BACK_DOORS.test(text)) this.note(message, BACKDOOR, text);
    else if (CODE_SHAPES.some((shape) => shape.test(text))) this.note(message, CODE, text);
    else if (OUTPUT.test(text) || (COMMAND.test(text) && message.transport === 'tcp')) this.note(message, SHELL, text);
    else if (CHAT.test(text)) {
      if (BOT_ORDER.test(text)) this.note(message, BOT, text);
    } else if (MAGIC.test(text) || isCheckIn(text)) this.note(message, CHECK_IN, text);
  }

  private certificate(message: TlsMessage): void {
    if (message.what !== 'certificate') return;
    const names = `${message.subject} ${message.issuer}`;
    if (CONTROL_CERTIFICATE.test(names)) this.note(message, CERTIFICATE, message.subject);
  }

  /** What is controlled is so until the connection ends, whatever else is said on it. */
  private ended(flows: FlowBatch, row: number): void {
    const c = flows.columns;
    const key = this.open.peek(c.id[row]!);
    if (key === undefined) return;
    this.open.delete(c.id[row]!);
    const found = this.cases.find(key);
    if (!found) return;
    found.ended = true;
    found.last = later(found.last, { sec: c.lastSec[row]!, nano: c.lastNano[row]! });
    this.cases.change(key, found);
  }

  /** Many small packets with payload at equal distances: mean and deviation are in the flow's row. */
  private flow(flows: FlowBatch, row: number, context: BehaviourContext): void {
    this.ended(flows, row);
    const c = flows.columns;
    if (c.proto[row] !== 6 || (flows.meta[row]?.service ?? '') !== '' || (flows.meta[row]?.app ?? '') !== '') return;
    const messages = c.origDataPkts[row]!;
    const seconds = c.lastSec[row]! - c.sec[row]!;
    if (messages < HEARTBEAT_MESSAGES || seconds < HEARTBEAT_SECONDS || context.network.isLocal(c.respHost[row]!))
      return;
    // Devices keep such connections to their vendor, whom they look up first.
    if (context.names.nameOf(c.respHost[row]!, context.hosts.address(c.respHost[row]!)) !== '') return;
    const mean = c.origPayload[row]! / messages;
    const spread = Math.sqrt(Math.max(0, c.origPayloadSq[row]! / messages - mean * mean));
    const gaps = Math.max(1, c.origPkts[row]! - 1);
    const gap = c.origIatSum[row]! / gaps;
    if (mean > HEARTBEAT_BYTES || spread > mean * 0.25 || gap < 1) return;
    // Acknowledgements come in pairs with the messages: their distances scatter by design, the greatest one does not.
    if (c.origIatMax[row]! > (seconds / messages) * 1.6) return;
    // A capture without lookups cannot say whether a name led there.
    const sign = context.names.lookups > 0 ? HEARTBEAT : BLIND_HEARTBEAT;
    const key = `control|${sign.id}|${c.origHost[row]!}|${c.respHost[row]!}`;
    const found = this.cases.open(
      key,
      timeOf(c, row),
      (time) => new Control(time, sign, c.origHost[row]!, c.respHost[row]!),
    );
    found.saw({ sec: c.lastSec[row]!, nano: c.lastNano[row]! }, c.id[row]!);
    found.count = messages;
    found.ports.add(c.respPort[row]!);
    found.decide();
    this.cases.change(key, found);
  }

  private note(message: ProtocolMessage, sign: Sign, sample: string): void {
    const sender = message.fromOrig ? message.orig : message.resp;
    const receiver = message.fromOrig ? message.resp : message.orig;
    const actor = { orig: message.orig, resp: message.resp, sender, receiver }[sign.actor];
    const other = actor === message.orig ? message.resp : message.orig;
    const key = `control|${sign.id}|${actor}|${other}`;
    const found = this.cases.open(key, at(message), (time) => new Control(time, sign, actor, other));
    found.saw(at(message), message.flow);
    if (sign.kind === 'command-and-control') this.open.set(message.flow, key, message.sec);
    if (sign === SHELL) {
      // Output shows whose shell it is; a command only hints at it, since terminals repeat what is typed.
      const weight = OUTPUT.test(sample) ? 3 : 1;
      found.lean += (OUTPUT.test(sample) ? sender : receiver) === actor ? weight : -weight;
    }
    found.ports.add(message.respPort);
    found.sample ||= clean(sample);
    found.decide();
    this.cases.change(key, found);
  }

  private finding(found: Control, context: BehaviourContext): Finding {
    const [actor, other] = found.lean < 0 ? [found.other, found.actor] : [found.actor, found.other];
    const who = context.hosts.address(actor);
    const whom = context.hosts.address(other);
    const sign = found.sign;
    return makeFinding({
      detector: this.id,
      kind: sign.kind,
      ...(sign.severity === undefined ? {} : { severity: sign.severity }),
      confidence: Math.min(0.97, sign.confidence + 0.02 * Math.min(5, found.count - 1)),
      title: `${who} ${sign.does} ${whom}`,
      summary: sign.why + (found.sample === '' ? '' : ` Seen: "${found.sample}".`),
      sources: [actor],
      targets: [other],
      ports: found.ports.members,
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact(
          sign.id === HEARTBEAT.id
            ? `Messages of one size${within(found.seconds)} (alarm from ${HEARTBEAT_MESSAGES})`
            : 'Messages with this sign',
          found.count,
          'messages',
        ),
        fact('Connections with such messages', found.flows.total, 'connections'),
        ...factUnlessZero('From the first sign to the end of the connection', found.ended ? found.seconds : 0, 's'),
      ],
      flows: found.flows,
      technique: sign.technique,
      ...(sign === SHELL
        ? {
            response: [
              `Isolate ${who} from the network now, and treat it as compromised: somebody at ${whom} has a command shell on it.`,
              `Keep it running for examination, change the passwords used on it, and look for other connections of ${whom}.`,
            ],
          }
        : {}),
    });
  }
}

/** A list, between separators, that names at least a system, and a user or parts of a machine. */
function isCheckIn(text: string): boolean {
  if (
    text.length < 20 ||
    PRODUCT.test(text) ||
    text.startsWith('<') ||
    text.startsWith('{') ||
    /^HTTP\/|^(?:GET|POST|SIP|RTSP|NOTIFY|M-SEARCH|SSH-) ?/.test(text)
  )
    return false;
  const separators = text.match(SEPARATOR)?.length ?? 0;
  if (separators < 3) return false;
  return SYSTEM.test(text)
    ? USER.test(text) || MACHINE.test(text)
    : USER.test(text) && /\b(?:Admin(?:istrator)?|SYSTEM)\b/i.test(text) && separators >= 5;
}

/** What stands before a secret in commands and their output. */
const SECRET_WORDS = [
  /(\bnet1?\s+user\s+\S{1,64}\s+)(?!\/)\S+/gi,
  /((?<![/\w]|last )(?:(?:ch|ssh)?pass(?:wd|word|wort)?|pwd?|login|identify|auth|oper|secret|token)(?:[ \t]{1,8}|[ \t]{0,8}[:=|('",]))[^\r\n]+/gi,
  /(\s(?:-p|--pass\w{0,8})[\s=]?)[^\s-]\S*/g,
  /(\s(?:-u|--user|-U)[\s=]?[^\s:]{1,64}:)\S+/g,
  /(\s[^\s:/|%]{1,64}[:%])[^\s|]+(?=\s{0,4}\|\s{0,4}chpasswd)/g,
  /(\$(?:\d\w?|y|argon2\w{1,2})\$)[^\s:]+/g,
];

/** For people: control characters become dots, and what commands name as secret is hidden. */
function clean(text: string): string {
  // Control characters are what is replaced.
  return withoutSecrets(SECRET_WORDS.reduce((shown, words) => shown.replace(words, '$1…'), text))
    .slice(0, 120)
    .replaceAll(/[\u0000-\u001f\u007f-\u00a0]+/g, ' ')
    .trim();
}

/**
 * Lateral movement between Windows machines, and the calls that prepare or follow it: services, tasks, registry, WMI
 * and DCOM on other machines, programs copied to administrative shares, WinRM sessions, replication asked for by a
 * machine that is no domain controller, accounts listed, Zerologon.
 *
 * Confidence stands with each meaning in `common/rpc-interfaces.ts`; several different ones between the same two
 * hosts add 0.05 each. Ordinary and quiet: domain logins (Netlogon, LSA, a single SAMR look-up), Group Policy over
 * SYSVOL, printing, file shares, replication between domain controllers.
 */
import type { Evidence } from '../../../src-shared/domain/incident.ts';
import { formatTime } from '../../../src-shared/domain/time.ts';
import type { FlowBatch } from '../../meter/flows/types.ts';
import { operationName } from '../../meter/protocols/inspectors/rpc-interfaces.ts';
import type { DcerpcMessage, HttpMessage, ProtocolMessage, SmbMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { AccountBook } from './common/account-book.ts';
import { BoundedMap, BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook } from './common/casebook.ts';
import { fact, factUnlessZero, makeFinding, timeOf } from './common/finding.ts';
import * as rpc from './common/rpc-interfaces.ts';
import { counted, formatList, within } from './common/words.ts';

const { RPC } = rpc;
const CHALLENGE = 4;
const AUTHENTICATE = new Set([5, 15, 26]);
const SET_PASSWORD = 30;
/** Authentications of the secure channel by one machine: one at start, one in hours; Zerologon needs 256 on average. */
const ZEROLOGON_TRIES = 10;
/** Calls on an object of another machine after it was made. */
const OBJECT_CALLS = 3;
/** Different calls of one meaning that are named. */
const CALLS_MAX = 4;
/** Answers over LDAP in one connection beyond what logins and policies need. */
const DIRECTORY_BYTES = 250_000;
/** Where programs are put on administrative shares, and what they look like. */
const PROGRAM = /\.(exe|dll|bat|cmd|ps1|vbs|js|jse|hta|msi|scr|sys|com|xml|wsf|cpl|lnk)$/i;
const ADMIN_SHARE = /(^|\\)(admin\$|[a-z]\$)(\\|$)/i;
const TOOL_PIPE =
  /(psexe|remcom|paexec|csexec|winexe|\bmsagent_|\bpostex_|status_[0-9a-f]{2}|\bmojo\.5688|msse-\d+-server)/i;
const OUTPUT_FILE = /(^|\\)(__output|__\d{10}|execute\.bat|__[a-z]+(\.\d+)?)$/i;

/** A path as Windows opens it: the file, and the stream in it where one is named, without the dots and blanks at their ends. */
function openedNames(path: string): string[] {
  const name = path.lastIndexOf('\\') + 1;
  const stream = path.indexOf(':', name);
  const names = stream < 0 ? [path] : [path.slice(0, stream), ...path.slice(stream + 1).split(':')];
  return names.map((one) => one.replace(/[. ]+$/, ''));
}

export class Movement extends Case {
  readonly source: number;
  readonly target: number;
  /** The surest of those seen under this id. */
  meaning: rpc.RpcMeaning;
  readonly ports = new BoundedSet<number>(16);
  readonly details = new BoundedSet<string>(32);
  /** Calls by name, with the first of each. */
  readonly calls = new Map<string, { count: number; first: PacketTime; transport: string }>();

  constructor(time: PacketTime, source: number, target: number, meaning: rpc.RpcMeaning) {
    super(time);
    this.source = source;
    this.target = target;
    this.meaning = meaning;
  }

  called(message: DcerpcMessage): void {
    const name = operationName(message.interface, message.operation);
    const known = this.calls.get(name);
    if (known) known.count++;
    else if (this.calls.size < CALLS_MAX)
      this.calls.set(name, { count: 1, first: at(message), transport: message.transport });
  }
}

/** "Calls of drsuapi 3 (IDL_DRSGetNCChanges) over tcp, first at 2020-09-21 22:59:08 UTC". */
function callFacts({ calls }: Movement): Evidence[] {
  return [...calls].map(([name, { count, first, transport }]) => {
    const over = transport === '' || transport === 'tcp' ? transport : `the pipe ${transport}`;
    const when = `${formatTime(first.sec, first.nano).slice(0, 19).replace('T', ' ')} UTC`;
    return fact(`Calls of ${name}${over === '' ? '' : ` over ${over}`}, first at ${when}`, count, 'calls');
  });
}

interface Pair {
  /** Meanings decided between these two hosts. */
  meanings: Set<string>;
  activated: PacketTime | null;
  className: string;
  objectCalls: number;
  authentications: number;
  challenges: number;
  first: PacketTime;
  passwordSet: boolean;
}

const ZEROLOGON: rpc.RpcMeaning = {
  id: 'zerologon',
  kind: 'intrusion-attempt',
  severity: 'critical',
  confidence: 0.95,
  does: 'tried to take over the domain controller (Zerologon, CVE-2020-1472)',
  why: 'A machine authenticates its secure channel once; hundreds of tries in a row guess the one that an all-zero credential opens.',
  technique: [{ id: 'T1210', name: 'Exploitation of Remote Services' }],
};
const ADMIN_FILE: rpc.RpcMeaning = {
  id: 'admin-share',
  kind: 'lateral-movement',
  severity: 'critical',
  confidence: 0.65,
  does: 'put or opened programs on an administrative share of',
  why: 'Programs on C$ or ADMIN$ of another machine are usually copied there to be run; software distribution does it from a server.',
  technique: [
    { id: 'T1021.002', name: 'Remote Services: SMB/Windows Admin Shares' },
    { id: 'T1570', name: 'Lateral Tool Transfer' },
  ],
};
const ADMIN_TREE: rpc.RpcMeaning = {
  id: 'admin-tree',
  kind: 'lateral-movement',
  severity: 'info',
  confidence: 0.4,
  does: 'connected to an administrative share of',
  why: 'Only administrators can; it is ordinary for backups and management, and the first step of an intruder with a stolen password.',
  technique: [{ id: 'T1021.002', name: 'Remote Services: SMB/Windows Admin Shares' }],
};
const DIRECTORY: rpc.RpcMeaning = {
  id: 'directory-read',
  kind: 'fingerprinting',
  severity: 'info',
  confidence: 0.45,
  does: 'read much of the directory of',
  why: 'Large parts of the directory were read over LDAP; tools that map a domain do, and so do some management programs.',
  technique: [{ id: 'T1087.002', name: 'Account Discovery: Domain Account' }],
};
const TOOL: rpc.RpcMeaning = {
  id: 'remote-tool',
  kind: 'lateral-movement',
  severity: 'critical',
  confidence: 0.85,
  does: 'used a remote-execution tool on',
  why: 'The names of pipes and files are those of tools that run commands on other machines.',
  technique: [
    { id: 'T1021.002', name: 'Remote Services: SMB/Windows Admin Shares' },
    { id: 'T1569.002', name: 'System Services: Service Execution' },
  ],
};
const WINRM: rpc.RpcMeaning = {
  id: 'winrm',
  kind: 'lateral-movement',
  severity: 'warning',
  confidence: 0.55,
  does: 'ran commands through WinRM on',
  why: 'Windows Remote Management opens a shell on another machine; administrators use it from few places.',
  technique: [{ id: 'T1021.006', name: 'Remote Services: Windows Remote Management' }],
  calls: 2,
};
const FEDERATION: rpc.RpcMeaning = {
  id: 'federation-export',
  kind: 'lateral-movement',
  severity: 'critical',
  confidence: 0.75,
  does: 'asked the federation server for its configuration and keys at',
  why: 'Only federation servers among themselves replicate this; with the token-signing key anybody can be impersonated.',
  technique: [
    { id: 'T1606.002', name: 'Forge Web Credentials: SAML Tokens' },
    { id: 'T1552.004', name: 'Unsecured Credentials: Private Keys' },
  ],
};
const SCRIPT_AGENT = /powershell|python|curl|wget|go-http|ruby|java\//i;

/**
 * Who calls whom. In a capture that begins within a connection the first packet decides who is the originator: the
 * sender of a call is the caller all the same.
 */
function ends(message: ProtocolMessage): { caller: number; callee: number } {
  const turned = message.kind === 'dcerpc' && !message.fromOrig;
  return turned ? { caller: message.resp, callee: message.orig } : { caller: message.orig, callee: message.resp };
}

export class WindowsRemote implements Behaviour {
  readonly id = 'behaviour:windows-remote';
  private readonly cases = new CaseBook<Movement>({ ceiling: 10_000, lifetime: 7200 });
  private readonly pairs = new BoundedMap<string, Pair>({ ceiling: 20_000, lifetime: 7200 });
  private readonly accounts = new AccountBook();
  /** Hosts that answer as domain controllers: they serve Kerberos. */
  private readonly controllers = new BoundedSet<number>(1000);

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) this.look(message);
    for (let row = 0; row < seen.flows.count; row++) this.directory(seen.flows, row, context);
    this.cases.flush((found, key) => this.say(found, key, context));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => this.say(found, key, context));
  }

  private look(message: ProtocolMessage): void {
    this.accounts.learn(message);
    if (message.kind === 'dcerpc') this.call(message);
    else if (message.kind === 'smb') this.share(message);
    else if (message.kind === 'http') this.web(message);
    else if (message.kind === 'kerberos' && (message.type === 'as-rep' || message.type === 'tgs-rep'))
      this.controller(message.resp);
  }

  /** A machine that turns out to be a domain controller explains what it replicated before. */
  private controller(host: number): void {
    if (!this.controllers.add(host)) return;
    for (const [key, found] of this.cases) {
      if (found.meaning.controllers && found.source === host) this.cases.change(key, found);
    }
  }

  private pair(message: ProtocolMessage): Pair {
    const { caller, callee } = ends(message);
    return this.pairs.obtain(`${caller}|${callee}`, message.sec, () => ({
      meanings: new Set(),
      activated: null,
      className: '',
      objectCalls: 0,
      authentications: 0,
      challenges: 0,
      first: at(message),
      passwordSet: false,
    }));
  }

  private call(message: DcerpcMessage): void {
    if (message.what === 'fault') return;
    if (message.what === 'bind') {
      if (message.interface === RPC.WMI_LOGIN) this.note(message, rpc.WMI_MEANING, 'WMI login');
      return;
    }
    if (message.interface === RPC.NETLOGON) return this.netlogon(message);
    const meaning = rpc.meaningOf(message.interface, message.operation);
    if (meaning) this.note(message, meaning, '');
    else if (message.object || message.interface === RPC.ACTIVATION) this.object(message);
  }

  /** DCOM: an object is activated (operation 3 or 4 of the activator), then used. */
  private object(message: DcerpcMessage): void {
    const pair = this.pair(message);
    const activation =
      message.interface === RPC.ACTIVATION ||
      (message.respPort === 135 && message.object && message.operation >= 3 && message.operation <= 4);
    if (activation) {
      pair.activated ??= at(message);
      if (message.detail !== '') pair.className = message.detail;
    } else if (message.respPort !== 135) {
      pair.objectCalls++;
    }
    const wmi = pair.className === 'WMI';
    if (message.detail !== '') this.note(message, wmi ? rpc.WMI_MEANING : rpc.DCOM_MEANING, message.detail);
    else if (pair.objectCalls >= OBJECT_CALLS)
      this.note(message, wmi ? rpc.WMI_MEANING : rpc.DCOM_MEANING, pair.className);
  }

  private netlogon(message: DcerpcMessage): void {
    const pair = this.pair(message);
    if (message.operation === CHALLENGE) pair.challenges++;
    else if (AUTHENTICATE.has(message.operation)) pair.authentications++;
    if (pair.authentications < ZEROLOGON_TRIES) return;
    if (message.operation === SET_PASSWORD) pair.passwordSet = true;
    this.note(message, ZEROLOGON, pair.passwordSet ? 'the password of the machine account was then changed' : '');
  }

  private share(message: SmbMessage): void {
    const path = message.path;
    if (path === '') return;
    if (/tree/i.test(message.command)) {
      if (ADMIN_SHARE.test(path) && message.status === 0) this.note(message, ADMIN_TREE, path);
      return;
    }
    const name = path.slice(path.lastIndexOf('\\') + 1);
    const pipe = rpc.PIPES.get(name.toLowerCase());
    if (pipe && /create|open|nt_create/i.test(message.command))
      this.note(message, { ...pipe, severity: 'info', confidence: 0.4 }, `pipe ${name}`);
    if (TOOL_PIPE.test(path)) this.note(message, TOOL, path);
    else if (ADMIN_SHARE.test(path) || ADMIN_SHARE.test(message.share)) {
      const names = openedNames(path);
      if (names.some((one) => OUTPUT_FILE.test(one))) this.note(message, TOOL, path);
      else if (names.some((one) => PROGRAM.test(one))) this.note(message, ADMIN_FILE, path);
    }
  }

  private web(message: HttpMessage): void {
    if (message.method !== 'POST') return;
    const path = message.uri.split('?', 1)[0]!.toLowerCase();
    if (path.startsWith('/wsman')) this.note(message, WINRM, '');
    else if (path.endsWith('/policystoretransfer') && SCRIPT_AGENT.test(message.agent))
      this.note(message, FEDERATION, message.agent);
  }

  /** A login reads tens of kilobytes over LDAP. */
  private directory(flows: FlowBatch, row: number, context: BehaviourContext): void {
    const c = flows.columns;
    const port = c.respPort[row]!;
    if (
      (port !== 389 && port !== 3268) ||
      c.respBytes[row]! < DIRECTORY_BYTES ||
      !context.network.isLocal(c.origHost[row]!)
    )
      return;
    const caller = c.origHost[row]!;
    if (this.controllers.members.has(caller)) return;
    const key = `windows|${DIRECTORY.id}|${caller}|${c.respHost[row]!}`;
    const found = this.cases.open(
      key,
      timeOf(c, row),
      (time) => new Movement(time, caller, c.respHost[row]!, DIRECTORY),
    );
    found.saw({ sec: c.lastSec[row]!, nano: c.lastNano[row]! }, c.id[row]!);
    found.ports.add(port);
    found.decide();
    this.cases.change(key, found);
  }

  private note(message: ProtocolMessage, meaning: rpc.RpcMeaning, detail: string): void {
    if (meaning.controllers && this.controllers.members.has(ends(message).caller)) return;
    const { caller, callee } = ends(message);
    const key = `windows|${meaning.id}|${caller}|${callee}`;
    const found = this.cases.open(key, at(message), (time) => new Movement(time, caller, callee, meaning));
    found.saw(at(message), message.flow);
    found.ports.add(message.respPort);
    if (detail !== '') found.details.add(detail);
    if (message.kind === 'dcerpc' && message.what === 'call') found.called(message);
    if (meaning.confidence > found.meaning.confidence) found.meaning = meaning;
    if (found.count < (meaning.calls ?? 1)) return;
    found.decide();
    this.pair(message).meanings.add(meaning.id);
    this.cases.change(key, found);
  }

  private say(found: Movement, key: string, context: BehaviourContext): void {
    // A machine that is found to be a domain controller later explains its replication.
    if (found.meaning.controllers && this.controllers.members.has(found.source)) {
      context.withdraw(key);
      return;
    }
    context.report(key, this.finding(found, context));
  }

  private finding(found: Movement, context: BehaviourContext): Finding {
    const who = context.hosts.address(found.source);
    const whom = context.hosts.address(found.target);
    const pair = this.pairs.peek(`${found.source}|${found.target}`);
    const others = Math.max(0, (pair?.meanings.size ?? 1) - 1);
    const zerologon = found.meaning === ZEROLOGON;
    const tries = pair?.authentications ?? 0;
    const details = [...found.details.members];
    return makeFinding({
      detector: this.id,
      kind: found.meaning.kind,
      severity: found.meaning.severity,
      confidence: Math.min(0.97, found.meaning.confidence + 0.05 * others),
      title: zerologon
        ? `${who} ${found.meaning.does} ${whom} in ${counted(tries, 'try', 'tries')}`
        : `${who} ${found.meaning.does} ${whom}`,
      summary:
        found.meaning.why +
        (details.length > 0 ? ` Seen: ${formatList(details, 3, details.length + found.details.refused)}.` : ''),
      sources: [found.source],
      targets: [found.target],
      ports: found.ports.members,
      first: zerologon && pair ? pair.first : found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        zerologon
          ? fact(`Authentications of the secure channel (alarm from ${ZEROLOGON_TRIES})`, tries, 'calls')
          : fact(
              `${found.meaning === DIRECTORY ? 'Connections' : 'Calls or files'} with which ${who} ${found.meaning.does} ${whom}${within(found.seconds)}`,
              found.count,
              found.meaning === DIRECTORY ? 'connections' : 'calls',
            ),
        ...callFacts(found),
        ...(found.meaning.kind === 'lateral-movement' ? this.accounts.facts(found.source, who) : []),
        ...factUnlessZero('Other kinds of remote administration between these hosts', others, 'kinds'),
      ],
      flows: found.flows,
      technique: found.meaning.technique,
      ...(zerologon
        ? {
            response: [
              'Check whether the domain controller is patched against CVE-2020-1472 and whether its machine password changed at this time.',
              'If it did, treat the domain as compromised: isolate the source and call for help.',
            ],
          }
        : {}),
    });
  }
}

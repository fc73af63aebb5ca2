/**
 * A protocol on a port that belongs to another one: ways through a firewall that tells traffic apart by ports.
 *
 * Only protocols for which that matters (`WATCHED`), and only ports that belong to one protocol (`ownerOf`): SSH on 2222 or
 * HTTP on 8081 is nobody's business. It has to be spoken: recognised by what was said, answered by the other end in nothing
 * else, and gone on with. A warning where tunnels and remote control (`way`) lead from inside to the outside; `info` inside,
 * from outside to a server of ours, and for everything else. Confidence 0.9 over TCP; over UDP, where protocols are known by
 * the shapes of datagrams, 0.75.
 */
import type { MisplacedMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations } from '../types.ts';
import { fact, makeFinding } from './common/finding.ts';
import { MisplacedCases, type MisplacedCase } from './common/misplaced-cases.ts';
import { ownerOf } from './common/port-owners.ts';
import { counted } from './common/words.ts';

interface Watched {
  name: string;
  /** Where it is at home. */
  port: number;
  /** Carries other traffic, or lets somebody control a machine. */
  way?: boolean;
  /** A program that somebody runs on a machine, no service that could be moved. */
  program?: true;
  /** Where it is out of place; without it, on every port of another protocol. */
  on?: readonly number[];
}

const way = (name: string, port: number): Watched => ({ name, port, way: true });
const other = (name: string, port: number): Watched => ({ name, port });
const program = (name: string, port: number): Watched => ({ name, port, program: true });
const SMB = other('SMB', 445);
const HTTP = other('HTTP', 80);

/** By the names that inspectors give. */
const WATCHED: ReadonlyMap<string, Watched> = new Map([
  ['SSH', way('SSH', 22)],
  ['Telnet', way('Telnet', 23)],
  ['RDP', way('RDP', 3389)],
  ['VNC', way('VNC', 5900)],
  ['X11', way('X11', 6000)],
  ['Radmin', way('Radmin', 4899)],
  ['SOCKS', way('SOCKS', 1080)],
  ['OpenVPN', way('OpenVPN', 1194)],
  ['WireGuard', way('WireGuard', 51_820)],
  ['IPSec', way('IKE', 500)],
  ['PPTP', way('PPTP', 1723)],
  ['TINC', way('tinc', 655)],
  ['ZeroTier', way('ZeroTier', 9993)],
  // Mail, directories and RDP have encrypted forms on their own ports, and some services take TLS on 80.
  ['TLS', { name: 'TLS', port: 443, way: true, on: [22, 23, 53, 88, 135, 139, 179, 445] }],
  ['HTTP', HTTP],
  ['HTTP_Connect', HTTP],
  ['HTTP_Proxy', HTTP],
  ['DNS', other('DNS', 53)],
  ['BitTorrent', program('BitTorrent', 6881)],
  ['eDonkey', program('eDonkey', 4662)],
  ['Gnutella', program('Gnutella', 6346)],
  ['DirectConnect', program('Direct Connect', 411)],
  ['IRC', other('IRC', 6667)],
  ['Mining', program('coin mining', 3333)],
  ['FTP_CONTROL', other('FTP', 21)],
  ['SMTP', other('SMTP', 25)],
  ['IMAP', other('IMAP', 143)],
  ['Modbus', other('Modbus', 502)],
  ['MQTT', other('MQTT', 1883)],
  ['AMQP', other('AMQP', 5672)],
  ['RTSP', other('RTSP', 554)],
  ['SIP', other('SIP', 5060)],
  ['RSYNC', other('rsync', 873)],
  ['NetBIOS.SMBv1', SMB],
  ['NetBIOS.SMBv23', SMB],
  ['MySQL', other('MySQL', 3306)],
  ['PostgreSQL', other('PostgreSQL', 5432)],
  ['MsSQL-TDS', other('MS-SQL', 1433)],
  ['Oracle', other('Oracle TNS', 1521)],
  ['RESP', other('Redis', 6379)],
  ['MongoDB', other('MongoDB', 27_017)],
  ['Memcached', other('memcached', 11_211)],
]);

export class UnexpectedPort implements Behaviour {
  readonly id = 'behaviour:unexpected-port';
  private readonly cases = new MisplacedCases();

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) if (message.kind === 'misplaced') this.look(message, context);
    this.cases.ended(seen.flows);
    this.tell(context);
  }

  finish(context: BehaviourContext): void {
    this.tell(context);
  }

  private look(message: MisplacedMessage, context: BehaviourContext): void {
    const watched = WATCHED.get(message.app);
    if (!watched || ownerOf(message.respPort, message.transport) === undefined) return;
    if (watched.on && !watched.on.includes(message.respPort)) return;
    this.cases.note(message, context);
  }

  private tell(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private finding(found: MisplacedCase, context: BehaviourContext): Finding {
    const watched = WATCHED.get(found.app)!;
    const { name, port, way } = watched;
    const owner = ownerOf(found.port, found.transport)!;
    const out = found.outward && way === true;
    return makeFinding({
      detector: this.id,
      kind: 'policy-violation',
      severity: out ? 'warning' : 'info',
      confidence: found.transport === 'tcp' ? 0.9 : 0.75,
      title: `${capital(name)} between ${found.who(context)}, which belongs to ${owner}`,
      summary:
        `${counted(found.count, 'connection')} of ${name} went over the port of ${owner}` +
        (found.outward
          ? `, out of the network: a firewall that lets ${owner} out by its port lets this out as well.`
          : found.inward
            ? `, from outside to a server inside.`
            : ', inside the network.'),
      ...found.parts(),
      evidence: [
        fact(`Port it was spoken on (${name} is at home on ${port})`, found.port, 'port', port),
        fact('Connections in which both ends spoke it', found.count, 'connections', 0),
        ...found.volume(),
      ],
      technique: out
        ? [
            { id: 'T1571', name: 'Non-Standard Port' },
            { id: 'T1572', name: 'Protocol Tunneling' },
          ]
        : [{ id: 'T1571', name: 'Non-Standard Port' }],
      response: response(found, watched, context.hosts.address(found.host)),
    });
  }
}

function response(found: MisplacedCase, { name, port, way, program }: Watched, who: string): string[] {
  if (program)
    return [
      `Find out who runs ${name} on ${who} and whether it is allowed there.`,
      'If it is not, remove the program and look for how it got there; if it is, mark it as expected.',
    ];
  if (found.outward && way)
    return [
      `Ask the owner of ${who} what this way out is for; ${name} can carry anything past rules that look at ports only.`,
      `If nobody meant it, block the far end, and let port ${found.port} out only to the servers that need it, or through a proxy that looks inside.`,
    ];
  if (found.outward)
    return [
      `Look up the far end, and find the program on ${who} that speaks ${name} with it.`,
      'Mark it as expected if it is known; block the far end if nobody knows it.',
    ];
  return [
    `Find out who set the service up like this, and move it to its own port (${port}) unless there is a reason.`,
    'Mark it as expected if it has to stay.',
  ];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** IRC (RFC 2812): who, where, TLS after STARTTLS, and the file transfers (DCC) it announces. */
import { latin1, lineEnd, matches } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { firstLetters } from '../first.ts';
import { firstWord, LineSession } from './lines.ts';
import { SaslLogin } from './sasl.ts';
import { tls } from './tls.ts';

const DCC = /\?DCC (?:SEND|CHAT) \S+ (\d{1,10}) (\d{1,5})/;
const DCC_DATA = { service: 'irc-dcc-data', app: 'IRC' };
/** How a nick is claimed from a network's services; the account may be left out. */
const IDENTIFY = /^(?:PRIVMSG )?(?:NickServ|NS)(?:@\S{1,64})? :?IDENTIFY (\S{1,64})(?: (\S{1,64}))?\s*$/i;
const OPERATOR = /^OPER (\S{1,64}) \S/i;
const SASL = /^AUTHENTICATE ([^\s+]\S{0,511})$/i;
/** Lines read a flow: enough to know who it is, and to meet early DCC offers. */
const LINES_MAX = 20000;

/** Lines that behaviours look at: a known back door's, and messages and topics in which bots get orders. */
const ORDER = /^AB;|^(?::\S+ )?(?:PRIVMSG|TOPIC|332) /;
const SHOWN_MAX = 64;
const NICK_MAX = 64;

const words = new Uint32Array(4);

class IrcSession extends LineSession {
  private greeted = false;
  private lines = 0;
  private shown = 0;
  private nick = '';
  private readonly sasl = new SaslLogin();

  override line(flow: FlowContext, fromOrig: boolean, line: string): void {
    this.greeted ||= !fromOrig && SERVER.test(line);
    const identified = IDENTIFY.exec(line);
    if (identified) flow.inTheClear('password', identified[2] === undefined ? this.nick : identified[1]!);
    else if (ORDER.test(line) && ++this.shown <= SHOWN_MAX) {
      flow.emit({ ...flow.head(), kind: 'payload', transport: 'tcp', text: line.slice(0, 512), size: line.length });
    }
    if (++this.lines > LINES_MAX) flow.finish();
    else if (line.startsWith('NICK ')) this.named(flow, firstWord(line.slice(5)));
    else if (line.startsWith('USER ')) flow.fact('irc.user', line.slice(5).split(' ')[0] ?? '');
    else if (line.startsWith('PASS ')) flow.inTheClear('password');
    else if (OPERATOR.test(line)) flow.inTheClear('password', OPERATOR.exec(line)?.[1] ?? '');
    else if (line.startsWith('AUTHENTICATE ')) this.prove(flow, SASL.exec(line)?.[1] ?? '');
    else if (line.startsWith('JOIN ')) flow.also('irc.channel', line.slice(5).split(' ')[0] ?? '');
    else if (/^:\S+ 670 /.test(line)) flow.handOver([tls]);
    else if (this.greeted) this.transfer(flow, fromOrig, line);
  }

  private named(flow: FlowContext, nick: string): void {
    this.nick = nick.slice(0, NICK_MAX);
    flow.fact('irc.nick', nick);
  }

  private prove(flow: FlowContext, said: string): void {
    if (said === '') return;
    const done = this.sasl.awaits ? this.sasl.response(said) : this.sasl.begin(said);
    if (done && this.sasl.clear) flow.inTheClear('password', this.sasl.user);
  }

  private transfer(flow: FlowContext, fromOrig: boolean, line: string): void {
    if (!line.includes('DCC ')) return;
    const found = DCC.exec(line);
    const port = Number(found?.[2] ?? 0);
    if (!found || port === 0 || port > 65535) return;
    words[2] = 0xffff;
    words[3] = Number(found[1]);
    // A client offers a port of its own, a server passes on what others offer.
    flow.announce(fromOrig ? flow.origWords : words, port, DCC_DATA);
  }
}

const CLIENT =
  /^(?:NICK [^\s:]{1,64}\r?\n|USER \S+ \S+ \S+ :|PASS \S+\r?\n(?:NICK|USER|CAP) |CAP (?:LS|REQ|END)|STARTTLS\r?\n|JOIN [#&][^\s]+|PRIVMSG \S+ :)/i;
const SERVER =
  /^:[^\s]{1,128} (?:NOTICE |0\d\d |CAP |[34]\d\d |PRIVMSG |JOIN |NICK )|^NOTICE (?:AUTH|\*) :|^PING :|^ERROR :Closing [Ll]ink/;
const STARTS = ['NICK ', 'USER ', 'PASS ', 'CAP ', 'STARTTLS', 'JOIN ', 'PRIVMSG ', 'NOTICE ', 'PING :', 'ERROR :'];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  let possible = data[at] === 0x3a;
  for (let i = 0; i < STARTS.length && !possible; i++) possible = matches(data, at, end, STARTS[i]!, true) !== 0;
  if (!possible) return NO;
  const shown = latin1(data, at, end, 256);
  if (CLIENT.test(shown) || SERVER.test(shown)) return YES;
  return lineEnd(data, at, end) < 0 && end - at < 512 ? MAYBE : NO;
}

export const irc: Inspector = {
  id: 'irc',
  over: 'tcp',
  ports: [6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 7000, 8067],
  first: [0x3a, ...firstLetters(STARTS)],
  service: 'irc',
  app: 'IRC',
  probe,
  open: () => new IrcSession(),
};

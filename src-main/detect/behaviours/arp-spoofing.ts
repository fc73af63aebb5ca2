/**
 * ARP spoofing: somebody claims addresses of others so that their traffic comes to him.
 *
 * Evidence, each with points: one card claims an address for which the same capture shows another card (2, and 1 for
 * each change back and forth); answers nobody asked for, sent straight to one machine (1 for each, at most 4); the
 * same card does so for several addresses, or for one beside its own that it keeps from all others (2); it repeats a claim to
 * one machine, unasked, six times a minute (1, and by itself a warning). A warning from 3 points, critical from 6.
 * Confidence 0.5 + 0.05 a point, at most 0.97.
 *
 * Ordinary: an address that DHCP gave to another machine (one change, not back), two machines set to one address (until
 * they have changed it three times), virtual routers (VRRP, HSRP, CARP,
 * GLBP have cards of their own), teams of cards (both answer for one address, for good, and only when asked),
 * routers that answer for others (proxy ARP: asked), announcements after a start (to all, for one's own address).
 */
import type { ArpMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedMap, BoundedSet } from './common/bounded.ts';
import { at, Burst, Case, CaseBook } from './common/casebook.ts';
import { earlier, fact, factUnlessZero, makeFinding, secondsBetween } from './common/finding.ts';
import { counted, formatList, within } from './common/words.ts';

const REQUEST = 1;
const REPLY = 2;
const NOBODY = '00:00:00:00:00:00';
const EVERYBODY = 'ff:ff:ff:ff:ff:ff';
/** Cards of protocols that move an address on purpose: VRRP/CARP, HSRP 1 and 2, GLBP, Microsoft NLB. */
const VIRTUAL = /^(00:00:5e:00:0[12]|00:00:0c:07:ac|00:00:0c:9f:f|00:07:b4|02:bf|03:bf|01:00:5e)/;
const WARNING_POINTS = 3;
const CRITICAL_POINTS = 6;
const UNASKED_POINTS = 4;
/** Unasked answers with one claim to one machine, within this many seconds, that nobody's stack sends. */
const INSISTS = 6;
const INSISTS_SECONDS = 60;
/** A question is answered within this many seconds. */
const ANSWER_TIME = 3;

interface Owner {
  mac: string;
  /** The card itself said so in an ordinary way (a broadcast question, an asked-for answer), or a card was addressed as such. */
  changes: number;
  /** All cards seen for the address, in order of first sight. */
  macs: string[];
  since: number;
}

interface Claim {
  first: PacketTime;
  count: number;
}

export class Spoofer extends Case {
  readonly mac: string;
  /** Addresses (host ids) it claimed that belong to other cards. */
  readonly stolen = new BoundedSet<number>(1000);
  /** Every address it claimed: when first, and how often. */
  readonly claimed = new BoundedMap<number, Claim>({ ceiling: 1000 });
  readonly victims = new BoundedSet<number>(1000);
  readonly rivals = new BoundedSet<string>(16);
  /** Unasked answers by claim and machine told. */
  readonly told = new BoundedMap<string, Burst>({ ceiling: 64 });
  insists = false;
  conflicts = 0;
  flips = 0;
  unasked = 0;
  /** Its own address: the last it used in a question to all. */
  self = 0;
  /** Addresses it stands to before everybody; a thief shows those of others to his victim only. */
  readonly openly = new BoundedSet<number>(100);

  constructor(time: PacketTime, mac: string) {
    super(time);
    this.mac = mac;
  }

  /** It has an address before everybody, and tells somebody unasked that it has another. */
  get hides(): boolean {
    if (this.unasked === 0 || this.openly.size === 0) return false;
    for (const [host] of this.claimed) if (!this.openly.members.has(host)) return true;
    return false;
  }

  /** Addresses of other cards that it claimed, beside the one it uses itself. */
  get thefts(): number {
    return this.stolen.size - (this.stolen.members.has(this.self) ? 1 : 0);
  }

  get points(): number {
    // Two machines with one address are a mistake until they have taken turns for a while.
    if (this.thefts === 0 && !this.hides) return this.flips >= 3 || this.insists ? WARNING_POINTS : 0;
    const several = this.thefts > 1 || (this.thefts > 0 && this.self !== 0) ? 2 : 0;
    return (
      (this.thefts > 0 ? 2 : 0) +
      Math.min(3, this.flips) +
      Math.min(UNASKED_POINTS, this.unasked) +
      Math.max(several, this.hides ? 2 : 0) +
      (this.insists ? 1 : 0)
    );
  }
}

export class ArpSpoofing implements Behaviour {
  readonly id = 'behaviour:arp-spoofing';
  private readonly owners = new BoundedMap<number, Owner>({ ceiling: 65_536, lifetime: 14_400 });
  private readonly asked = new BoundedMap<string, number>({ ceiling: 65_536, lifetime: 60 });
  private readonly cases = new CaseBook<Spoofer>({ ceiling: 5000, lifetime: 14_400 });
  /** First packet time: questions from before the capture cannot be known. */
  private began = Number.NaN;

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) {
      if (Number.isNaN(this.began)) this.began = message.sec;
      if (message.kind === 'arp') this.look(message, context);
    }
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private look(message: ArpMessage, context: BehaviourContext): void {
    const mac = message.senderMac;
    if (mac === '' || mac === NOBODY || VIRTUAL.test(mac)) return;
    // Probes for a free address (RFC 5227) come from 0.0.0.0 and claim nothing.
    if (message.orig === 0 || context.hosts.address(message.orig) === '0.0.0.0') return;
    const key = `arp|${mac}`;
    const spoofer = this.cases.open(key, at(message), (time) => new Spoofer(time, mac));
    spoofer.claimed.obtain(message.orig, message.sec, () => ({ first: at(message), count: 0 })).count++;
    const gratuitous = message.orig === message.resp;
    if (message.operation === REQUEST) {
      if (!gratuitous) this.asked.set(`${message.orig}|${message.resp}`, message.sec, message.sec);
    }
    if (message.frameTarget === EVERYBODY && message.frameSource === mac) {
      if (message.operation === REQUEST) spoofer.self = message.orig;
      spoofer.openly.add(message.orig);
    }
    const unasked = this.isUnasked(message, gratuitous) && !spoofer.openly.members.has(message.orig);
    if (unasked) {
      spoofer.unasked++;
      spoofer.victims.add(message.resp);
      const told = spoofer.told.obtain(
        `${message.orig}|${message.resp}`,
        message.sec,
        () => new Burst(INSISTS, INSISTS_SECONDS),
      );
      if (told.add(message.sec)) spoofer.insists = true;
    }
    this.claim(spoofer, message, unasked);
    // Whom a message is addressed to says who the sender believes the owner is: an answer names both card and address.
    if (message.operation === REPLY && message.targetMac !== '' && message.targetMac !== NOBODY && !gratuitous) {
      this.learnTarget(message);
    }
    if (spoofer.stolen.size === 0 && !spoofer.hides && !spoofer.insists) return;
    if (spoofer.points < WARNING_POINTS) return;
    // Its ordinary messages make the incident no longer.
    const wrong = unasked || (message.orig !== spoofer.self && spoofer.stolen.members.has(message.orig));
    if (spoofer.decided && !wrong && spoofer.thefts > 0) return;
    spoofer.saw(at(message), message.flow);
    spoofer.decide();
    this.cases.change(key, spoofer);
  }

  /** An answer sent straight to somebody who had not asked, or a question to one machine under an address of another. */
  private isUnasked(message: ArpMessage, gratuitous: boolean): boolean {
    if (message.operation !== REPLY || gratuitous) return false;
    // One claim repeated for minutes needs no question; a first one within seconds of the start may have had one.
    if (message.sec - this.began < ANSWER_TIME) return false;
    if (message.frameTarget === EVERYBODY || message.targetMac === EVERYBODY) return false;
    const asked = this.asked.peek(`${message.resp}|${message.orig}`);
    return asked === undefined || message.sec - asked > ANSWER_TIME;
  }

  private claim(spoofer: Spoofer, message: ArpMessage, unasked: boolean): void {
    const owner = this.owners.touch(message.orig, message.sec);
    if (!owner) {
      this.owners.set(
        message.orig,
        { mac: spoofer.mac, changes: 0, macs: [spoofer.mac], since: message.sec },
        message.sec,
      );
      return;
    }
    if (owner.mac === spoofer.mac) return;
    if (VIRTUAL.test(owner.mac)) return;
    owner.changes++;
    const before = owner.macs.includes(spoofer.mac);
    if (!before && owner.macs.length < 8) owner.macs.push(spoofer.mac);
    const rival = this.cases.find(`arp|${owner.mac}`);
    // Back to a card that had it before: the two take turns. The one that speaks unasked, or claims more, is the thief.
    const suspect = before && rival && weight(rival) > weight(spoofer) ? rival : spoofer;
    suspect.stolen.add(message.orig);
    suspect.rivals.add(suspect === spoofer ? owner.mac : spoofer.mac);
    suspect.conflicts++;
    if (before) suspect.flips++;
    if (unasked) suspect.victims.add(message.resp);
    owner.mac = spoofer.mac;
  }

  /** The owner of the target address, as an answer names it; it does not overwrite what the owner said itself. */
  private learnTarget(message: ArpMessage): void {
    if (VIRTUAL.test(message.targetMac)) return;
    const known = this.owners.peek(message.resp);
    if (!known) {
      this.owners.set(
        message.resp,
        { mac: message.targetMac, changes: 0, macs: [message.targetMac], since: message.sec },
        message.sec,
      );
      return;
    }
    if (known.mac === message.targetMac || known.macs.includes(message.targetMac)) return;
    if (known.macs.length < 8) known.macs.push(message.targetMac);
    // The sender of this answer calls another card the owner although it claims the address itself elsewhere.
    const holder = this.cases.find(`arp|${known.mac}`);
    if (holder) {
      holder.stolen.add(message.resp);
      holder.rivals.add(message.targetMac);
      holder.conflicts++;
    }
  }

  private finding(found: Spoofer, context: BehaviourContext): Finding {
    const stolen = [...found.stolen.members].filter((host) => host !== found.self);
    const all = [...found.claimed].map(([host]) => host);
    const claimed = all.filter((host) => host !== found.self);
    const addresses = stolen.length > 0 ? stolen : claimed.length > 0 ? claimed : all;
    const contested = addresses.filter((host) => found.stolen.members.has(host)).length;
    const { first, packets } = claimsOf(found, addresses);
    const names = addresses.map((host) => context.hosts.address(host));
    const sources = found.self !== 0 ? [found.self] : addresses;
    const targets = new Set([...found.victims.members, ...addresses]);
    for (const source of sources) if (found.self !== 0) targets.delete(source);
    const critical = found.points >= CRITICAL_POINTS;
    return makeFinding({
      detector: this.id,
      kind: 'arp-spoofing',
      ...(critical ? {} : { severity: 'warning' as const }),
      confidence: Math.min(0.97, 0.5 + 0.05 * found.points),
      title: `${found.mac} claims the ${addresses.length === 1 ? 'address' : 'addresses'} ${formatList(names)}`,
      summary:
        `The card ${found.mac}${found.self !== 0 ? ` (${context.hosts.address(found.self)})` : ''} sent ` +
        `${counted(found.unasked, 'answer')} nobody had asked for and claimed ${counted(addresses.length, 'address', 'addresses')} ` +
        `${contested > 0 ? `that ${formatList([...found.rivals.members])} also ${found.rivals.size === 1 ? 'has' : 'have'}` : found.hides ? 'beside the one it uses openly' : 'again and again'}: ` +
        `traffic for ${addresses.length === 1 ? 'it' : 'them'} can be read and changed on its way.`,
      sources,
      targets: targets.size > 0 ? targets : addresses,
      first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact('Addresses claimed by one card', found.claimed.size, 'addresses', 1),
        ...factUnlessZero('Addresses of these that another card has', contested, 'addresses', 0),
        ...factUnlessZero('Answers nobody asked for', found.unasked, 'answers', 0),
        ...factUnlessZero(
          `Times an address changed back to a card that had it before${within(secondsBetween(first, found.last))}`,
          found.flips,
          'changes',
          0,
        ),
      ],
      packets,
      filter: `arp.src.hw_mac == ${found.mac}`,
    });
  }
}

/** When the card first claimed one of these addresses, and in how many packets it claimed any. */
function claimsOf(found: Spoofer, addresses: readonly number[]): { first: PacketTime; packets: number } {
  let first: PacketTime | null = null;
  let packets = 0;
  for (const host of addresses) {
    const claim = found.claimed.peek(host);
    if (!claim) continue;
    first = first === null ? claim.first : earlier(first, claim.first);
    packets += claim.count;
  }
  return { first: first ?? found.first, packets };
}

/** How much a card behaves like a thief so far. */
function weight(spoofer: Spoofer): number {
  return spoofer.unasked + spoofer.claimed.size;
}

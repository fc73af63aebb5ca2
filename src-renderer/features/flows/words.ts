/** What Zeek's short codes mean, in a sentence: nobody should have to look them up. */

/** `conn_state`, https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html, in our words. */
const STATES: Readonly<Record<string, string>> = {
  S0: 'attempted, never answered',
  S1: 'established, still open at the end of the capture',
  SF: 'established and ended as it should',
  REJ: 'attempted, refused',
  S2: 'established, closed by the originator only',
  S3: 'established, closed by the responder only',
  RSTO: 'established, broken off by the originator',
  RSTR: 'established, broken off by the responder',
  RSTOS0: 'attempted, then broken off by the originator before any answer',
  RSTRH: 'answered and broken off by the responder; the beginning was not seen',
  SH: 'attempted and closed by the originator; no answer was seen',
  SHR: 'answered and closed by the responder; the beginning was not seen',
  OTH: 'no beginning was seen: it was under way already, or its protocol has none',
};

/** "SF: established and ended as it should". */
export function stateText(state: string): string {
  const said = STATES[state];
  return said === undefined ? state : `${state}: ${said}`;
}

/** Letters of `history`: great ones the originator's, small ones the responder's. */
const LETTERS: Readonly<Record<string, string>> = {
  s: 'SYN',
  h: 'SYN with ACK',
  a: 'bare ACK',
  d: 'data',
  f: 'FIN',
  r: 'reset',
  c: 'bad checksum',
  g: 'gap in the capture',
  t: 'sent again',
  w: 'window closed',
  i: 'contradicting flags',
  q: 'SYN and FIN or reset at once',
};

/** "originator: SYN; responder: SYN with ACK; …"; the same side's letters in a row stand together. */
export function historyText(history: string): string {
  const parts: { side: string; words: string[] }[] = [];
  for (const letter of history) {
    if (letter === '^') {
      parts.push({ side: 'direction turned round', words: [] });
      continue;
    }
    const side = letter === letter.toUpperCase() ? 'originator' : 'responder';
    const word = LETTERS[letter.toLowerCase()] ?? letter;
    const last = parts.at(-1);
    if (last?.side === side) last.words.push(word);
    else parts.push({ side, words: [word] });
  }
  return parts.map(({ side, words }) => (words.length === 0 ? side : `${side}: ${words.join(', ')}`)).join('; ');
}

/** Types of ICMP (IANA); from 128 on those of ICMPv6. What says different things in both, or as a code, is left out. */
const ICMP: Readonly<Record<number, string>> = {
  5: 'redirect',
  8: 'echo (ping)',
  11: 'time exceeded',
  13: 'timestamp',
  128: 'echo (ping)',
  129: 'echo reply',
  130: 'multicast query',
  131: 'multicast report',
  133: 'router solicitation',
  134: 'router advertisement',
  135: 'neighbour solicitation',
  136: 'neighbour advertisement',
  143: 'multicast report',
};

/** ICMP has no ports: Zeek writes the type of the request there, and on the other side that of the answer, or a code. */
export function portText(proto: string, port: number): string {
  if (!proto.startsWith('icmp')) return String(port);
  const name = ICMP[port];
  return name === undefined ? `ICMP type or code ${port}` : `ICMP type ${port}, ${name}`;
}

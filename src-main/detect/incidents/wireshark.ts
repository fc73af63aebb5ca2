/** Wireshark display filters for hand-off. */

/** Addresses or ports named at most in one filter: longer ones are unreadable and slow. */
const NAMED = 8;

const field = (address: string, side: 'src' | 'dst'): string =>
  `${address.includes(':') ? 'ipv6' : 'ip'}.${side} == ${address}`;

function either(terms: readonly string[]): string {
  return terms.length > 1 ? `(${terms.join(' || ')})` : (terms[0] ?? '');
}

const DNS = 53;
/** Names told at most: what asks for more is found by its hosts. */
const DOMAINS = 4;
const NAME_FIELDS = ['dns.qry.name', 'http.host', 'tls.handshake.extensions_server_name'];

/** A name as a wire may write it; one with odd characters is left out rather than quoted wrongly. */
function namesOf(domains: readonly string[], fields: readonly string[]): string {
  if (domains.length > DOMAINS || !domains.every((name) => /^[\w.-]+$/.test(name))) return '';
  return either(domains.flatMap((name) => fields.map((one) => `lower(${one}) == "${name.toLowerCase()}"`)));
}

function portTerms(ports: readonly number[]): string {
  const few = ports.filter((p) => p > 0);
  return few.length <= NAMED ? either(few.flatMap((p) => [`tcp.port == ${p}`, `udp.port == ${p}`])) : '';
}

export interface ContactEnds {
  sources: readonly string[];
  targets: readonly string[];
  ports: readonly number[];
  domains: readonly string[];
}

/**
 * Contacts with entries of lists, which often have many targets: hosts of both sides in whatever direction, shorter than
 * `displayFilter`. By the names instead of ports where nothing but questions was seen, and instead of targets that are too many.
 */
export function contactFilter({ sources, targets, ports, domains }: ContactEnds): string {
  const side = (addresses: readonly string[]): string =>
    addresses.length <= NAMED
      ? either(addresses.map((address) => `${address.includes(':') ? 'ipv6' : 'ip'}.addr == ${address}`))
      : '';
  const [from, to] = [side(sources), side(targets)];
  const isAsked = ports.length > 0 && ports.every((port) => port === DNS);
  const asked = isAsked ? namesOf(domains, NAME_FIELDS.slice(0, 1)) : '';
  const named = to === '' ? namesOf(domains, NAME_FIELDS) : '';
  return [from, to, asked || named || portTerms(ports)].filter(Boolean).join(' && ');
}

/** Both directions between `sources` and `targets` (a side that is empty or too long is left out). */
export function displayFilter(
  sources: readonly string[],
  targets: readonly string[],
  ports: readonly number[],
): string {
  const from = sources.length <= NAMED ? sources : [];
  const to = targets.length <= NAMED ? targets : [];
  const there = [either(from.map((a) => field(a, 'src'))), either(to.map((a) => field(a, 'dst')))].filter(Boolean);
  const back = [either(to.map((a) => field(a, 'src'))), either(from.map((a) => field(a, 'dst')))].filter(Boolean);
  const hosts = there.length > 0 ? either([there.join(' && '), back.join(' && ')].map((t) => `(${t})`)) : '';
  return [hosts, portTerms(ports)].filter(Boolean).join(' && ');
}

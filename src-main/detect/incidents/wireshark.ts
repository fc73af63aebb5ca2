/** Wireshark display filters for hand-off. */

/** Addresses or ports named at most in one filter: longer ones are unreadable and slow. */
const NAMED = 8;

const field = (address: string, side: 'src' | 'dst'): string =>
  `${address.includes(':') ? 'ipv6' : 'ip'}.${side} == ${address}`;

function either(terms: readonly string[]): string {
  return terms.length > 1 ? `(${terms.join(' || ')})` : (terms[0] ?? '');
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
  const few = ports.filter((p) => p > 0);
  const port =
    few.length > 0 && few.length <= NAMED ? either(few.flatMap((p) => [`tcp.port == ${p}`, `udp.port == ${p}`])) : '';
  return [hosts, port].filter(Boolean).join(' && ');
}

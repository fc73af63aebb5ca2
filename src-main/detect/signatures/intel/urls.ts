/** URLs as they are compared: by what a request in the clear shows of them. */

const URL_MAX = 4096;
const PARTS = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#]*@)?(\[[0-9a-f:.]+\]|[^/?#:@]+)(?::(\d{1,5}))?([^#]*)/i;
const USUAL_PORTS: ReadonlyMap<string, number> = new Map([
  ['http', 80],
  ['https', 443],
  ['ftp', 21],
]);
const UNRESERVED = /[A-Za-z0-9._~-]/;

/** Percent-encodings in one form (RFC 3986 6.2.2): what needs none has none, the others in capitals. */
function evenly(target: string): string {
  if (!target.includes('%')) return target;
  return target.replaceAll(/%[0-9a-f]{2}/gi, (code) => {
    const letter = String.fromCharCode(parseInt(code.slice(1), 16));
    return UNRESERVED.test(letter) ? letter : code.toUpperCase();
  });
}

function keyOf(host: string, port: number, target: string): string {
  const path = target.startsWith('/') ? target : `/${target}`;
  return `${host.toLowerCase().replace(/\.$/, '')}${port === 0 ? '' : `:${port}`}${evenly(path)}`;
}

/**
 * Host, port where it is not the scheme's own, path and query: the scheme and what follows # are left out, because a
 * request does not show them. Null for what is no URL with a host.
 */
export function urlKey(text: string): string | null {
  if (text.length > URL_MAX) return null;
  const [, scheme, host, port, target] = PARTS.exec(text) ?? [];
  if (scheme === undefined || host === undefined || /[\s"<>]/.test(text)) return null;
  const number = Number(port ?? 0);
  if (number > 65_535) return null;
  return keyOf(host, USUAL_PORTS.get(scheme.toLowerCase()) === number ? 0 : number, target ?? '');
}

/** Keys that a request in the clear may have: by its Host, by the port it went to, by the address of the server. */
export function keysOfRequest(hostHeader: string, address: string, port: number, target: string): string[] {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(target)) {
    // A request to a proxy names all of it.
    const key = urlKey(target);
    return key === null ? [] : [key];
  }
  if (!target.startsWith('/')) return [];
  const usual = port === 80 || port === 443 ? 0 : port;
  const server = address.includes(':') ? `[${address}]` : address;
  const asked = hostHeader === '' ? null : urlKey(`http://${hostHeader}${target}`);
  const hostOnly = hostHeader.replace(/:\d*$/, '');
  const byPort = hostHeader === '' ? null : keyOf(hostOnly, usual, target);
  return [...new Set([asked, byPort, keyOf(server, usual, target)].filter((key) => key !== null))];
}

/** What HTTP is used for where another protocol rides on it: by method, path and type of content. */

const TYPES: ReadonlyMap<string, string> = new Map([
  ['application/ipp', 'IPP'],
  ['application/ocsp-request', 'OCSP'],
  ['application/ocsp-response', 'OCSP'],
  ['application/dns-message', 'DoH'],
  ['application/dns-json', 'DoH'],
  ['application/soap+xml', 'SOAP'],
  ['application/grpc', 'gRPC'],
  ['application/grpc-web', 'gRPC'],
  ['application/vnd.apple.mpegurl', 'HLS'],
  ['application/x-mpegurl', 'HLS'],
  ['application/dash+xml', 'DASH'],
  ['application/x-bittorrent', 'BitTorrent'],
]);

const METHODS: ReadonlyMap<string, string> = new Map([
  ['PROPFIND', 'WebDAV'],
  ['PROPPATCH', 'WebDAV'],
  ['MKCOL', 'WebDAV'],
  ['RPC_IN_DATA', 'RPC over HTTP'],
  ['RPC_OUT_DATA', 'RPC over HTTP'],
]);

/** [MS-WSMV]; Elasticsearch's and Docker's interfaces; BitTorrent's trackers. */
const SOFT_ETHER = [/^\/vpnsvc\/(?:connect|vpn)\.cgi/, 'SoftEther'] as const;
const WIN_RM = [/^\/wsman(?:[/?]|$)/i, 'WinRM'] as const;
const ELASTICSEARCH = [/^\/(?:_search|_bulk|_cluster|_cat|_nodes|_msearch)(?:[/?]|$)/, 'Elasticsearch'] as const;
const DOCKER = [/^\/(?:v1\.\d{1,2}\/)?containers\/(?:json|create)/, 'Docker'] as const;
const TRACKER = [/^\/announce(?:\.php)?\?.{0,512}info_hash=/, 'BitTorrent'] as const;

/** By what follows the slash: no path of these begins otherwise. */
const PATHS: ReadonlyMap<string, readonly (readonly [RegExp, string])[]> = new Map([
  ['v', [SOFT_ETHER, DOCKER]],
  ['w', [WIN_RM]],
  ['W', [WIN_RM]],
  ['_', [ELASTICSEARCH]],
  ['c', [DOCKER]],
  ['a', [TRACKER]],
]);
const BEGINNINGS = [...PATHS.keys()].join('');

/** The use, '' where it is the ordinary one. `type` is a Content-Type header's value. */
export function httpUse(method: string, uri: string, type: string): string {
  if (method.length > 4) {
    const known = METHODS.get(method);
    if (known !== undefined) return known;
  }
  if (uri.length > 1 && BEGINNINGS.includes(uri.charAt(1)))
    for (const [path, use] of PATHS.get(uri.charAt(1))!) if (path.test(uri)) return use;
  if (type === '') return '';
  // All types known here are of applications.
  const first = type.charCodeAt(0);
  if (first > 0x20 && first !== 0x61 && first !== 0x41) return '';
  const semicolon = type.indexOf(';');
  const plain = (semicolon < 0 ? type : type.slice(0, semicolon)).trim().toLowerCase();
  if (plain.startsWith('application/grpc+')) return 'gRPC';
  return TYPES.get(plain) ?? '';
}

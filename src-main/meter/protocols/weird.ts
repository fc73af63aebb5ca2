/** What breaks a protocol's rules. The list is closed: a `WeirdMessage` carries one of these names. */

export const WEIRD = {
  'tcp-syn-fin': 'a TCP segment asks to open and to close at once (SYN and FIN)',
  'tcp-syn-rst': 'a TCP segment asks to open and to abort at once (SYN and RST)',
  'tcp-null-flags': 'a TCP segment without any flag',
  'tcp-xmas': 'a TCP segment with FIN, PSH and URG and no ACK',
  'tcp-fin-alone': 'a TCP segment with FIN and no ACK',
  'tcp-overlap-differs': 'a TCP segment repeats bytes that were there already, with another content',
  'tcp-late-segment':
    'a TCP segment says bytes that were passed over: too many small ones came before it, or it was kept back beyond the first flights',
  'port-zero': 'a TCP or UDP port of zero',
  land: 'the sender and the receiver are the same address and port',
  'fragment-overlap': 'a fragment overlaps an earlier one of its datagram',
  'fragment-beyond-64k': 'a fragment ends beyond the largest possible datagram',
  'fragment-tiny': 'a first fragment too small for its transport header',
  'transport-malformed': 'the lengths of a transport header lie',
  'icmp-oversize': 'an ICMP message far larger than any ordinary echo',
  'icmp-redirect': 'an ICMP redirect: a host is told to use another gateway',
  'dns-label-loop': 'a compressed DNS name points at itself',
  'dns-bad-label': 'a DNS label of a reserved kind, or one that runs out of the message',
  'dns-name-too-long': 'a DNS name of more than 255 bytes',
  'dns-count-lies': 'a DNS message holds fewer records than its header says',
  'dns-trailing-bytes': 'bytes after the last record of a DNS message',
  'dns-bad-length': 'the data length of a DNS record does not fit its type',
  'http-bad-request-line': 'an HTTP request line that is none',
  'http-bad-header': 'an HTTP header line without a name or with control bytes',
  'http-header-too-long': 'an HTTP header larger than 16 KiB',
  'http-two-lengths': 'an HTTP message that states its length twice, differently, or as chunked and as a number',
  'http-bad-length': 'an HTTP Content-Length that is not a number',
  'http-bad-chunk': 'an HTTP chunk size that is not a number',
  'tls-record-oversized': 'a TLS record longer than the protocol allows',
  'tls-length-lie': 'the lengths inside a TLS handshake message contradict each other',
  'tls-bad-record': 'bytes within a TLS connection that are no TLS record',
  'smb-compression-lie': 'a compressed SMB message whose lengths overflow when added',
  'smb-length-lie': 'the lengths of an SMB message contradict each other',
  'ssh-bad-banner': 'an SSH version line longer than the protocol allows',
  'ftp-bounce': 'an FTP client names a third host, or a privileged port, for the data connection',
  'dhcp-bad-option': 'a DHCP option that runs out of the message',
  'arp-sender-mismatch': 'the sender inside an ARP message is not the sender of the frame',
  'ldap-bad-length': 'an LDAP message longer than any real one',
  'kerberos-bad-length': 'a Kerberos message whose length lies',
  'snmp-bad-length': 'an SNMP message whose length lies',
  'http2-bad-frame': 'a frame of HTTP/2 of an unknown kind or an impossible length',
  'http2-bad-headers': 'header fields of HTTP/2 that break the rules of their compression, or that may not come twice',
  'quic-crypto-differs': 'a QUIC client repeats bytes of its handshake with another content',
  'quic-initial-excess': 'more QUIC handshakes begun in one flow, or more small Initial packets, than any client sends',
} as const;

export type WeirdName = keyof typeof WEIRD;

/** Index of a name, for the bit sets that keep a flow from saying the same twice. */
export const WEIRD_INDEX: ReadonlyMap<WeirdName, number> = new Map(
  (Object.keys(WEIRD) as WeirdName[]).map((name, index) => [name, index]),
);

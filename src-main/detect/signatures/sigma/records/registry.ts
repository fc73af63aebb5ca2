/** All makers of log lines: one line each. */
import { ntlmMaker, rdpMaker } from './by-facts.ts';
import { connMaker } from './conn.ts';
import { dceRpcMaker } from './dce-rpc.ts';
import { dnsMaker } from './dns.ts';
import { ftpMaker } from './ftp.ts';
import { httpMaker } from './http.ts';
import { kerberosMaker } from './kerberos.ts';
import type { Maker } from './maker.ts';
import { smbMaker } from './smb.ts';
import { sshMaker } from './ssh.ts';
import { tlsMaker } from './tls.ts';

export const MAKERS: readonly (() => Maker)[] = [
  connMaker,
  dnsMaker,
  httpMaker,
  tlsMaker,
  sshMaker,
  rdpMaker,
  ntlmMaker,
  ftpMaker,
  kerberosMaker,
  smbMaker,
  dceRpcMaker,
];

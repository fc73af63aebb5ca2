/**
 * What remote procedure calls mean to somebody who looks for intruders. Interfaces and operation numbers from
 * Microsoft's open specifications (MS-SCMR, MS-TSCH, MS-DRSR, MS-NRPC, MS-SAMR, MS-RRP, MS-EFSR, …).
 */
import type { IncidentKind, Severity, Technique } from '../../../../src-shared/domain/incident.ts';

export interface RpcMeaning {
  /** Cases of one meaning are one finding. */
  id: string;
  kind: IncidentKind;
  severity: Severity;
  /** 0…1: how sure that this is not housekeeping. */
  confidence: number;
  /** "A … B": put between the two addresses. */
  does: string;
  why: string;
  technique: readonly Technique[];
  /** Ordinary between domain controllers: withheld when the caller is one. */
  controllers?: boolean;
  /** Calls needed before it means something. */
  calls?: number;
}

export const RPC = {
  SVCCTL: '367abb81-9844-35f1-ad32-98f038001003',
  ATSVC: '1ff70682-0a51-30e8-076d-740be8cee98b',
  TASKS: '86d35949-83c9-4044-b424-db363231fd0c',
  DRSUAPI: 'e3514235-4b06-11d1-ab04-00c04fc2dcd2',
  NETLOGON: '12345678-1234-abcd-ef00-01234567cffb',
  SAMR: '12345778-1234-abcd-ef00-0123456789ac',
  LSARPC: '12345778-1234-abcd-ef00-0123456789ab',
  WINREG: '338cd001-2244-31f1-aaaa-900038001003',
  SRVSVC: '4b324fc8-1670-01d3-1278-5a47bf6ee188',
  WKSSVC: '6bffd098-a112-3610-9833-46c3f87e345a',
  EFS: 'c681d488-d850-11d0-8c52-00c04fd90f7e',
  EFS_PIPE: 'df1941c5-fe89-4e79-bf10-463657acf44d',
  PRINT: '12345678-1234-abcd-ef00-0123456789ab',
  PRINT_ASYNC: '76f03f96-cdfd-44fc-a22c-64950a001209',
  DFS: '4fc742e0-4a10-11cf-8273-00aa004ae673',
  SHADOW: 'a8e0653c-2744-4389-a61d-7373df8b2292',
  BACKUP_KEY: '3dde7c30-165d-11d1-ab8f-00805f14db40',
  EVENTLOG: '82273fdc-e32a-18c3-3f78-827929dc23ea',
  EVENTLOG_6: 'f6beaff7-1e19-4fbb-9f8f-b89e2018337c',
  SHUTDOWN: '894de0c0-0d55-11d3-a322-00c04fa321a1',
  WMI_LOGIN: 'f309ad18-d86a-11d0-a075-00c04fb68820',
  WMI_SERVICES: '9556dc99-828c-11cf-a37e-00aa003240c7',
  ACTIVATION: '000001a0-0000-0000-c000-000000000046',
  REMOTE_UNKNOWN: '00000131-0000-0000-c000-000000000046',
  REMOTE_UNKNOWN_2: '00000143-0000-0000-c000-000000000046',
  DISPATCH: '00020400-0000-0000-c000-000000000046',
} as const;

const SERVICE_EXECUTION = [
  { id: 'T1021.002', name: 'Remote Services: SMB/Windows Admin Shares' },
  { id: 'T1569.002', name: 'System Services: Service Execution' },
];
const SERVICE_CREATED: RpcMeaning = {
  id: 'service-created',
  kind: 'lateral-movement',
  severity: 'critical',
  confidence: 0.85,
  does: 'created or started a service on',
  why: 'Creating a service on another machine runs a program there with the highest rights; PsExec and its like do it, administrators rarely.',
  technique: SERVICE_EXECUTION,
};
const SERVICE_TOUCHED: RpcMeaning = {
  id: 'service-control',
  kind: 'lateral-movement',
  severity: 'warning',
  confidence: 0.55,
  does: 'managed the services of',
  why: 'The service manager of another machine was opened; administrators do it, intruders do it first.',
  technique: [{ id: 'T1007', name: 'System Service Discovery' }],
};
const TASK: RpcMeaning = {
  id: 'remote-task',
  kind: 'lateral-movement',
  severity: 'critical',
  confidence: 0.8,
  does: 'registered a scheduled task on',
  why: 'A task registered from outside runs a program on the machine; software distribution does it from a server, intruders from anywhere.',
  technique: [{ id: 'T1053.005', name: 'Scheduled Task/Job: Scheduled Task' }],
};
const COERCION: RpcMeaning = {
  id: 'coercion',
  kind: 'intrusion-attempt',
  severity: 'critical',
  confidence: 0.8,
  does: 'tried to make itself called back, with its password, by',
  why: 'These calls make a server log in at an address the caller chooses; nothing ordinary uses them across the network.',
  technique: [{ id: 'T1187', name: 'Forced Authentication' }],
};
const REGISTRY: RpcMeaning = {
  id: 'remote-registry',
  kind: 'lateral-movement',
  severity: 'warning',
  confidence: 0.6,
  does: 'opened the registry of',
  why: 'The registry of another machine shows who is logged in and can be changed to run programs; inventory tools do it, intruders too.',
  technique: [{ id: 'T1012', name: 'Query Registry' }],
};
const ACCOUNTS: RpcMeaning = {
  id: 'account-discovery',
  kind: 'fingerprinting',
  // Administrators and file servers ask such things, too: by itself it is only worth knowing.
  severity: 'info',
  confidence: 0.55,
  does: 'listed accounts and groups of',
  why: 'Members of groups, or all users of a domain, were listed; ordinary logins look up one account.',
  technique: [
    { id: 'T1087.002', name: 'Account Discovery: Domain Account' },
    { id: 'T1069.002', name: 'Permission Groups Discovery: Domain Groups' },
  ],
};
const ACCOUNT_CREATED: RpcMeaning = {
  id: 'account-created',
  kind: 'lateral-movement',
  severity: 'warning',
  confidence: 0.5,
  does: 'created an account on',
  why: 'Accounts made over the network outlast an intruder’s access; joining a machine to the domain makes one, too.',
  technique: [{ id: 'T1136.002', name: 'Create Account: Domain Account' }],
};
const SESSIONS: RpcMeaning = {
  id: 'session-discovery',
  kind: 'fingerprinting',
  severity: 'info',
  confidence: 0.5,
  does: 'listed users, shares or sessions of',
  why: 'Sessions and shares of another machine were listed; people who look for a share do it, too, tools that map a domain do it at many machines.',
  technique: [
    { id: 'T1135', name: 'Network Share Discovery' },
    { id: 'T1033', name: 'System Owner/User Discovery' },
  ],
};
const REPLICATION: RpcMeaning = {
  id: 'directory-replication',
  kind: 'lateral-movement',
  severity: 'critical',
  confidence: 0.85,
  does: 'asked for the passwords of the domain, as only domain controllers do, at',
  why: 'Replication hands out the secrets of every account. The caller did not act as a domain controller in this capture.',
  technique: [{ id: 'T1003.006', name: 'OS Credential Dumping: DCSync' }],
  controllers: true,
};
const FAKE_CONTROLLER: RpcMeaning = {
  id: 'fake-controller',
  kind: 'lateral-movement',
  severity: 'critical',
  confidence: 0.8,
  does: 'tried to replicate changes, as only domain controllers do, into',
  why: 'Adding a replication partner from a machine that is no domain controller plants changes in the directory unseen.',
  technique: [{ id: 'T1207', name: 'Rogue Domain Controller' }],
  controllers: true,
};
const WMI: RpcMeaning = {
  id: 'wmi',
  kind: 'lateral-movement',
  severity: 'critical',
  confidence: 0.7,
  does: 'ran methods through WMI on',
  why: 'WMI starts programs on other machines without a trace on disk; management servers use it, workstations among each other do not.',
  technique: [{ id: 'T1047', name: 'Windows Management Instrumentation' }],
};
const DCOM: RpcMeaning = {
  id: 'dcom',
  kind: 'lateral-movement',
  severity: 'critical',
  confidence: 0.65,
  does: 'started an object of another program on',
  why: 'Objects made on another machine can run commands there; office work does not need them across the network.',
  technique: [{ id: 'T1021.003', name: 'Remote Services: Distributed Component Object Model' }],
};
const BACKUP_KEY: RpcMeaning = {
  id: 'backup-key',
  kind: 'lateral-movement',
  severity: 'warning',
  confidence: 0.6,
  does: 'asked for the key that protects saved passwords at',
  why: 'With the backup key of a domain every saved password can be read; programs ask for it when a user changes machines, tools that steal it ask the same.',
  technique: [{ id: 'T1555.004', name: 'Credentials from Password Stores: Windows Credential Manager' }],
};
const LOG_CLEARED: RpcMeaning = {
  id: 'log-cleared',
  kind: 'lateral-movement',
  severity: 'critical',
  confidence: 0.75,
  does: 'cleared an event log of',
  why: 'Clearing the log of another machine hides what was done there.',
  technique: [{ id: 'T1070.001', name: 'Indicator Removal: Clear Windows Event Logs' }],
};
const SHUT_DOWN: RpcMeaning = {
  id: 'shut-down',
  kind: 'lateral-movement',
  severity: 'warning',
  confidence: 0.5,
  does: 'shut down or restarted',
  why: 'The order came over the network; administrators give it after updates, ransomware before it starts.',
  technique: [{ id: 'T1529', name: 'System Shutdown/Reboot' }],
};
const SECRETS: RpcMeaning = {
  id: 'lsa-secrets',
  kind: 'lateral-movement',
  severity: 'critical',
  confidence: 0.7,
  does: 'asked for stored secrets of',
  why: 'Secrets of services and automatic logins were asked for over the network.',
  technique: [{ id: 'T1003.004', name: 'OS Credential Dumping: LSA Secrets' }],
};
const PRINT_DRIVER: RpcMeaning = {
  id: 'print-driver',
  kind: 'intrusion-attempt',
  severity: 'critical',
  confidence: 0.7,
  does: 'installed a printer driver on',
  why: 'Installing a driver through the print service of another machine runs its code there (CVE-2021-34527); print servers are managed from few places.',
  technique: [{ id: 'T1210', name: 'Exploitation of Remote Services' }],
};

const ops = (numbers: readonly number[], meaning: RpcMeaning): [number, RpcMeaning][] =>
  numbers.map((n) => [n, meaning]);

/** Meaning by interface and operation number. */
const OPERATIONS: ReadonlyMap<string, ReadonlyMap<number, RpcMeaning>> = new Map([
  [
    RPC.SVCCTL,
    new Map([
      ...ops([11, 12, 19, 23, 24, 31, 44, 45, 60], SERVICE_CREATED),
      ...ops([14, 15, 16, 25, 26, 27, 28, 42, 51], SERVICE_TOUCHED),
    ]),
  ],
  [RPC.ATSVC, new Map(ops([0], TASK))],
  [RPC.TASKS, new Map(ops([1, 12], TASK))],
  [RPC.DRSUAPI, new Map([...ops([3], REPLICATION), ...ops([5, 17], FAKE_CONTROLLER)])],
  [RPC.SAMR, new Map([...ops([11, 13, 15, 20, 25, 33, 40, 48, 51], ACCOUNTS), ...ops([12, 50], ACCOUNT_CREATED)])],
  [RPC.LSARPC, new Map(ops([43], SECRETS))],
  [RPC.WINREG, new Map(ops([0, 1, 2, 3, 4, 9, 15, 22], REGISTRY))],
  [RPC.SRVSVC, new Map(ops([8, 12, 15], SESSIONS))],
  [RPC.WKSSVC, new Map(ops([2], SESSIONS))],
  [RPC.EFS, new Map(ops([0, 4, 5, 6, 7, 8, 9, 12, 13, 15], COERCION))],
  [RPC.EFS_PIPE, new Map(ops([0, 4, 5, 6, 7, 8, 9, 12, 13, 15], COERCION))],
  [RPC.DFS, new Map(ops([12, 13], COERCION))],
  [RPC.SHADOW, new Map(ops([8, 9], COERCION))],
  [RPC.PRINT, new Map([...ops([89], PRINT_DRIVER)])],
  [RPC.PRINT_ASYNC, new Map(ops([39], PRINT_DRIVER))],
  [RPC.BACKUP_KEY, new Map(ops([0], BACKUP_KEY))],
  [RPC.EVENTLOG, new Map(ops([0], LOG_CLEARED))],
  [RPC.EVENTLOG_6, new Map(ops([6], LOG_CLEARED))],
  [RPC.SHUTDOWN, new Map(ops([0, 2], SHUT_DOWN))],
  [RPC.WMI_SERVICES, new Map(ops([24, 25], WMI))],
]);

/** What a call means; undefined: housekeeping, or not known to be anything else. */
export function meaningOf(bound: string, operation: number): RpcMeaning | undefined {
  return OPERATIONS.get(bound)?.get(operation);
}

export const DCOM_MEANING = DCOM;
export const WMI_MEANING = WMI;
export const SERVICE_TOUCHED_MEANING = SERVICE_TOUCHED;
export const REGISTRY_MEANING = REGISTRY;
export const SERVICE_CREATED_MEANING = SERVICE_CREATED;
export const TASK_MEANING = TASK;
export const ACCOUNTS_MEANING = ACCOUNTS;

/** Interfaces whose use alone says something when operations are not visible (encrypted pipes). */
export const PIPES: ReadonlyMap<string, RpcMeaning> = new Map([
  ['svcctl', SERVICE_TOUCHED],
  ['winreg', REGISTRY],
  ['atsvc', TASK],
]);

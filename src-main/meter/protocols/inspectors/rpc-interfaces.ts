/** Names of the remote procedure interfaces that Windows' specifications (MS-*) and C706 publish. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['e1af8308-5d1f-11c9-91a4-08002b14a0fa', 'epmapper'],
  ['afa8bd80-7d8a-11c9-bef4-08002b102989', 'mgmt'],
  ['12345778-1234-abcd-ef00-0123456789ac', 'samr'],
  ['12345778-1234-abcd-ef00-0123456789ab', 'lsarpc'],
  ['12345678-1234-abcd-ef00-01234567cffb', 'netlogon'],
  ['367abb81-9844-35f1-ad32-98f038001003', 'svcctl'],
  ['4b324fc8-1670-01d3-1278-5a47bf6ee188', 'srvsvc'],
  ['6bffd098-a112-3610-9833-46c3f87e345a', 'wkssvc'],
  ['1ff70682-0a51-30e8-076d-740be8cee98b', 'atsvc'],
  ['86d35949-83c9-4044-b424-db363231fd0c', 'ITaskSchedulerService'],
  ['378e52b0-c0a9-11cf-822d-00aa0051e40f', 'sasec'],
  ['e3514235-4b06-11d1-ab04-00c04fc2dcd2', 'drsuapi'],
  ['338cd001-2244-31f1-aaaa-900038001003', 'winreg'],
  ['12345678-1234-abcd-ef00-0123456789ab', 'spoolss'],
  ['76f03f96-cdfd-44fc-a22c-64950a001209', 'IRemoteWinspool'],
  ['c681d488-d850-11d0-8c52-00c04fd90f7e', 'efsrpc'],
  ['df1941c5-fe89-4e79-bf10-463657acf44d', 'efsrpc'],
  ['a8e0653c-2744-4389-a61d-7373df8b2292', 'FileServerVssAgent'],
  ['4fc742e0-4a10-11cf-8273-00aa004ae673', 'netdfs'],
  ['82273fdc-e32a-18c3-3f78-827929dc23ea', 'eventlog'],
  ['f6beaff7-1e19-4fbb-9f8f-b89e2018337c', 'eventlog6'],
  ['50abc2a4-574d-40b3-9d66-ee4fd5fba076', 'DnsServer'],
  ['99fcfec4-5260-101b-bbcb-00aa0021347a', 'IObjectExporter'],
  ['000001a0-0000-0000-c000-000000000046', 'IRemoteSCMActivator'],
  ['4d9f4ab8-7d1c-11cf-861e-0020af6e7c57', 'IActivation'],
  ['00000143-0000-0000-c000-000000000046', 'IRemUnknown2'],
  ['f309ad18-d86a-11d0-a075-00c04fb68820', 'IWbemLevel1Login'],
  ['9556dc99-828c-11cf-a37e-00aa003240c7', 'IWbemServices'],
  ['d4781cd6-e5d3-44df-ad94-930efe48a887', 'IWbemLoginClientID'],
  ['91ae6020-9e3c-11cf-8d7c-00aa00c091be', 'ICertPassage'],
  ['5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc', 'msgsvc'],
  ['17fdd703-1827-4e34-79d4-24a55c53bb37', 'msgsvc'],
  ['906b0ce0-c70b-1067-b317-00dd010662da', 'IXnRemote'],
  ['fdb3a030-065f-11d1-bb9b-00a024ea5525', 'qmcomm'],
  ['dea00001-6c97-11d8-8271-00a02442df7d', 'PROFINET device'],
  ['dea00002-6c97-11d8-8271-00a02442df7d', 'PROFINET controller'],
]);

/** What an interface is called; its UUID where it has no name here. */
export function interfaceName(uuid: string): string {
  return NAMES.get(uuid) ?? uuid;
}

/** What is run over each capture: Sonde's own commands, the floor, and the field's tools as far as they are installed. */
import { join } from 'node:path';
import { CACHE, type BenchCapture } from './captures.ts';
import { installed } from './measure.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface BenchCommand {
  name: string;
  /** Who it is: the product, the least that C can do, or another tool. */
  kind: 'sonde' | 'floor' | 'peer';
  command: string[];
}

/** A shell line with the capture as `$0`, for tools that need a pipe or a folder of their own. */
const shell = (line: string, path: string): string[] => ['sh', '-c', line, path];

function own(path: string, threads: boolean): BenchCommand[] {
  const triage = [process.execPath, join(ROOT, 'dist/src-main/run/cli/main.js'), 'triage', path];
  const database = join(CACHE, 'bench.db');
  const commands: [string, string[]][] = [
    ['sonde, flows only', [...triage, '--no-models', '--flows', '/dev/null']],
    ['sonde, everything', [...triage, '--json']],
    ...(threads
      ? ([['sonde, everything, one thread', [...triage, '--json', '--threads', '1']]] as [string, string[]][])
      : []),
    ['sonde, everything, kept in SQLite', ['sh', '-c', `rm -f "$0"*; exec "$@" --json --db "$0"`, database, ...triage]],
  ];
  return commands.map(([name, command]) => ({ name, kind: 'sonde', command }));
}

/** Name, program, command. UDP port 9 of this machine takes softflowd's records: nobody listens. */
function peers(path: string): [name: string, program: string, command: string[]][] {
  return [
    ['softflowd', 'softflowd', ['softflowd', '-d', '-v', '9', '-n', '127.0.0.1:9', '-r', path]],
    ['nfpcapd', 'nfpcapd', shell('d=$(mktemp -d); nfpcapd -r "$0" -w "$d"; r=$?; rm -rf "$d"; exit $r', path)],
    ['argus', 'argus', ['argus', '-r', path, '-w', '/dev/null']],
    ['argus + ra', 'ra', shell('argus -r "$0" -w - | ra -r - -n -c , >/dev/null', path)],
    ['nDPI reader, CSV', 'ndpiReader', ['ndpiReader', '-q', '-i', path, '-C', '/dev/null']],
    ['tcptrace', 'tcptrace', ['tcptrace', '-n', path]],
    ['tshark, conversations', 'tshark', ['tshark', '-q', '-n', '-z', 'conv,tcp', '-r', path]],
    ['tcpdump -nn', 'tcpdump', ['tcpdump', '-nn', '-r', path]],
    ['capinfos (reads, counts)', 'capinfos', ['capinfos', '-c', path]],
  ];
}

/**
 * @param withPeers the field's tools too
 * @param threads Sonde on one thread too
 */
export function commandsFor(capture: BenchCapture, withPeers: boolean, threads: boolean): BenchCommand[] {
  const floor: BenchCommand[] =
    capture.floor === undefined
      ? []
      : [{ name: 'C floor', kind: 'floor', command: [capture.floor, capture.path, '1024'] }];
  const others = withPeers ? peers(capture.path) : [];
  return [
    ...floor,
    ...own(capture.path, threads),
    ...others
      .filter(([, program]) => installed(program))
      .map(([name, , command]): BenchCommand => ({ name, kind: 'peer', command })),
  ];
}

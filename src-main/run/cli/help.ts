import type { SondeError } from '../../../src-shared/errors.ts';
import { usageError } from './arguments.ts';

export const HELP = `Sonde tells you what is wrong in your traffic, why it thinks so, and what to do next.

Usage: sonde <command> [options]

Commands:
  triage FILE…            read captures (pcap, pcapng; plain, gzip or zstd; - for standard input), list what stands out
                          (also flows of Zeek, Suricata, nfdump and IPFIX files)
  watch                   the same as it passes on a network card, or in a capture played on its own clock
  interfaces              the network cards of this machine
  baselines               what was learned of each network while watching, and the way back
  alerts                  alerts on their way: what was given up, or waits; tests of channels, their secrets
  report                  a day, a week or another time of a database as one HTML or PDF file
  case                    incidents with packets, report and hashes as one file: export, verify, open
  compare A B             two captures or days: what is new, gone, more and less, and what carries the difference
  models                  the lab's models in a database: which of them score flows, and the way back
  serve [FILE…]           the desk in a browser on this machine: look, filter, suppress, export
  desk                    the same on what you keep; with --fleet also health and incidents of a fleet's sensors
  export-packets CAPTURE  write the packets of an incident or of a filter as pcapng
  anonymise FILE…         write captures that can be given away: pseudonyms for addresses, nothing of what was said
  train FILE…             learn what is ordinary from captures, for triage --model; or from labelled records, for score
  features FILE…          write what the detectors see of each flow of captures, as CSV
  score FILE              score such a file, or labelled records, in bulk: score, verdict and reasons as CSV
  rules check FILE…       which rules of signatures triage --rules would load, and why it refuses the others
  evaluate                compare detectors on labelled records (NSL-KDD, KDD Cup 99, Zeek)
  sensor                  watches here and publishes what was seen, for workers elsewhere (a fleet)
  worker                  what the sensors of a fleet saw, put together and analysed as one
  doctor                  what is wrong with Sonde itself, and what to do about it
  delete-data             everything that Sonde has kept on this machine: listed, or deleted

sonde <command> --help tells more. sonde --version prints the version.
`;

export function unknownCommand(name: string, known: readonly string[]): SondeError {
  return usageError(`unknown command ${name}`, name, `There is: ${known.join(', ')}. See sonde --help.`);
}

/** What must hold for the project's Dockerfile and .dockerignore. */
import { instructionsOf, lastOf, mountOf, pairsOf, stagesOf } from './dockerfile.mjs';

/** @typedef {import('./dockerfile.mjs').Instruction} Instruction */
/** @typedef {import('./dockerfile.mjs').Stage} Stage */

const SECRET = /pass(word|wd)?|secret|token|api_?key|private/i;

/**
 * @param {string} text of the Dockerfile
 * @param {(path: string) => boolean} inContext whether the build can see a file or folder of the project
 * @returns {string[]} `Dockerfile:LINE: what is wrong`
 */
export function dockerfileFaults(text, inContext) {
  const stages = stagesOf(text);
  const told = [...instructionsOf(text)].flatMap((each) =>
    faultsOf(each, stages, inContext).map((fault) => `Dockerfile:${each.line}: ${fault}`),
  );
  return [...told, ...stages.flatMap((stage) => imageFaults(stages, stage))];
}

/**
 * @param {Instruction} each
 * @param {Stage[]} stages
 * @param {(path: string) => boolean} inContext
 * @returns {string[]}
 */
function faultsOf(each, stages, inContext) {
  switch (each.name) {
    case 'FROM':
      return fromFaults(each.text.split(/\s+/)[0] ?? '', stages);
    case 'ADD':
      return ['ADD fetches and unpacks what it is given: COPY does neither'];
    case 'RUN':
      return runFaults(each);
    case 'COPY':
      return copyFaults(each, stages, inContext);
    case 'ENTRYPOINT':
    case 'CMD':
      return each.json === undefined ? [`${each.name} by a shell, which gets the signals: write a JSON array`] : [];
    case 'HEALTHCHECK':
      return /\bCMD \[/.test(each.text) ? [] : ['HEALTHCHECK by a shell: write a JSON array'];
    case 'ENV':
    case 'ARG':
    case 'LABEL':
      return settingFaults(each);
    default:
      return [];
  }
}

/**
 * @param {string} base
 * @param {Stage[]} stages
 */
function fromFaults(base, stages) {
  if (base === 'scratch' || stages.some(({ name }) => name === base)) return [];
  const [, tag] = /:([\w.-]+)$/.exec(base) ?? [];
  if (base.includes('@sha256:')) return [];
  return tag === undefined || tag === 'latest' ? [`${base} is another image every week: name a version`] : [];
}

/** @param {Instruction} run */
function runFaults({ text, flags, json }) {
  const faults = [];
  if (json === undefined && !text.startsWith('set -e') && /;\s*(?!then|else|fi\b|do\b|done\b)/.test(withoutIfs(text)))
    faults.push('a step that fails is passed over: join steps by && or begin with set -e');
  if (/\|(?!\|)/.test(text)) faults.push('the failure of what stands before a pipe is passed over');
  if (/\|\|\s*(true|:)/.test(text)) faults.push('a failure is passed over on purpose');
  if (/\bsudo\b/.test(text)) faults.push('sudo in an image');
  if (/\bapt\s+(install|update)\b/.test(text)) faults.push('apt is for people: apt-get');
  if (/apt-get\s+(-\S+\s+)*(dist-)?upgrade/.test(text)) faults.push('an upgrade makes every build another image');
  if (/apt-get install/.test(text)) {
    if (!/apt-get update\s*&&/.test(text)) faults.push('apt-get install without apt-get update in the same step');
    if (!/apt-get install (?=[^&]*-y)(?=[^&]*--no-install-recommends)/.test(text))
      faults.push('apt-get install without -y --no-install-recommends');
    if (!/rm -rf \/var\/lib\/apt\/lists\/\*/.test(text)) faults.push('the lists of apt stay in the image');
  }
  if (/\b(curl|wget)\b|https?:\/\//.test(text)) faults.push('something is fetched that no lock file pins');
  if (/chmod (-R )?[0-7]*[2367]\b(?![0-7])/.test(text) || /chmod \S*(o|a)\+\S*w/.test(text))
    faults.push('others may write to a file');
  if (/setcap/.test(text) && !/setcap cap_net_raw=ep /.test(text)) faults.push('another capability than cap_net_raw');
  for (const flag of flags.filter((name) => name.startsWith('--mount='))) {
    if (mountOf(flag)['type'] !== 'secret') faults.push(`${flag}: only secrets are mounted`);
  }
  if (flags.some((flag) => /^--(security|network)=/.test(flag))) faults.push('a step with more rights than others');
  return faults;
}

/** Semicolons of `if …; then …; fi`, which lose no failure. @param {string} text */
function withoutIfs(text) {
  return text.replace(/\bif [^;]*; then [^;]*; fi\b/g, 'true');
}

/**
 * @param {Instruction} copy
 * @param {Stage[]} stages
 * @param {(path: string) => boolean} inContext
 */
function copyFaults({ text, flags, json }, stages, inContext) {
  const from = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length);
  const sources = (json ?? text.split(/\s+/)).slice(0, -1);
  if (sources.length === 0) return ['COPY needs a source and a place'];
  if (from !== undefined) return stages.some(({ name }) => name === from) ? [] : [`there is no stage ${from}`];
  const faults = sources.filter((source) => source === '.' || source.startsWith('..') || /[*?]/.test(source));
  const absent = sources.filter((source) => !faults.includes(source) && !inContext(source));
  return [
    ...faults.map((source) => `COPY ${source}: name what is wanted`),
    ...absent.map((source) => `COPY ${source}: that is not there, or .dockerignore keeps it out`),
  ];
}

/** @param {Instruction} each */
function settingFaults({ name, text }) {
  const keys = name === 'ARG' ? [text.split('=')[0] ?? ''] : pairsOf(text).map(([key]) => key);
  return keys.filter((key) => SECRET.test(key)).map((key) => `${name} ${key}: a secret would stay in the image`);
}

/**
 * Of every stage that no other begins as or copies from: those are the images that people run.
 * @param {Stage[]} stages
 * @param {Stage} stage
 */
function imageFaults(stages, stage) {
  const used = stages.some(
    ({ base, instructions }) =>
      base === stage.name || instructions.some(({ flags }) => flags.includes(`--from=${stage.name}`)),
  );
  if (used) return [];
  const faults = [];
  const user = lastOf(stages, stage.name, 'USER')?.text ?? 'root';
  if (!/^[1-9]\d*:[1-9]\d*$/.test(user)) faults.push(`it runs as ${user}: name an ordinary user and group, by number`);
  const start = lastOf(stages, stage.name, 'ENTRYPOINT')?.json;
  if (start?.join(' ') !== 'sonde') faults.push('its ENTRYPOINT is not sonde');
  const health = lastOf(stages, stage.name, 'HEALTHCHECK') !== undefined;
  const serves = lastOf(stages, stage.name, 'CMD')?.json?.[0] === 'serve';
  if (health !== serves) faults.push('only what serves answers a health check, and that should have one');
  return faults.map((fault) => `Dockerfile:${stage.line}: ${stage.name}: ${fault}`);
}

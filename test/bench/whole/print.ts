/** The benchmark's tables. */
import type { Captured, Done } from './types.ts';

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const fixed = (value: number, digits = 2): string => (Number.isNaN(value) ? '–' : value.toFixed(digits));

function row(cells: readonly string[], widths: readonly number[]): string {
  return `${cells.map((c, i) => (i === 0 ? c.padEnd(widths[i]!) : c.padStart(widths[i]!))).join('  ')}\n`;
}

function stages(done: Captured): string {
  const widths = [36, 8, 16, 10];
  let text = row(['stage (processor time of one core)', 'ms', 'thousand pkt/s', 'cumulated'], widths);
  let sum = 0;
  for (const [stage, ms] of Object.entries(done.stages)) {
    sum += ms;
    const speed = (of: number): string => count(done.packets / of);
    text += row([stage, count(ms), speed(ms), speed(sum)], widths);
  }
  const { least, median, most } = done.inspection;
  text += `inspection costs ${fixed(median)} times what flow metering does (${fixed(least)} to ${fixed(most)})\n`;
  return `${text}peak memory with everything in one process: ${count(done.stagesPeakMiB)} MiB\n`;
}

/** One line a command: the clock's seconds with their spread, processor seconds, rates, memory, and its time over others'. */
function processes(done: Captured): string {
  const others = done.processes.filter((p) => p.kind !== 'sonde');
  const widths = [34, 7, 15, 8, 9, 9, 7];
  let text = row(['whole process', 's', 'least – most', 'cpu s', 'kpkt/s', 'kflow/s', 'MiB'], widths);
  for (const p of done.processes) {
    const { least, median, most } = p.seconds;
    const rates = [done.packets, done.flows].map((n) => count(n / median / 1000));
    const range = `${fixed(least)} – ${fixed(most)}`;
    text += row([p.name, fixed(median), range, fixed(p.processor), ...rates, count(p.peakMiB)], widths);
  }
  for (const name of done.tooSlow) text += `${name}: took longer than five minutes, or failed, and was left out\n`;
  return text + ratios(done, others);
}

function ratios(done: Captured, others: readonly Done[]): string {
  if (others.length === 0) return '';
  let text = 'seconds by the clock, as a multiple of:\n';
  for (const p of done.processes.filter((q) => q.kind === 'sonde')) {
    const all = others.map((o) => `${o.name} ${fixed(p.seconds.median / o.seconds.median)}`);
    text += `  ${p.name}: ${all.join(', ')}\n`;
  }
  return text;
}

/** All of one capture. */
export function printed(done: Captured): string {
  const size = `${count(done.packets)} packets, ${count(done.bytes / 1e6)} MB, ${count(done.flows)} flows`;
  const load = `load average ${fixed(done.load[0], 1)} before, ${fixed(done.load[1], 1)} after`;
  return `\n${done.name}: ${size}; ${load}\n${stages(done)}${processes(done)}`;
}

/** Numbers, times and lists as people read them. */

/** 1024 → "1,024"; at most one decimal below 100. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const rounded = Math.abs(value) < 100 && !Number.isInteger(value) ? Math.round(value * 10) / 10 : Math.round(value);
  const [whole, fraction] = String(Math.abs(rounded)).split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return (rounded < 0 ? '-' : '') + grouped + (fraction ? `.${fraction}` : '');
}

/** 1 → "1 port", 3 → "3 ports"; `plural` where an "s" does not do. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${formatNumber(value)} ${value === 1 ? noun : plural}`;
}

/** Seconds → "190 µs", "12 ms", "11 seconds", "4 minutes", "2.5 hours", "3 days". */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, seconds);
  if (s === 0) return 'an instant';
  if (s < 0.001) return `${formatNumber(Math.max(1, Math.round(s * 1e6)))} µs`;
  if (s < 1) return `${formatNumber(Math.round(s * 1000))} ms`;
  if (s < 120) return counted(s < 10 ? Math.round(s * 10) / 10 : Math.round(s), 'second');
  if (s < 7200) return counted(Math.round(s / 60), 'minute');
  if (s < 172800) return counted(Math.round(s / 360) / 10, 'hour');
  return counted(Math.round(s / 8640) / 10, 'day');
}

/** " in 11 seconds", to follow other words; nothing for a single moment. */
export function within(seconds: number): string {
  return seconds > 0 ? ` in ${formatDuration(seconds)}` : '';
}

/** Bytes → "812 bytes", "4.2 kB", "1.3 GB" (powers of 1,000, as network rates are). */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? counted(value, 'byte') : `${formatNumber(Math.round(value * 10) / 10)} ${units[unit]}`;
}

/** Bits a second → "12.4 Mbit/s". */
export function formatBitRate(bitsPerSecond: number): string {
  const units = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'];
  let value = Math.max(0, bitsPerSecond);
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${formatNumber(Math.round(value * 10) / 10)} ${units[unit]}`;
}

/** ["a"] → "a"; ["a","b","c","d"] with most 3 → "a, b, c and 1 more"; `total` when the list itself was cut. */
export function formatList(items: readonly string[], most = 3, total = items.length): string {
  const shown = items.slice(0, most);
  const rest = total - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${formatNumber(rest)} more`;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} and ${shown[shown.length - 1]}`;
}

/** Sorted ports as ranges: [1,2,3,80] → "1-3, 80"; at most `most` ranges. */
export function formatPorts(ports: readonly number[], most = 5): string {
  const sorted = [...new Set(ports)].sort((a, b) => a - b);
  const ranges: string[] = [];
  for (let i = 0; i < sorted.length;) {
    let j = i;
    while (j + 1 < sorted.length && sorted[j + 1] === sorted[j]! + 1) j++;
    ranges.push(j - i > 1 ? `${sorted[i]}-${sorted[j]}` : sorted.slice(i, j + 1).join(', '));
    i = j + 1;
  }
  return ranges.length > most ? `${ranges.slice(0, most).join(', ')} …` : ranges.join(', ');
}

/**
 * KitNET's feature mapper (Mirsky et al. 2018): columns that go together are put before one small autoencoder. Distance of two
 * columns: 1 − correlation over the first packets; single linkage, cut from the top until no group has more than `most`.
 */

/** Rows × columns to the distance of each pair of columns; one that never varied is at 1 from all others. */
export function correlationDistances(data: Float64Array, rows: number, width: number): Float64Array {
  const mean = new Float64Array(width);
  for (let r = 0; r < rows; r++) for (let j = 0; j < width; j++) mean[j]! += data[r * width + j]! / rows;
  // By rounding alone a column that never varied may seem to.
  const varies = new Uint8Array(width);
  for (let r = 1; r < rows; r++) for (let j = 0; j < width; j++) if (data[r * width + j] !== data[j]) varies[j] = 1;
  const products = new Float64Array(width * width);
  const row = new Float64Array(width);
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < width; j++) row[j] = data[r * width + j]! - mean[j]!;
    for (let i = 0; i < width; i++) {
      const x = row[i]!;
      for (let j = i; j < width; j++) products[i * width + j]! += x * row[j]!;
    }
  }
  const out = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    for (let j = i + 1; j < width; j++) {
      const scale = Math.sqrt(products[i * width + i]! * products[j * width + j]!);
      const distance = varies[i]! && varies[j]! ? Math.max(0, 1 - products[i * width + j]! / scale) : 1;
      out[i * width + j] = out[j * width + i] = distance;
    }
  }
  return out;
}

interface Cluster {
  columns: number[];
  parts?: [Cluster, Cluster];
}

/** Nearest two of the open clusters; the first of equals. */
function nearest(between: Float64Array, width: number, open: readonly number[]): [number, number] {
  let best: [number, number] = [open[0]!, open[1]!];
  let least = Infinity;
  for (let a = 0; a < open.length; a++) {
    for (let b = a + 1; b < open.length; b++) {
      const distance = between[open[a]! * width + open[b]!]!;
      if (distance >= least) continue;
      least = distance;
      best = [open[a]!, open[b]!];
    }
  }
  return best;
}

/** Groups of columns of at most `most` each, by the distances of `width` columns; in the order of their first column. */
export function groupColumns(distances: Float64Array, width: number, most: number): number[][] {
  const between = Float64Array.from(distances);
  const clusters: Cluster[] = Array.from({ length: width }, (_, j) => ({ columns: [j] }));
  let open = clusters.map((_, j) => j);
  while (open.length > 1) {
    const [a, b] = nearest(between, width, open);
    open = open.filter((one) => one !== b);
    for (const other of open) {
      const distance = Math.min(between[a * width + other]!, between[b * width + other]!);
      between[a * width + other] = between[other * width + a] = distance;
    }
    const parts: [Cluster, Cluster] = [clusters[a]!, clusters[b]!];
    clusters[a] = { columns: [...parts[0].columns, ...parts[1].columns], parts };
  }
  const groups: number[][] = [];
  const cut = ({ columns, parts }: Cluster): void => {
    if (columns.length <= most || !parts) groups.push([...columns].sort((x, y) => x - y));
    else parts.forEach(cut);
  };
  cut(clusters[open[0]!]!);
  return groups.sort((x, y) => x[0]! - y[0]!);
}

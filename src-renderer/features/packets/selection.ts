/** What of an address says which packets are shown. */

export interface PacketSelection {
  capture: number;
  filter: string;
  flow?: number;
  incident?: string;
  range?: { from: number; to: number };
  skip: number;
}

const whole = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;

/** An address may carry anything: what is no selection is left out. */
export function selectionOf(
  capture: number,
  params: Readonly<Record<string, string>>,
  filter: string,
  range: { from: number; to: number } | null,
): PacketSelection {
  const flow = whole(params['flow']);
  const incident = params['incident'] ?? '';
  const known = incident !== '' && incident.length <= 64;
  const named = flow !== undefined || known;
  return {
    capture,
    filter,
    ...(flow === undefined ? {} : { flow }),
    ...(known ? { incident } : {}),
    ...(range && !named ? { range } : {}),
    skip: whole(params['skip']) ?? 0,
  };
}

export const frameOf = (params: Readonly<Record<string, string>>): number | null => whole(params['frame']) ?? null;

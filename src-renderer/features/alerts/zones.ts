/** Time zones to choose from. */
const NAMED = Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC');

export const ZONES = ['system', 'UTC', ...NAMED].map((zone) => ({
  value: zone,
  label: zone === 'system' ? 'That of the machine that runs Sonde' : zone,
}));

/** Kinds of networks, and what is usual to expect in each. */

export const ENVIRONMENTS = ['home', 'office', 'enterprise'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/**
 * Alarms a day that whoever looks after such a network will look into: at home one, before it is switched off; three in an
 * office, where it is one task of many; ten where it is somebody's work (about twenty minutes each take half a day).
 */
export const DEFAULT_BUDGET: Readonly<Record<Environment, number>> = { home: 1, office: 3, enterprise: 10 };

/** Kinds of networks, and what is usual to expect in each. */

export const ENVIRONMENTS = ['home', 'office', 'enterprise'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/**
 * Alarms a day that whoever looks after such a network will look into: at home one in ten days, in an office one a day,
 * five where somebody does little else.
 */
export const DEFAULT_BUDGET: Readonly<Record<Environment, number>> = { home: 0.1, office: 1, enterprise: 5 };

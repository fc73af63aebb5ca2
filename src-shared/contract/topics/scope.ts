/** What a suppression applies to (src-shared/domain/suppression.ts tells what each part means). */
import { scopeFault } from '../../domain/suppression.ts';
import { WEEKDAYS } from '../../domain/time-of-day.ts';
import { z } from '../schema.ts';
import { kind } from './common.ts';

const LISTED = 64;
const RULE_MAX = 128;
const DOMAIN_MAX = 253;
const HOURS_LENGTH = 11;

export const timeOfDay = z.strictObject({
  hours: z.string().max(HOURS_LENGTH).optional(),
  days: z.array(z.enum(WEEKDAYS)).max(WEEKDAYS.length).optional(),
  zone: z.string().min(1).max(LISTED),
});

export const suppressionScope = z
  .strictObject({
    kind: kind.optional(),
    source: z.string().min(1).max(LISTED).optional(),
    destination: z.string().min(1).max(LISTED).optional(),
    port: z.int().min(0).max(65_535).optional(),
    protocol: z.string().min(1).max(LISTED).optional(),
    domain: z.string().min(1).max(DOMAIN_MAX).optional(),
    ja4: z.string().min(1).max(LISTED).optional(),
    rule: z.string().min(1).max(RULE_MAX).optional(),
    time: timeOfDay.optional(),
  })
  .superRefine((scope, context) => {
    const fault = scopeFault(scope);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  });

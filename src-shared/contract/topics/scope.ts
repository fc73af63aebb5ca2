/** What a suppression applies to (src-shared/domain/suppression.ts tells what each part means). */
import { scopeFault } from '../../domain/suppression.ts';
import { z } from '../schema.ts';
import { kind } from './common.ts';

const LISTED = 64;

export const suppressionScope = z
  .strictObject({
    kind: kind.optional(),
    source: z.string().min(1).max(LISTED).optional(),
    destination: z.string().min(1).max(LISTED).optional(),
    port: z.int().min(0).max(65_535).optional(),
    protocol: z.string().min(1).max(LISTED).optional(),
    domain: z.string().min(1).max(253).optional(),
  })
  .superRefine((scope, context) => {
    const fault = scopeFault(scope);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  });

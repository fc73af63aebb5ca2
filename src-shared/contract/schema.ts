/** zod as the contract uses it. */
import { z } from 'zod';

// zod compiles its schemas with `new Function`; a page with a strict content security policy must not even try.
z.config({ jitless: true });

export { z };

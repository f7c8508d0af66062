/** How often somebody may be wrong, and how often he may write. */
import type { BucketLimit } from '../../core/rate-limits/token-bucket.ts';

/** Wrong credentials of one address (of IPv6, one network): twenty at once, then one in six seconds. */
export const failuresOfAddress: BucketLimit = { burst: 20, perSecond: 1 / 6 };
/**
 * Wrong credentials of all addresses together. Beyond it each wrong one is answered as one too many of its address, and none is entered
 * in the log, which is not for everybody to fill; who shows a right one is never refused for what others do.
 */
export const failuresOfAll: BucketLimit = { burst: 200, perSecond: 1 };
/** Writes of one principal, refused ones included. One call is one write, however many documents it has. */
export const writesOfPrincipal: BucketLimit = { burst: 120, perSecond: 2 };
/** Addresses, and principals, that are told apart at once. */
export const mostNames = 10_000;

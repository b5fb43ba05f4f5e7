/** When a certificate is replaced: well before its end, and not all machines at once. Upstream: certificate_manager.go (nextRotationDeadline) */

/** Between 70 and 90 % of its life; `random` is of 0 to 1. In milliseconds since the epoch. */
export const rotationDeadline = (since: number, expires: number, random: number): number =>
  since + (expires - since) * (0.7 + 0.2 * random);

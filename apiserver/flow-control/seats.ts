/**
 * How many seats each priority level has: its part of all that the server has, in proportion to its shares. Pure.
 *
 * Upstream: apiserver/pkg/util/flowcontrol/apf_controller.go. Left out: lending seats to other levels: the limits are the
 * nominal ones at all times.
 */
import type { PriorityLevelConfiguration } from '../../api/types.ts';
import type { Limits } from './queue-set.ts';

type Level = Pick<PriorityLevelConfiguration, 'spec'>;

const defaultShares = 30;
const defaultQueuing = { queues: 64, handSize: 8, queueLengthLimit: 50 };

export const isExempt = ({ spec }: Level): boolean => spec?.type === 'Exempt';

function sharesOf(level: Level): number {
  if (isExempt(level)) return level.spec?.exempt?.nominalConcurrencyShares ?? 0;
  return level.spec?.limited?.nominalConcurrencyShares ?? defaultShares;
}

/** The limits of each level, in the order given. Limits of exempt levels only say what they take from the others. */
export function limitsOf(levels: readonly Level[], serverSeats: number): Limits[] {
  const allShares = levels.reduce((sum, level) => sum + sharesOf(level), 0);
  return levels.map((level) => ({
    seats: allShares === 0 ? 0 : Math.ceil((serverSeats * sharesOf(level)) / allShares),
    queuing: queuingOf(level),
  }));
}

function queuingOf({ spec }: Level): Limits['queuing'] {
  const response = spec?.limited?.limitResponse;
  if (response?.type !== 'Queue') return undefined;
  const { queues, handSize, queueLengthLimit } = { ...defaultQueuing, ...response.queuing };
  if (queues < 1) return undefined;
  return { queues, handSize: Math.max(1, Math.min(handSize, queues)), queueLengthLimit };
}

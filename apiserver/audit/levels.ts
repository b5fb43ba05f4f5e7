/**
 * What audit events say how much about. Upstream: apiserver/pkg/apis/audit/v1/types.go
 */

/** How much of a request is recorded; each level has what the one before it has. */
export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type Level = (typeof levels)[number];

/** When an event is made. */
export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type Stage = (typeof stages)[number];

/** Whether `level` has what `wanted` has. */
export const covers = (level: Level, wanted: Level): boolean => levels.indexOf(level) >= levels.indexOf(wanted);

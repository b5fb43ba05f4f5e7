/** Rules of Events: loose for the core version, strict for events.k8s.io. Upstream: pkg/apis/core/validation/events.go */
import { type FieldError, field } from '../errors.ts';
import { dns1123SubdomainErrors, qualifiedNameErrors } from '../names.ts';
import { isEqual } from '../patch/json.ts';
import type { Event } from '../types.ts';
import { unchanged } from './changes.ts';
import { checkName } from './checks.ts';

const maxLength = 128;
const maxMessage = 1024;

/** What holds for every event. One with an `eventTime` is of the new style, which has to be complete. */
export function validateEvent(event: Event): FieldError[] {
  return [
    ...(event.eventTime ? validateNewStyle(event) : validateNamespace(event)),
    ...checkName('namespace', event.metadata.namespace, dns1123SubdomainErrors),
  ];
}

const mismatch = (namespace = ''): FieldError =>
  field.invalid('involvedObject.namespace', namespace, 'does not match event.namespace');

/** An event is where its object is; what has no namespace has its events in `default`. */
function validateNamespace({ metadata, involvedObject }: Event): FieldError[] {
  return (involvedObject.namespace || 'default') === metadata.namespace ? [] : [mismatch(involvedObject.namespace)];
}

function validateNewStyle(event: Event): FieldError[] {
  const { metadata, involvedObject, reportingComponent = '', message = '' } = event;
  const system = metadata.namespace === 'default' || metadata.namespace === 'kube-system';
  const tooLong = (path: string, max: number): FieldError =>
    field.invalid(path, '', `can have at most ${max} characters`);
  return [
    ...(involvedObject.namespace || system ? [] : [mismatch()]),
    ...(reportingComponent === '' ? [field.required('reportingController')] : []),
    ...qualifiedNameErrors(reportingComponent).map((why) =>
      field.invalid('reportingController', reportingComponent, why),
    ),
    ...(['reportingInstance', 'action', 'reason'] as const).flatMap((name) => [
      ...(event[name] ? [] : [field.required(name)]),
      ...((event[name] ?? '').length > maxLength ? [tooLong(name, maxLength)] : []),
    ]),
    ...(message.length > maxMessage ? [tooLong('message', maxMessage)] : []),
  ];
}

/** What else holds for an event that is created or changed through events.k8s.io. Paths are those of the core version. */
export const validateStrictEvent = (event: Event, old: Event | undefined): FieldError[] => [
  ...validateEvent(event),
  ...(old ? validateUpdate(event, old) : validateNew(event)),
];

function validateNew(event: Event): FieldError[] {
  const { type = '', source } = event;
  const unset = (path: string): FieldError => field.invalid(path, '', 'needs to be unset');
  return [
    ...validateSeries(event),
    ...(event.eventTime ? [] : [field.required('eventTime')]),
    ...(type === 'Normal' || type === 'Warning' ? [] : [field.invalid('type', '', `has invalid value: ${type}`)]),
    ...(['firstTimestamp', 'lastTimestamp', 'count'] as const).filter((name) => event[name]).map(unset),
    ...(source?.component || source?.host ? [unset('source')] : []),
  ];
}

function validateUpdate(event: Event, old: Event): FieldError[] {
  const fixed = [
    ...(['involvedObject', 'reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count'] as const),
    ...(['type', 'eventTime', 'action', 'related', 'reportingInstance'] as const),
  ];
  return [
    ...(isEqual(event.series, old.series) ? [] : validateSeries(event)),
    ...fixed.flatMap((name) => unchanged(name, event[name], old[name])),
    ...unchanged('reportingController', event.reportingComponent, old.reportingComponent),
  ];
}

const validateSeries = ({ series }: Event): FieldError[] =>
  series
    ? [
        ...((series.count ?? 0) < 2 ? [field.invalid('series.count', '', 'should be at least 2')] : []),
        ...(series.lastObservedTime ? [] : [field.required('series.lastObservedTime')]),
      ]
    : [];

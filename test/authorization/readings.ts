/** The many ways to read one object: each of them shows it, so each must ask for the same right. */
import type { Access } from './access.ts';
import { websocket } from './asker.ts';
import { type Cell, tellAll } from './cells.ts';
import { canaryOf, collectionPath, namespaceOf, nodeNames, objectPath, placesOf, type Target } from './targets.ts';

const accept = (value: string): { headers: Record<string, string> } => ({ headers: { accept: value } });
const table = accept('application/json;as=Table;v=v1;g=meta.k8s.io');
const metadataList = accept('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io');
const metadata = accept('application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io');
const yaml = accept('application/yaml');
const protobuf = accept('application/vnd.kubernetes.protobuf');

/** Of one kind, in every place. */
export function* readingsOf(target: Target): Generator<Cell> {
  if (!target.planted) return;
  for (const place of placesOf(target)) {
    if (target.plural === 'namespaces') yield* ofObject(target, place, place);
    else {
      yield* ofObject(target, place, namespaceOf(target, place));
      yield* ofCollection(target, place);
      if (place === placesOf(target)[0]) yield* overWebSocket(target, place);
    }
  }
  if (target.plural === 'pods') yield* ofPodsOfNodes(target);
}

const accessTo = (target: Target, verb: string, namespace: string, name = ''): Access => ({
  verb,
  group: target.group,
  resource: target.plural,
  subresource: '',
  namespace,
  name,
});

function* ofObject(target: Target, place: string, namespace: string): Generator<Cell> {
  const path = objectPath(target, place);
  const name = path.split('/').at(-1)!;
  const access = accessTo(target, 'get', namespace, name);
  const shows = canaryOf(target.plural, place);
  const get = { method: 'GET', path, access, shows };
  yield { ...get, ...table };
  yield { ...get, ...metadata };
  yield { ...get, ...yaml };
  // Answered in JSON or not at all where there is none.
  yield { method: 'GET', path, access, ...protobuf };
  yield { method: 'HEAD', path, access };
  // A watch is asked of the collection: here the word means nothing.
  yield { ...get, path: `${path}?watch=1&timeoutSeconds=1` };
  yield { ...get, path: `${path}?resourceVersion=0&pretty=true` };
  yield {
    method: 'GET',
    path: `${watchPath(path, target)}?${tellAll}`,
    streams: true,
    access: { ...access, verb: 'watch' },
    shows,
  };
}

/** Each takes a connection of its own, so they are asked for in one place. */
function* overWebSocket(target: Target, place: string): Generator<Cell> {
  yield {
    method: 'GET',
    path: `${collectionPath(target, place)}?watch=true&${tellAll}`,
    headers: websocket,
    streams: true,
    access: accessTo(target, 'watch', namespaceOf(target, place)),
    shows: canaryOf(target.plural, place),
  };
}

function* ofCollection(target: Target, place: string): Generator<Cell> {
  const path = collectionPath(target, place);
  const namespace = namespaceOf(target, place);
  const name = objectPath(target, place).split('/').at(-1)!;
  const shows = canaryOf(target.plural, place);
  const list = { method: 'GET', access: accessTo(target, 'list', namespace), shows };
  const watch = { method: 'GET', streams: true, access: accessTo(target, 'watch', namespace), shows };
  yield { ...list, path: `${path}?includeObject=Object`, ...table };
  yield { ...list, path, ...metadataList };
  yield { ...list, path: `${path}?resourceVersion=0`, ...yaml };
  yield { ...list, path: `${path}?limit=1&labelSelector=matrix%3Dtarget` };
  yield { ...list, path: `${path}?fieldSelector=metadata.name!%3Dnone` };
  const fieldSelector = `metadata.name=${name}`;
  const selected = `${path}?fieldSelector=${encodeURIComponent(fieldSelector)}`;
  const byName = (verb: string): Access => ({ ...accessTo(target, verb, namespace, name), fieldSelector });
  yield { ...list, path: selected, access: byName('list') };
  yield { ...watch, path: `${selected}&watch=true&${tellAll}`, access: byName('watch') };
  yield { ...watch, path: `${path}?watch=true&${tellAll}`, ...table };
  yield { ...watch, path: `${path}?watch=true&${tellAll}`, ...metadata };
  yield { ...watch, path: `${watchPath(path, target)}?${tellAll}` };
}

/** As kubelets do it: all pods of a node. */
function* ofPodsOfNodes(target: Target): Generator<Cell> {
  for (const place of ['a', 'b'] as const) {
    const fieldSelector = `spec.nodeName=${nodeNames[place]}`;
    for (const within of [undefined, 'a', 'b'] as const) {
      const path = `${collectionPath(target, within)}?fieldSelector=${encodeURIComponent(fieldSelector)}`;
      const shows = within === undefined || within === place ? { shows: canaryOf('pods', place) } : {};
      const access = (verb: string): Access => ({ ...accessTo(target, verb, within ?? ''), fieldSelector });
      yield { method: 'GET', path, access: access('list'), ...shows };
      yield { method: 'GET', path: `${path}&watch=1&${tellAll}`, streams: true, access: access('watch'), ...shows };
    }
  }
}

/** The old way to ask for a watch: `/api/v1/watch/namespaces/a/pods`. */
const watchPath = (path: string, { base }: Target): string => path.replace(`/${base}/`, `/${base}/watch/`);

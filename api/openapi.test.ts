import { describe, expect, test } from 'vitest';
import { allKinds } from './kinds/all.ts';
import { buildOpenApiV3, openApiIndex } from './openapi.ts';

interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, unknown> };
  'x-kubernetes-action': string;
  'x-kubernetes-group-version-kind': object;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, { properties: Record<string, object>; 'x-kubernetes-group-version-kind'?: object[] }>;
  };
}

const core = buildOpenApiV3(allKinds, { group: '', version: 'v1' }) as unknown as Document;
const apps = buildOpenApiV3(allKinds, { group: 'apps', version: 'v1' }) as unknown as Document;

describe('OpenAPI v3', () => {
  test('every reference leads somewhere', () => {
    for (const document of [core, apps]) {
      const names = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
        (m) => m[1]!,
      );
      expect(names.length).toBeGreaterThan(50);
      expect(names.filter((name) => !document.components.schemas[name])).toEqual([]);
    }
  });

  test('a patch says which kind it is of, and takes what kubectl looks for', () => {
    const patch = apps.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.patch;
    expect(patch).toMatchObject({
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
    });
    expect(patch?.parameters).toContainEqual(expect.objectContaining({ name: 'fieldValidation', in: 'query' }));
    expect(Object.keys(patch?.requestBody?.content ?? {})).toContain('application/strategic-merge-patch+json');
  });

  test('paths follow the scope and the subresources', () => {
    const paths = Object.keys(core.paths);
    expect(paths).toContain('/api/v1/nodes/{name}/status');
    expect(paths).toContain('/api/v1/pods');
    expect(paths).toContain('/api/v1/namespaces/{namespace}/pods/{name}/log');
    expect(paths).not.toContain('/api/v1/namespaces/{namespace}/nodes');
    expect(Object.keys(apps.paths)).toContain('/apis/apps/v1/namespaces/{namespace}/replicasets/{name}/scale');
    expect(Object.keys(apps.paths).filter((path) => path.includes('pods'))).toEqual([]);
  });

  test('lists say how they merge', () => {
    const podSpec = core.components.schemas['io.k8s.api.core.v1.PodSpec']?.properties;
    expect(podSpec?.containers).toMatchObject({
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(podSpec?.nodeSelector).toMatchObject({ 'x-kubernetes-map-type': 'atomic' });
    expect(core.components.schemas['io.k8s.api.core.v1.Pod']?.['x-kubernetes-group-version-kind']).toEqual([
      { group: '', version: 'v1', kind: 'Pod' },
    ]);
  });

  test('a type that several versions share has the name of each', () => {
    const { components } = buildOpenApiV3(allKinds, { group: 'authentication.k8s.io', version: 'v1beta1' });
    const review = components.schemas['io.k8s.api.authentication.v1.SelfSubjectReview'];
    expect(review?.['x-kubernetes-group-version-kind']).toEqual([
      { group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview' },
      { group: 'authentication.k8s.io', version: 'v1beta1', kind: 'SelfSubjectReview' },
    ]);
  });

  test('the index leads to each document by its hash', () => {
    expect(openApiIndex(new Map([['apis/apps/v1', 'AB']]))).toEqual({
      paths: { 'apis/apps/v1': { serverRelativeURL: '/openapi/v3/apis/apps/v1?hash=AB' } },
    });
  });
});

/**
 * HorizontalPodAutoscaler of autoscaling/v1: the autoscaler of version 2 with a field for the CPU's use alone, and the rest in
 * annotations. Upstream: pkg/apis/autoscaling/v1
 */
import { autoscalerFromV1, autoscalerToV1, copyPart } from '../conversion/horizontal-pod-autoscaler.ts';
import type { Column, Kind } from '../kind.ts';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerV1, KubeObject } from '../types.ts';
import { horizontalpodautoscalers as stored } from './horizontalpodautoscalers.ts';

const ofStored = ({ cell, ...column }: Column<HorizontalPodAutoscaler>): Column<HorizontalPodAutoscalerV1> => ({
  ...column,
  cell: (autoscaler, now) => cell(autoscalerFromV1(autoscaler), now),
});

export const horizontalpodautoscalersV1: Kind<HorizontalPodAutoscalerV1> = {
  group: stored.group,
  version: 'v1',
  kind: stored.kind,
  plural: stored.plural,
  singular: stored.singular,
  namespaced: true,
  schema: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  generation: false,
  status: true,
  inert: true,
  storedAs: {
    kind: stored,
    toStored: autoscalerFromV1,
    fromStored: (object: KubeObject) => autoscalerToV1(object as HorizontalPodAutoscaler),
  },
  setDefaults: ({ spec }) => {
    if (spec) spec.minReplicas ??= 1;
  },
  validate: (autoscaler, old) => stored.validate!(autoscalerFromV1(autoscaler), old && autoscalerFromV1(old)),
  validateStatus: (autoscaler, old) => stored.validateStatus!(autoscalerFromV1(autoscaler), autoscalerFromV1(old)),
  strategy: {
    prepareForCreate: (autoscaler) => {
      autoscaler.status = { currentReplicas: 0, desiredReplicas: 0 };
      copyPart('status', undefined, autoscaler);
    },
    prepareForUpdate: (autoscaler, old) => {
      autoscaler.status = old.status;
      copyPart('status', old, autoscaler);
    },
    prepareForStatusUpdate: (autoscaler, old) => copyPart('spec', old, autoscaler),
  },
  columns: stored.columns!.map(ofStored),
};

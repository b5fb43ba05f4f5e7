/**
 * DefaultIngressClass: an Ingress that says nothing about its class gets the default one, if there is any.
 *
 * Upstream: plugin/pkg/admission/network/defaultingressclass
 */
import type { Ingress } from '../../api/types.ts';
import type { Registry } from '../registry/registry.ts';
import { defaultClass } from './default-class.ts';
import type { AdmissionPlugin } from './plugin.ts';

const isDefault = ['ingressclass.kubernetes.io/is-default-class'];
const classAnnotation = 'kubernetes.io/ingress.class';

export function defaultIngressClass({ resources }: Pick<Registry, 'resources'>): AdmissionPlugin {
  const classes = resources.must('networking.k8s.io', 'ingressclasses').cache;
  return {
    name: 'DefaultIngressClass',
    mutate({ operation, resource: { kind }, subresource, object }) {
      if (operation !== 'create' || kind.plural !== 'ingresses' || kind.group !== 'networking.k8s.io' || subresource)
        return;
      const { metadata, spec } = object as Ingress;
      if (!spec || metadata.annotations?.[classAnnotation] !== undefined || spec.ingressClassName !== undefined) return;
      const name = defaultClass(classes, isDefault);
      if (name !== undefined) spec.ingressClassName = name;
    },
  };
}

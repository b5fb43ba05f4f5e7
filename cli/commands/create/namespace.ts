/** `minikctl create namespace`. Upstream: kubectl/pkg/cmd/create/create_namespace.go */
import { namespaces } from '../../../api/kinds/namespaces.ts';
import { generate } from '../../create/generator.ts';

export const createNamespace = generate({
  command: 'namespace',
  kind: namespaces,
  usage: 'NAME',
  options: [],
  examples: '  minikctl create namespace dev',
  content: () => ({ spec: {}, status: {} }),
});

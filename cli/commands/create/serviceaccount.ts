/** `minikctl create serviceaccount`. Upstream: kubectl/pkg/cmd/create/create_serviceaccount.go */
import { serviceaccounts } from '../../../api/kinds/serviceaccounts.ts';
import { generate } from '../../create/generator.ts';

export const createServiceAccount = generate({
  command: 'serviceaccount',
  failure: 'failed to create serviceaccount:',
  kind: serviceaccounts,
  usage: 'NAME',
  options: [],
  examples: '  minikctl create serviceaccount ci -n prod',
  content: () => ({}),
});

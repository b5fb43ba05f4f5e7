/** `minikctl create clusterrolebinding`. Upstream: kubectl/pkg/cmd/create/create_clusterrolebinding.go */
import { clusterrolebindings } from '../../../api/kinds/clusterrolebindings.ts';
import { roleRefOf, subjectOptions, subjectsOf } from '../../create/binding-subjects.ts';
import { generate } from '../../create/generator.ts';

export const createClusterRoleBinding = generate({
  command: 'clusterrolebinding',
  failure: 'failed to create clusterrolebinding:',
  kind: clusterrolebindings,
  usage: 'NAME --clusterrole=NAME [--user=NAME] [--group=NAME] [--serviceaccount=NAMESPACE:NAME]',
  options: [['--clusterrole <name>', 'The cluster role that it gives.'], ...subjectOptions],
  examples: '  minikctl create clusterrolebinding ops --clusterrole=cluster-admin --group=ops',
  content(_name, options) {
    const clusterRole = options['clusterrole'];
    if (clusterRole === undefined) throw new Error('required flag(s) "clusterrole" not set');
    const subjects = subjectsOf(options);
    return { roleRef: roleRefOf('ClusterRole', String(clusterRole)), ...(subjects.length > 0 && { subjects }) };
  },
});

/** `minikctl create rolebinding`. Upstream: kubectl/pkg/cmd/create/create_rolebinding.go */
import { rolebindings } from '../../../api/kinds/rolebindings.ts';
import { roleRefOf, subjectOptions, subjectsOf } from '../../create/binding-subjects.ts';
import { generate } from '../../create/generator.ts';

export const createRoleBinding = generate({
  command: 'rolebinding',
  failure: 'failed to create rolebinding:',
  kind: rolebindings,
  usage: 'NAME (--clusterrole=NAME | --role=NAME) [--user=NAME] [--group=NAME] [--serviceaccount=NAMESPACE:NAME]',
  options: [
    ['--clusterrole <name>', 'The cluster role that it gives.', { default: '' }],
    ['--role <name>', 'The role that it gives.', { default: '' }],
    ...subjectOptions,
  ],
  examples: `  minikctl create rolebinding ann-edits --clusterrole=edit --user=ann -n dev
  minikctl create rolebinding ci --role=deployer --serviceaccount=prod:ci -n prod`,
  content(_name, options) {
    const role = String(options['role']);
    const clusterRole = String(options['clusterrole']);
    if ((role === '') === (clusterRole === '')) throw new Error('exactly one of clusterrole or role must be specified');
    const subjects = subjectsOf(options);
    const roleRef = role ? roleRefOf('Role', role) : roleRefOf('ClusterRole', clusterRole);
    return { roleRef, ...(subjects.length > 0 && { subjects }) };
  },
});

/** Columns of admission's webhooks, policies and bindings. Upstream: pkg/printers/internalversion */
import type { Column } from '../kind.ts';
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '../types.ts';
import { ageColumn, formatSelectorCell, nameColumn } from './columns.ts';

type ParamKind = NonNullable<MutatingAdmissionPolicy['spec']>['paramKind'];
type BindingSpec = NonNullable<MutatingAdmissionPolicyBinding['spec']>;

/** How many webhooks a configuration has. */
export const webhooksColumn: Column<{ webhooks?: unknown[] }> = {
  name: 'Webhooks',
  type: 'integer',
  description: 'How many webhooks there are.',
  cell: ({ webhooks }) => webhooks?.length ?? 0,
};

/** What a policy's parameters are. */
export const paramKindColumn: Column<{ spec?: { paramKind?: ParamKind } }> = {
  name: 'ParamKind',
  type: 'string',
  description: 'The kind of its parameters.',
  cell: ({ spec }) => (spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : '<unset>'),
};

/** The columns of what binds a policy. */
export const policyBindingColumns: Column<Pick<MutatingAdmissionPolicyBinding, 'metadata'> & { spec?: BindingSpec }>[] =
  [
    nameColumn,
    {
      name: 'PolicyName',
      type: 'string',
      description: 'The policy that it puts in force.',
      cell: ({ spec }) => spec?.policyName ?? '',
    },
    {
      name: 'ParamRef',
      type: 'string',
      description: 'The parameters that the policy gets.',
      cell: ({ spec }) => formatParamRef(spec?.paramRef),
    },
    ageColumn,
  ];

/** Of parameters without a namespace it is not known here whether they have one. */
function formatParamRef(ref: BindingSpec['paramRef']): string {
  if (ref?.name) return `${ref.namespace || '*'}/${ref.name}`;
  return ref?.selector ? formatSelectorCell(ref.selector) : '<unset>';
}

/**
 * A pod that names its node runs there or nowhere.
 * Upstream: pkg/scheduler/framework/plugins/nodename
 */
import { type Plugin, refuse } from '../plugin.ts';

export const reasonNodeName = "node(s) didn't match the requested node name";

export const nodeName: Plugin = {
  name: 'NodeName',
  retryOn: ['node-add'],
  filter: ({ pod }, { node }) =>
    pod.spec?.nodeName && pod.spec.nodeName !== node?.metadata.name ? refuse(reasonNodeName) : undefined,
};

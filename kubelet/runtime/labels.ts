/**
 * Labels and annotations that the kubelet puts on what it creates, so that after a restart it finds its containers
 * again, and two clusters on one runtime leave each other alone.
 *
 * Upstream: pkg/kubelet/kuberuntime/labels.go, k8s.io/kubelet/pkg/types/labels.go
 */
export const podNameLabel = 'io.kubernetes.pod.name';
export const podNamespaceLabel = 'io.kubernetes.pod.namespace';
export const podUidLabel = 'io.kubernetes.pod.uid';
export const containerNameLabel = 'io.kubernetes.container.name';

/** Changes when the container's spec does; a running container with another hash is replaced. */
export const containerHashAnnotation = 'io.kubernetes.container.hash';
export const restartCountAnnotation = 'io.kubernetes.container.restartCount';
export const terminationMessagePathAnnotation = 'io.kubernetes.container.terminationMessagePath';
export const terminationMessagePolicyAnnotation = 'io.kubernetes.container.terminationMessagePolicy';
export const terminationGracePeriodAnnotation = 'io.kubernetes.pod.terminationGracePeriod';

/** How many restarts in a row came before this container; the back-off follows from it, so it survives the kubelet. */
export const crashCountAnnotation = 'io.minik.container.crashCount';

export const clusterLabel = 'io.minik.cluster';
export const nodeLabel = 'io.minik.node';

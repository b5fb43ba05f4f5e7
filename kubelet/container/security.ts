/**
 * A container's security context: its own settings over the pod's.
 *
 * Upstream: pkg/kubelet/kuberuntime/security_context.go, pkg/securitycontext. Left out: SELinux, AppArmor, Localhost
 * seccomp profiles, Windows.
 */
import type { Container, Pod } from '../../api/types.ts';
import type { SecurityContext } from '../runtime/runtime.ts';
import { ContainerConfigError } from './environment.ts';

/** `imageUser` is what the image would run as: a number, a name, or empty for root. */
export function securityContext(pod: Pod, container: Container, imageUser: string): SecurityContext {
  const own = container.securityContext;
  const shared = pod.spec?.securityContext;
  const runAsUser = own?.runAsUser ?? shared?.runAsUser;
  if (own?.runAsNonRoot ?? shared?.runAsNonRoot) checkNonRoot(pod, container, runAsUser, imageUser);
  const profile = own?.seccompProfile ?? shared?.seccompProfile;
  if (profile?.type === 'Localhost')
    throw new ContainerConfigError('seccompProfile.type Localhost is not supported by this kubelet');
  const groups = [...(shared?.supplementalGroups ?? []), ...(shared?.fsGroup === undefined ? [] : [shared.fsGroup])];
  return {
    privileged: own?.privileged ?? false,
    readOnlyRootFilesystem: own?.readOnlyRootFilesystem ?? false,
    noNewPrivileges: own?.allowPrivilegeEscalation === false,
    runAsUser,
    runAsGroup: own?.runAsGroup ?? shared?.runAsGroup,
    supplementalGroups: groups,
    capabilities: { add: own?.capabilities?.add ?? [], drop: own?.capabilities?.drop ?? [] },
    seccompUnconfined: profile === undefined || profile.type === 'Unconfined',
  };
}

function checkNonRoot(pod: Pod, container: Container, runAsUser: number | undefined, imageUser: string): void {
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  if (runAsUser !== undefined) {
    if (runAsUser === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  if (imageUser === '' || imageUser === '0' || imageUser === 'root')
    throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  if (!/^\d+$/.test(imageUser))
    throw new ContainerConfigError(
      `container has runAsNonRoot and image has non-numeric user (${imageUser}), cannot verify user is non-root ${where}`,
    );
}

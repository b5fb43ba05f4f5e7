/** The volumes of a pod. Upstream: kubectl/pkg/describe (describeVolumes) */
import type { Volume } from '../../api/types.ts';
import type { Description } from './writer.ts';

/** Level 1 is inside a pod template. */
export function describeVolumes(out: Description, volumes: Volume[], level = 0): void {
  if (volumes.length === 0) {
    out.field(level, 'Volumes', '<none>');
    return;
  }
  out.line(level, 'Volumes:');
  for (const volume of volumes) {
    out.line(1, `${level > 0 ? ' ' : ''}${volume.name}:`);
    for (const [name, value] of linesOf(volume)) out.field(2, name, value);
  }
}

function linesOf(volume: Volume): [name: string, value: unknown][] {
  const { emptyDir, hostPath, configMap, secret, projected, downwardAPI, persistentVolumeClaim: claim } = volume;
  if (hostPath)
    return [
      ['Type', 'HostPath (bare host directory volume)'],
      ['Path', hostPath.path],
      ['HostPathType', hostPath.type ?? ''],
    ];
  if (emptyDir)
    return [
      ['Type', "EmptyDir (a temporary directory that shares a pod's lifetime)"],
      ['Medium', emptyDir.medium ?? ''],
      ['SizeLimit', emptyDir.sizeLimit ?? '<unset>'],
    ];
  if (secret)
    return [
      ['Type', 'Secret (a volume populated by a Secret)'],
      ['SecretName', secret.secretName],
      ['Optional', secret.optional ?? false],
    ];
  if (configMap)
    return [
      ['Type', 'ConfigMap (a volume populated by a ConfigMap)'],
      ['Name', configMap.name],
      ['Optional', configMap.optional ?? false],
    ];
  if (downwardAPI) return [['Type', 'DownwardAPI (a volume populated by information about the pod)']];
  if (claim)
    return [
      ['Type', 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)'],
      ['ClaimName', claim.claimName],
      ['ReadOnly', claim.readOnly ?? false],
    ];
  if (projected) return projectedLines(projected);
  return [['Type', Object.keys(volume).find((key) => key !== 'name') ?? '<unknown>']];
}

function projectedLines({ sources = [] }: NonNullable<Volume['projected']>): [name: string, value: unknown][] {
  return [
    ['Type', 'Projected (a volume that contains injected data from multiple sources)'],
    ...sources.flatMap(({ secret, configMap, downwardAPI, serviceAccountToken }): [string, unknown][] => {
      if (secret)
        return [
          ['SecretName', secret.name],
          ['Optional', secret.optional ?? false],
        ];
      if (configMap)
        return [
          ['ConfigMapName', configMap.name],
          ['Optional', configMap.optional ?? false],
        ];
      if (downwardAPI) return [['DownwardAPI', true]];
      if (serviceAccountToken) return [['TokenExpirationSeconds', serviceAccountToken.expirationSeconds]];
      return [];
    }),
  ];
}

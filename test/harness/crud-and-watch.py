"""What a program written with Kubernetes' library for Python does: CRUD and a watch. Prints a line for each step."""
import sys

from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException

config.load_kube_config(config_file=sys.argv[1])
core = client.CoreV1Api()
apps = client.AppsV1Api()
namespace = "default"

created = core.create_namespaced_config_map(
    namespace,
    client.V1ConfigMap(metadata=client.V1ObjectMeta(name="python", labels={"from": "python"}), data={"a": "1"}),
)
print("created", created.metadata.name, created.metadata.creation_timestamp is not None)

read = core.read_namespaced_config_map("python", namespace)
read.data["b"] = "2"
print("replaced", sorted(core.replace_namespaced_config_map("python", namespace, read).data.items()))
print("patched", core.patch_namespaced_config_map("python", namespace, {"data": {"a": None}}).data)
print("listed", [m.metadata.name for m in core.list_namespaced_config_map(namespace, label_selector="from=python").items])

try:
    core.replace_namespaced_config_map("python", namespace, read)
except ApiException as error:
    print("conflict", error.status, error.reason)

labels = {"app": "python"}
pod = client.V1PodTemplateSpec(
    metadata=client.V1ObjectMeta(labels=labels),
    spec=client.V1PodSpec(containers=[client.V1Container(name="main", image="busybox:1.35")]),
)
spec = client.V1DeploymentSpec(replicas=1, selector=client.V1LabelSelector(match_labels=labels), template=pod)
apps.create_namespaced_deployment(namespace, client.V1Deployment(metadata=client.V1ObjectMeta(name="python"), spec=spec))
scale = apps.read_namespaced_deployment_scale("python", namespace)
scale.spec.replicas = 3
print("scaled", apps.replace_namespaced_deployment_scale("python", namespace, scale).spec.replicas)
print("deployment", apps.read_namespaced_deployment("python", namespace).spec.strategy.type)

version = core.list_namespaced_config_map(namespace).metadata.resource_version
core.patch_namespaced_config_map("python", namespace, {"data": {"c": "3"}})
core.delete_namespaced_config_map("python", namespace)
watching = watch.Watch()
for event in watching.stream(core.list_namespaced_config_map, namespace, resource_version=version, timeout_seconds=10):
    print("event", event["type"], event["object"].metadata.name, event["object"].data)
    if event["type"] == "DELETED":
        watching.stop()

try:
    core.read_namespaced_config_map("python", namespace)
except ApiException as error:
    print("gone", error.status)
for kind in (apps.delete_collection_namespaced_deployment, core.delete_collection_namespaced_config_map):
    kind(namespace)
print("left", len(apps.list_namespaced_deployment(namespace).items))

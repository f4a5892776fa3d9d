"""What a program with the Python client does with a plane. Prints what it saw as JSON; any failure ends it."""

import json
import sys
import threading
import time

from kubernetes import client, config, dynamic, utils, watch

config.load_kube_config(sys.argv[1])
core, apps = client.CoreV1Api(), client.AppsV1Api()
seen = {}

meta = client.V1ObjectMeta
core.create_namespace(client.V1Namespace(metadata=meta(name="py")))
template = client.V1PodTemplateSpec(
    metadata=meta(labels={"a": "b"}),
    spec=client.V1PodSpec(containers=[client.V1Container(name="c", image="nginx:1")]),
)
selector = client.V1LabelSelector(match_labels={"a": "b"})
apps.create_namespaced_deployment(
    "py",
    client.V1Deployment(
        metadata=meta(name="d"),
        spec=client.V1DeploymentSpec(replicas=1, selector=selector, template=template),
    ),
)
apps.create_namespaced_daemon_set(
    "py",
    client.V1DaemonSet(metadata=meta(name="d"), spec=client.V1DaemonSetSpec(selector=selector, template=template)),
)
core.create_node(client.V1Node(metadata=meta(name="n")))
core.create_namespaced_config_map("py", client.V1ConfigMap(metadata=meta(name="c"), data={"a": "b"}))

# The client checks that required fields are there in all that it reads.
seen["daemonsets"] = [item.status.number_ready for item in apps.list_daemon_set_for_all_namespaces().items]
seen["nodes"] = [item.status.node_info.kubelet_version for item in core.list_node().items]
for read in (
    apps.list_deployment_for_all_namespaces,
    core.list_pod_for_all_namespaces,
    core.list_service_for_all_namespaces,
    client.RbacAuthorizationV1Api().list_cluster_role,
    client.RbacAuthorizationV1Api().list_cluster_role_binding,
    client.ApiextensionsV1Api().list_custom_resource_definition,
    client.ApiregistrationV1Api().list_api_service,
    client.ApisApi().get_api_versions,
):
    read()

seen["scaled"] = apps.patch_namespaced_deployment_scale("d", "py", {"spec": {"replicas": 3}}).spec.replicas
found = apps.read_namespaced_deployment("d", "py")
found.spec.replicas = 4
seen["replaced"] = apps.replace_namespaced_deployment("d", "py", found).spec.replicas

version = core.list_namespaced_config_map("py").metadata.resource_version
threading.Timer(0.2, lambda: core.delete_namespaced_config_map("c", "py")).start()
events = watch.Watch().stream(core.list_namespaced_config_map, "py", resource_version=version, timeout_seconds=5)
seen["watched"] = next(event["type"] + " " + event["object"].metadata.name for event in events)

utils.create_from_dict(
    client.ApiClient(),
    {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "foos.py.io"},
        "spec": {
            "group": "py.io",
            "scope": "Namespaced",
            "names": {"plural": "foos", "kind": "Foo"},
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
            ],
        },
    },
)
custom = client.CustomObjectsApi()
for attempt in range(50):
    try:
        custom.list_namespaced_custom_object("py.io", "v1", "py", "foos")
        break
    except client.ApiException:
        time.sleep(0.1)
foo = {"apiVersion": "py.io/v1", "kind": "Foo", "metadata": {"name": "f"}}
seen["custom"] = custom.create_namespaced_custom_object("py.io", "v1", "py", "foos", foo)["kind"]
resources = dynamic.DynamicClient(client.ApiClient()).resources
seen["dynamic"] = [item.metadata.name for item in resources.get(api_version="py.io/v1", kind="Foo").get().items]

try:
    core.read_namespaced_pod("none", "py")
except client.ApiException as error:
    seen["missing"] = [error.status, json.loads(error.body)["reason"]]
apps.delete_namespaced_deployment("d", "py")
seen["deleted"] = core.delete_namespace("py").status
print(json.dumps(seen))

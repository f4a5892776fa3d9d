import { resourceRef, type KubeObject, type ResourceRef } from '@kairship/apimachinery'
import type { Cluster } from './cluster.ts'
import type * as extras from './extras.ts'
import type * as policy from './policy.ts'
import type * as work from './work.ts'

function ref<T extends KubeObject>(
  apiVersion: string,
  resource: string,
  kind: string,
  scope: 'namespaced' | 'cluster',
): ResourceRef<T> {
  const [group = '', version = ''] = apiVersion.split('/')
  return resourceRef<T>({ group, version, resource, kind, namespaced: scope === 'namespaced' })
}

const POLICY = 'policy.karmada.io/v1alpha1'
const NETWORKING = 'networking.karmada.io/v1alpha1'
const AUTOSCALING = 'autoscaling.karmada.io/v1alpha1'
const CONFIG = 'config.karmada.io/v1alpha1'
const SERVICES = 'multicluster.x-k8s.io/v1alpha1'

export const Clusters: ResourceRef<Cluster> = ref('cluster.karmada.io/v1alpha1', 'clusters', 'Cluster', 'cluster')

export const PropagationPolicies: ResourceRef<policy.PropagationPolicy> = ref(
  POLICY,
  'propagationpolicies',
  'PropagationPolicy',
  'namespaced',
)
export const ClusterPropagationPolicies: ResourceRef<policy.ClusterPropagationPolicy> = ref(
  POLICY,
  'clusterpropagationpolicies',
  'ClusterPropagationPolicy',
  'cluster',
)
export const OverridePolicies: ResourceRef<policy.OverridePolicy> = ref(
  POLICY,
  'overridepolicies',
  'OverridePolicy',
  'namespaced',
)
export const ClusterOverridePolicies: ResourceRef<policy.ClusterOverridePolicy> = ref(
  POLICY,
  'clusteroverridepolicies',
  'ClusterOverridePolicy',
  'cluster',
)
export const FederatedResourceQuotas: ResourceRef<policy.FederatedResourceQuota> = ref(
  POLICY,
  'federatedresourcequotas',
  'FederatedResourceQuota',
  'namespaced',
)
export const ClusterTaintPolicies: ResourceRef<policy.ClusterTaintPolicy> = ref(
  POLICY,
  'clustertaintpolicies',
  'ClusterTaintPolicy',
  'cluster',
)

export const ResourceBindings: ResourceRef<work.ResourceBinding> = ref(
  'work.karmada.io/v1alpha2',
  'resourcebindings',
  'ResourceBinding',
  'namespaced',
)
export const ClusterResourceBindings: ResourceRef<work.ClusterResourceBinding> = ref(
  'work.karmada.io/v1alpha2',
  'clusterresourcebindings',
  'ClusterResourceBinding',
  'cluster',
)
export const Works: ResourceRef<work.Work> = ref('work.karmada.io/v1alpha1', 'works', 'Work', 'namespaced')

export const ResourceInterpreterCustomizations: ResourceRef<extras.ResourceInterpreterCustomization> = ref(
  CONFIG,
  'resourceinterpretercustomizations',
  'ResourceInterpreterCustomization',
  'cluster',
)
export const ResourceInterpreterWebhookConfigurations: ResourceRef<extras.ResourceInterpreterWebhookConfiguration> =
  ref(CONFIG, 'resourceinterpreterwebhookconfigurations', 'ResourceInterpreterWebhookConfiguration', 'cluster')
export const WorkloadRebalancers: ResourceRef<extras.WorkloadRebalancer> = ref(
  'apps.karmada.io/v1alpha1',
  'workloadrebalancers',
  'WorkloadRebalancer',
  'cluster',
)
export const MultiClusterServices: ResourceRef<extras.MultiClusterService> = ref(
  NETWORKING,
  'multiclusterservices',
  'MultiClusterService',
  'namespaced',
)
export const MultiClusterIngresses: ResourceRef<extras.MultiClusterIngress> = ref(
  NETWORKING,
  'multiclusteringresses',
  'MultiClusterIngress',
  'namespaced',
)
export const FederatedHPAs: ResourceRef<extras.FederatedHPA> = ref(
  AUTOSCALING,
  'federatedhpas',
  'FederatedHPA',
  'namespaced',
)
export const CronFederatedHPAs: ResourceRef<extras.CronFederatedHPA> = ref(
  AUTOSCALING,
  'cronfederatedhpas',
  'CronFederatedHPA',
  'namespaced',
)
export const ResourceRegistries: ResourceRef<extras.ResourceRegistry> = ref(
  'search.karmada.io/v1alpha1',
  'resourceregistries',
  'ResourceRegistry',
  'cluster',
)
export const Remedies: ResourceRef<extras.Remedy> = ref('remedy.karmada.io/v1alpha1', 'remedies', 'Remedy', 'cluster')
export const ServiceExports: ResourceRef<extras.ServiceExport> = ref(
  SERVICES,
  'serviceexports',
  'ServiceExport',
  'namespaced',
)
export const ServiceImports: ResourceRef<extras.ServiceImport> = ref(
  SERVICES,
  'serviceimports',
  'ServiceImport',
  'namespaced',
)

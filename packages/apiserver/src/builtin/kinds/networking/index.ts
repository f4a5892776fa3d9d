import type { KindRules } from '../../contracts.ts'
import { ipAddressRules, serviceCidrRules } from './address-ranges.ts'
import { endpointSliceRules, endpointsRules } from './endpoints.ts'
import { ingressClassRules, ingressRules } from './ingress.ts'
import { networkPolicyRules } from './network-policy.ts'

/** What reaches pods, and what may. Services are in `../core`. */
export const networkingRules: { readonly [key: string]: KindRules | undefined } = {
  'networking.k8s.io/Ingress': ingressRules,
  'networking.k8s.io/IngressClass': ingressClassRules,
  'networking.k8s.io/NetworkPolicy': networkPolicyRules,
  'networking.k8s.io/IPAddress': ipAddressRules,
  'networking.k8s.io/ServiceCIDR': serviceCidrRules,
  'discovery.k8s.io/EndpointSlice': endpointSliceRules,
  '/Endpoints': endpointsRules,
}

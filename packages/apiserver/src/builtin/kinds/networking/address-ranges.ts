import { isIP } from 'node:net'
import type { KindRules } from '../../contracts.ts'
import { at, child, strings, text } from '../../fields.ts'
import { parseCidr, validateCidr } from '../addresses.ts'
import { validateImmutable } from '../immutable.ts'

export const serviceCidrRules: KindRules = {
  validate: (range, errors) => {
    const cidrs = strings(at(range, 'spec'), 'cidrs')
    if (cidrs.length === 0) errors.required('spec.cidrs', 'at least one CIDR required')
    if (cidrs.length > 2) errors.invalid('spec.cidrs', cidrs, 'may only hold up to 2 values')
    for (const [index, cidr] of cidrs.entries()) validateCidr(cidr, `spec.cidrs[${index}]`, errors)
    const [first, second] = cidrs.map((cidr) => parseCidr(cidr)?.type)
    if (cidrs.length === 2 && first !== undefined && first === second) {
      errors.invalid('spec.cidrs', cidrs, 'may specify no more than one IP for each IP family')
    }
  },
  validateUpdate: (range, old, errors) => {
    validateImmutable(at(range, 'spec')['cidrs'], at(old, 'spec')['cidrs'], 'spec.cidrs', errors)
  },
}

export const ipAddressRules: KindRules = {
  name: (name) => (isIP(name) === 0 ? ['must be a valid IP address in canonical form'] : []),
  validate: (address, errors) => {
    const parent = child(at(address, 'spec'), 'parentRef')
    if (parent === undefined) errors.required('spec.parentRef')
    else {
      for (const key of ['resource', 'name']) {
        if (text(parent, key) === '') errors.required(`spec.parentRef.${key}`)
      }
    }
  },
  validateUpdate: (address, old, errors) => {
    validateImmutable(at(address, 'spec')['parentRef'], at(old, 'spec')['parentRef'], 'spec.parentRef', errors)
  },
}

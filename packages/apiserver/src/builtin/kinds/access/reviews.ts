import { failure } from '@kairship/apimachinery'
import type { ApiError, Unstructured, UserInfo } from '@kairship/apimachinery'
import type { AuthorizationAttributes } from '../../../strategy.ts'
import type { PolicyRule } from '../../../auth/contracts.ts'
import type { KindRules, PlaneServices } from '../../contracts.ts'
import { FieldErrors } from '../../field-errors.ts'
import { at, child, strings, text } from '../../fields.ts'
import type { Fields, ReadonlyFields } from '../../fields.ts'
import { invalidObject } from '../../invalid.ts'

const authorization = 'authorization.k8s.io'

/** The question of a SubjectAccessReview; throws 422 when it is none. */
function attributesOf(draft: Unstructured, user: UserInfo): AuthorizationAttributes {
  const spec = at(draft, 'spec')
  const resource = child(spec, 'resourceAttributes')
  const path = child(spec, 'nonResourceAttributes')
  const errors = new FieldErrors()
  if ((resource === undefined) === (path === undefined)) {
    const name = resource === undefined ? 'spec.resourceAttributes' : 'spec.nonResourceAttributes'
    const detail =
      resource === undefined
        ? 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
        : 'cannot be specified in combination with resourceAttributes'
    errors.invalid(name, path ?? null, detail)
  }
  if (!errors.empty) throw invalidObject(authorization, draft.kind ?? '', '', errors.list)
  if (path !== undefined) return { user, verb: text(path, 'verb'), path: text(path, 'path') }
  const asked: ReadonlyFields = resource ?? {}
  return {
    user,
    verb: text(asked, 'verb'),
    group: text(asked, 'group'),
    version: text(asked, 'version') || '*',
    resource: text(asked, 'resource'),
    subresource: text(asked, 'subresource'),
    namespace: text(asked, 'namespace'),
    name: text(asked, 'name'),
  }
}

function decide(draft: Unstructured, user: UserInfo, plane: PlaneServices): Unstructured {
  const { allowed, reason } = plane.authorizer.authorize(attributesOf(draft, user))
  return { ...draft, status: { allowed, ...(reason === '' ? {} : { reason }) } }
}

function subjectOf(draft: Unstructured): UserInfo {
  const spec = at(draft, 'spec')
  const username = text(spec, 'user')
  const groups = strings(spec, 'groups')
  if (username === '' && groups.length === 0) {
    const errors = new FieldErrors()
    errors.invalid('spec.user', username, 'at least one of user or group must be specified')
    throw invalidObject(authorization, draft.kind ?? '', '', errors.list)
  }
  return { username, groups, uid: text(spec, 'uid'), extra: extraOf(spec) }
}

function extraOf(spec: ReadonlyFields): { [key: string]: readonly string[] } {
  const extra = at(spec, 'extra')
  return Object.fromEntries(Object.keys(extra).map((key) => [key, strings(extra, key)]))
}

const localReview: KindRules = {
  review: async (draft, context, plane) => {
    const { namespace = '' } = context.operation
    const asked = text(at(at(draft, 'spec'), 'resourceAttributes'), 'namespace')
    if (asked !== namespace) {
      const errors = new FieldErrors()
      errors.invalid('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace')
      throw invalidObject(authorization, draft.kind ?? '', '', errors.list)
    }
    return decide(draft, subjectOf(draft), plane)
  },
}

const rulesReview: KindRules = {
  review: async (draft, { user }, plane) => {
    const namespace = text(at(draft, 'spec'), 'namespace')
    if (namespace === '') throw badRequest('no namespace on request')
    const rules = plane.authorizer.rulesFor(user, namespace)
    return {
      ...draft,
      status: {
        resourceRules: rules.filter((rule) => rule.resources.length > 0).map(resourceRule),
        nonResourceRules: rules
          .filter((rule) => rule.nonResourceURLs.length > 0)
          .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
        incomplete: false,
      },
    }
  },
}

function resourceRule({ verbs, apiGroups, resources, resourceNames }: PolicyRule): Fields {
  return { verbs, apiGroups, resources, ...(resourceNames.length === 0 ? {} : { resourceNames }) }
}

function badRequest(message: string): ApiError {
  return failure(400, 'BadRequest', message)
}

const tokenReview: KindRules = {
  review: async (draft, _context, plane) => {
    const spec = at(draft, 'spec')
    const token = text(spec, 'token')
    if (token === '') throw badRequest('token is required for TokenReview in authentication')
    const proven = await plane.tokens.check(token, strings(spec, 'audiences'))
    if (proven === undefined) {
      return { ...draft, status: { user: {}, error: 'invalid bearer token' } }
    }
    return { ...draft, status: { authenticated: true, user: userFields(proven.user), audiences: proven.audiences } }
  },
}

function userFields(user: UserInfo): Fields {
  const { username, uid, groups, extra } = user
  return {
    username,
    ...(uid === undefined || uid === '' ? {} : { uid }),
    groups: [...groups],
    ...(extra === undefined ? {} : { extra: { ...extra } }),
  }
}

/** Kinds that answer a question and are never stored. */
export const reviewRules: { readonly [key: string]: KindRules } = {
  [`${authorization}/SubjectAccessReview`]: {
    review: async (draft, _context, plane) => decide(draft, subjectOf(draft), plane),
  },
  [`${authorization}/SelfSubjectAccessReview`]: {
    review: async (draft, { user }, plane) => decide(draft, user, plane),
  },
  [`${authorization}/LocalSubjectAccessReview`]: localReview,
  [`${authorization}/SelfSubjectRulesReview`]: rulesReview,
  'authentication.k8s.io/TokenReview': tokenReview,
  'authentication.k8s.io/SelfSubjectReview': {
    review: async (draft, { user }) => ({ ...draft, status: { userInfo: userFields(user) } }),
  },
}

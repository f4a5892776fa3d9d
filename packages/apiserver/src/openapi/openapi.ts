import type { RawAnswer, RawRequest } from '../paths/raw-paths.ts'

/** gnostic `Document{swagger: "2.0", info: {title: "x", version: "1"}}`. */
const emptyV2 = Buffer.from('0a03322e3012060a017812 0131'.replaceAll(' ', ''), 'hex')

export class OpenApi {
  answer({ path }: RawRequest): RawAnswer | undefined {
    if (path !== '/openapi/v2') return undefined
    const contentType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
    return { status: 200, contentType, body: emptyV2, headers: {} }
  }
}

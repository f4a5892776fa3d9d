export { protobufDecoder } from './decoder.ts'
export type { DecodedProtobuf, ProtobufDecoder } from './decoder.ts'
export { ProtobufError } from './reader.ts'

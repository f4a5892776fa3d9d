/** Any JSON value. Integers outside ±2^53 are held as `JSON.rawJSON` values so that they survive unchanged. */
export type JsonValue = string | number | boolean | null | JsonObject | JsonValue[]
export type JsonObject = { [key: string]: JsonValue | undefined }

/** Read-only view, all the way down. Objects in caches are frozen and typed with this. */
export type DeepReadonly<T> = unknown extends T
  ? T
  : T extends string | number | boolean | bigint | null | undefined
    ? T
    : T extends (...args: never[]) => unknown
      ? T
      : T extends readonly (infer Item)[]
        ? readonly DeepReadonly<Item>[]
        : { readonly [Key in keyof T]: DeepReadonly<T[Key]> }

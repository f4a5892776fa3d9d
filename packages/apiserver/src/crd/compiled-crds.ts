/** Compiled schemas of custom resources, shared by all planes of a `PlaneHost` by content. */
export class CompiledCrds {}

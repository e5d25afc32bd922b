/** Why devices cannot be looked for at all: not a lack of them but something that is wrong. */
export class AllocationError extends Error {
  override readonly name = 'AllocationError';
}
